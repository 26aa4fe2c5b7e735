//! What is to be done about a finding where a cluster runs as processes: its objects are files, and nobody applies them. What
//! pgherd has a command for, that one; else what to look at. Judges nothing.

use crate::status::commands::quoted;
use crate::status::facts::{Facts, Member, Renewal, Stage};
use crate::status::finding::{Finding, Id};

/// Lines of a log that are shown.
const TAIL: &str = "tail -n 50";

/// What is to be done.
struct Mending {
    /// In words; none where they are the same everywhere.
    advice: Option<String>,
    /// The next command to type.
    command: String,
}

/// The finding with what is done about it in a folder of processes.
pub(super) fn mended(facts: &Facts, folder: &str, finding: Finding) -> Finding {
    let ground = Ground { facts, folder };
    let Mending { advice, command } = ground.mending(&finding);
    Finding {
        advice: advice.unwrap_or(finding.advice),
        command,
        ..finding
    }
}

struct Ground<'a> {
    facts: &'a Facts,
    folder: &'a str,
}

/// Words and a command.
fn mending(advice: &str, command: String) -> Mending {
    Mending {
        advice: Some(advice.into()),
        command,
    }
}

/// The words of everywhere, and a command.
fn command(command: String) -> Mending {
    Mending {
        advice: None,
        command,
    }
}

impl Ground<'_> {
    fn mending(&self, finding: &Finding) -> Mending {
        let subject = finding.subject.as_str();
        match finding.id {
            Id::NothingApplied | Id::ObjectMissing | Id::SecretMissing => mending(
                "name the folder of this cluster and the spec that it was formed from. Objects are made when a cluster is \
                 formed, and no command makes them later: form it anew by this spec, in a folder of its own",
                self.facts.commands.form(),
            ),
            Id::LeaderDiffers => self.leader_differs(),
            Id::PrimaryInRecovery => self.in_recovery(finding),
            Id::PodMissing => self.missing(subject),
            Id::PodPending => mending(
                "it waits for a file of its own: its log says for which",
                self.log(subject),
            ),
            // After the loss of a primary there is the same to do everywhere.
            Id::PodCrashLooping if finding.command.starts_with("pgherd ") => {
                command(finding.command.clone())
            }
            Id::PodCrashLooping => command(self.log_of_crash(subject)),
            Id::PodEnding => mending(
                "wait for the next run: what has not ended after 180 s is killed",
                self.log(subject),
            ),
            Id::PodNotReady => mending(
                "a start takes a while; if it stays, its log says more",
                self.log(subject),
            ),
            Id::ServerNotAsked => mending(
                "it is asked by a command beside it, as its user: its log says what became of it",
                self.log(subject),
            ),
            Id::MemberUnexpected => mending(
                "raise `members` in the spec, which has changed since the cluster was formed; or form it anew",
                self.file("ls", "pods"),
            ),
            Id::SystemIdentifierDiffers => mending(
                "find out where its volume comes from: nobody but its own scripts has to write there",
                self.log(subject),
            ),
            Id::StandbyLagging => command(self.activity(subject)),
            Id::SlotMissing => command(self.restart(subject)),
            Id::SlotLost if self.answers(subject) => command(self.restart(subject)),
            Id::VolumeNearlyFull => mending(
                "see what fills it; slots that keep WAL are in this list. It is the disk of the folder for temporary files: \
                 TMPDIR names another one when a cluster is formed",
                self.file("du -xh --max-depth=3", "volumes"),
            ),
            Id::ServiceSelectorDiffers | Id::ServiceWrongPod => mending(
                "somebody changed the files of this folder; a switchover has every Service lead where it has to",
                self.facts.commands.pgherd("switchover"),
            ),
            Id::ServiceWithoutPod | Id::ServiceWithoutAddress => mending(
                "this lasts a moment after a start",
                self.file("cat", &format!("objects/{subject}")),
            ),
            Id::CertificateExpired
            | Id::CertificateExpiring
            | Id::CertificateNotOfAuthority
            | Id::CertificateNamesMissing => self.certificate(&finding.command),
            Id::PoolerNotReady => mending(
                "a pooler does not run as processes; the servers' own Services work without it",
                self.status(),
            ),
            Id::JobFailed => command(self.file("ls", "pods")),
            Id::NotSeen => mending(
                "what is wrong there is not in this list; the file that could not be read is named",
                format!("ls -l {}", quoted(self.folder)),
            ),
            // What is asked of the primary, done by pgherd or waited for is the same everywhere.
            Id::StandbyCopying
            | Id::SlotUnused
            | Id::CommitsWaiting
            | Id::DurabilityDiffers
            | Id::ElectionPaused
            | Id::SettingsDiffer
            | Id::SettingUnsafe
            | Id::ArchivingFailing
            | Id::MetricsWithoutPassword => command(finding.command.clone()),
            Id::TwoPrimaries
            | Id::PrimaryNotAnswering
            | Id::StandbyNotAnswering
            | Id::StandbyNotStreaming
            | Id::StandbyTimelineDiffers
            | Id::StandbyPaused
            | Id::SlotInactive
            | Id::SlotLost
            | Id::SlotNearlyLost => command(self.log_or_status(subject)),
        }
    }

    fn leader_differs(&self) -> Mending {
        let told = self.facts.leader().map_or("", |leader| &leader.name);
        mending(
            &format!(
                "if {told} leads, write `primary: {told}` into the spec; if it does not yet, `pgherd switchover` goes on \
                 with what was cut off"
            ),
            self.file(
                "cat",
                &format!("objects/ConfigMap/{}-cluster", self.facts.cluster),
            ),
        )
    }

    fn in_recovery(&self, finding: &Finding) -> Mending {
        let mut servers = self.facts.members.iter().filter_map(Member::server);
        let is_begun = finding.command.starts_with("pgherd ");
        if !is_begun && servers.any(|server| !server.in_recovery) {
            return mending(
                "another member takes writes, and no command gives it the lead: its log says since when. Keep what only it \
                 has before the cluster is formed anew",
                self.log(&finding.subject),
            );
        }
        mending(
            "a switchover or a promotion was cut off: `pgherd switchover` goes on where the old primary is there, \
             `pgherd promote` where it is lost",
            finding.command.clone(),
        )
    }

    fn missing(&self, subject: &str) -> Mending {
        let workload = self.member(subject).map(|member| &member.workload);
        let wanted = workload.map_or(0, |workload| workload.wanted);
        if workload.and_then(|workload| workload.replicas) >= Some(wanted) {
            return mending("it is made again within a moment", self.status());
        }
        mending(
            "somebody changed the files of this folder, and no command changes them back; its volume is still there. Form \
             the cluster anew once nobody needs its rows",
            self.file("ls", "volumes"),
        )
    }

    fn certificate(&self, renewal: &str) -> Mending {
        let encryption = self.facts.encryption.as_ref();
        match encryption.map(|encryption| encryption.renewal) {
            Some(Renewal::Pgherd) => command(renewal.to_owned()),
            _ => mending(
                "the spec says that pgherd does not renew it. A cluster gets another when it is formed anew, in a folder of \
                 its own",
                self.facts.commands.form(),
            ),
        }
    }

    fn member(&self, name: &str) -> Option<&Member> {
        let mut members = self.facts.members.iter();
        members.find(|member| member.name == name)
    }

    fn answers(&self, name: &str) -> bool {
        self.member(name).and_then(Member::server).is_some()
    }

    fn status(&self) -> String {
        self.facts.commands.pgherd("status")
    }

    fn log(&self, member: &str) -> String {
        self.file(TAIL, &format!("pods/{member}/log"))
    }

    /// A member's log; where it has no pod, how the others are.
    fn log_or_status(&self, subject: &str) -> String {
        match self.member(subject).and_then(|member| member.pod.as_ref()) {
            Some(_) => self.log(subject),
            None => self.status(),
        }
    }

    /// The log of the run that failed.
    fn log_of_crash(&self, member: &str) -> String {
        let pod = self.member(member).and_then(|member| member.pod.as_ref());
        match pod.map(|pod| &pod.stage) {
            Some(Stage::Crashing {
                runs_again: true, ..
            }) => self.file(TAIL, &format!("pods/{member}/log.previous")),
            _ => self.log(member),
        }
    }

    /// What a standby's sessions do.
    fn activity(&self, member: &str) -> String {
        let number = self.facts.followers().position(|one| one.name == member);
        let psql = self.facts.commands.pgherd("psql");
        let statement = quoted(
            "select pid, now() - xact_start as since, state, left(query, 60) from pg_stat_activity where xact_start is \
             not null order by 2 desc",
        );
        format!("{psql} --standby {} -- -c {statement}", number.unwrap_or(0))
    }

    /// Ends a server in order: it is started again at once.
    fn restart(&self, member: &str) -> String {
        let file = self.file(
            "head -n 1",
            &format!("volumes/data-{member}/data/postmaster.pid"),
        );
        format!("kill -INT \"$({file})\"")
    }

    fn file(&self, program: &str, path: &str) -> String {
        format!("{program} {}", quoted(&format!("{}/{path}", self.folder)))
    }
}
