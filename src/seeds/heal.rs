//! What comes after the acts: everything that was done is taken back, commands that were cut off are run again, and what does
//! not heal by itself gets the command that `pgherd status` names, until all members are one cluster again.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::clients::{Clients, TABLE};
use super::history::Found;
use super::moves::{self, Move};
use super::perform::thaw;
use super::stage::Stage;
use crate::fault::caught_up::LAST_RECORD_ENDS;
use crate::spec::Durability;
use crate::status::{self, Facts, Finding, Id};

/// How long a cluster may take to be whole again.
const HEALED_WITHIN: Duration = Duration::from_secs(90);
/// How long advice has to stand before it is followed: much heals by itself.
const ADVICE_STANDS: Duration = Duration::from_secs(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);
/// How long what does not heal by itself may be seen before nothing more is waited for: a second primary; and that commits do not
/// wait as they should, which the server reads anew when its readiness is looked at, every 5 s.
const SECOND_PRIMARY_WITHIN: Duration = Duration::from_secs(5);
const IN_FORCE_WITHIN: Duration = Duration::from_secs(20);
/// Rows that have to be acknowledged behind it all.
const FEWEST: usize = 3;

/// What keeps the cluster from being whole.
struct Wrong {
    seen: String,
    /// How long it may be seen.
    within: Duration,
}

/// Something that may take as long as anything.
fn wrong(seen: String) -> Wrong {
    Wrong {
        seen,
        within: HEALED_WITHIN,
    }
}

/// Takes everything back that was done to the place; what goes on by itself does.
pub(super) fn take_back(stage: &Stage<'_>) -> Result<()> {
    drop(stage.slowed.borrow_mut().take());
    // Nothing frozen is nothing to be thawed.
    let _ = thaw(stage);
    stage.place.mend_ways()
}

/// Waits until the cluster is whole, and does what it takes.
///
/// # Errors
/// When it is not within its time: what was seen last.
pub(super) async fn heal(
    stage: &Stage<'_>,
    clients: &Clients,
    mut cut_off: Option<Move>,
) -> Result<()> {
    let deadline = Instant::now() + HEALED_WITHIN;
    let since = stage.now();
    let mut advised: Option<(Move, Instant)> = None;
    let mut lasts = (HEALED_WITHIN, Instant::now());
    loop {
        let last = match stage.look().await {
            Ok(facts) => match unhealed(stage, &facts, clients, since) {
                Some(why) => {
                    let advice = cut_off.or_else(|| advice(&facts));
                    advised = followed(stage, advice, advised, &mut cut_off).await;
                    why
                }
                None => return Ok(()),
            },
            Err(error) => wrong(format!("{error:#}")),
        };
        let Wrong { seen, within } = last;
        if Instant::now() > deadline {
            bail!("not whole after {} s: {seen}", HEALED_WITHIN.as_secs());
        }
        if within != lasts.0 {
            lasts = (within, Instant::now());
        }
        ensure!(lasts.1.elapsed() < within, "{seen}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Follows advice that has stood long enough, or a command that was cut off, at once.
async fn followed(
    stage: &Stage<'_>,
    advice: Option<Move>,
    before: Option<(Move, Instant)>,
    cut_off: &mut Option<Move>,
) -> Option<(Move, Instant)> {
    let order = advice?;
    let since = match before {
        Some((same, since)) if same == order => since,
        _ => Instant::now(),
    };
    if cut_off.is_none() && since.elapsed() < ADVICE_STANDS {
        return Some((order, since));
    }
    let said = match moves::run(stage, order).await {
        Ok(words) => {
            *cut_off = None;
            words
        }
        // It is tried again, or something else is: a switchover that cannot go on may have to become a promotion.
        Err(error) => {
            if cut_off.take().is_some() {
                stage.note("cut off, and cannot be gone on with");
            }
            format!("refused: {error:#}")
        }
    };
    stage.note(format!("{order:?} to mend it: {said}"));
    None
}

/// The command that `pgherd status` names, or has in its words.
fn advice(facts: &Facts) -> Option<Move> {
    let findings = status::judge(facts);
    let names = |finding: &Finding, word: &str| finding.command.contains(&format!("pgherd {word}"));
    let orders = [
        ("promote", Move::Promote),
        ("switchover", Move::Switchover),
        ("apply", Move::Apply),
    ];
    let found = orders
        .into_iter()
        .find(|(word, _)| findings.iter().any(|finding| names(finding, word)));
    let by_id = [
        (Id::LeaderDiffers, Move::Switchover),
        (Id::SlotUnused, Move::DropSlots),
    ];
    let is_found = |id: Id| findings.iter().any(|finding| finding.id == id);
    let in_words = by_id.into_iter().find(|(id, _)| is_found(*id));
    let found = found.map(|(_, order)| order);
    found.or(in_words.map(|(_, order)| order))
}

/// Why the cluster is not whole; nothing where it is.
fn unhealed(stage: &Stage<'_>, facts: &Facts, clients: &Clients, since: f64) -> Option<Wrong> {
    if let Some(why) = apart(facts) {
        return Some(why);
    }
    let findings = status::judge(facts);
    let found = findings
        .iter()
        .find(|finding| finding.severity != status::Severity::Note);
    if let Some(finding) = found {
        return Some(Wrong {
            seen: format!("{}: {}", finding.subject, finding.seen),
            within: match finding.id {
                Id::DurabilityDiffers => IN_FORCE_WITHIN,
                _ => HEALED_WITHIN,
            },
        });
    }
    confirm(stage, facts);
    let count = clients.acknowledged_since(since);
    (count < FEWEST).then(|| {
        let refusal = clients.last_refusal();
        wrong(format!("clients had {count} rows acknowledged since; the last session that was refused: {refusal}"))
    })
}

/// What keeps the members from being one cluster.
fn apart(facts: &Facts) -> Option<Wrong> {
    let Some(server) = facts.leading_server().filter(|server| !server.in_recovery) else {
        return Some(wrong("nobody leads".into()));
    };
    for member in facts.followers() {
        let Some(other) = member.server() else {
            return Some(wrong(format!("{} does not answer", member.name)));
        };
        if !other.in_recovery {
            return Some(Wrong {
                seen: format!("{} takes writes, too", member.name),
                within: SECOND_PRIMARY_WITHIN,
            });
        }
        if other.timeline != server.timeline {
            return Some(wrong(format!(
                "{} is on timeline {}, the primary on {}",
                member.name, other.timeline, server.timeline
            )));
        }
        let sender = server.sender(&member.name);
        if sender.is_none_or(|sender| sender.state.as_deref() != Some("streaming")) {
            return Some(wrong(format!("{} does not stream", member.name)));
        }
    }
    None
}

/// Notes where the server itself says that commits wait for standbys: then that is promised.
fn confirm(stage: &Stage<'_>, facts: &Facts) {
    let names = facts
        .leading_server()
        .map_or("", |server| &server.sync_names);
    if stage.cluster().spec.durability != Durability::Async && !names.is_empty() {
        stage.confirm_promise();
    }
}

impl Stage<'_> {
    /// Whether every standby streams and is near the primary.
    pub(super) async fn all_follow(&self) -> Result<bool> {
        let facts = self.look().await?;
        Ok(apart(&facts).is_none())
    }
}

/// Reads what is in every member once they all have what the primary has.
///
/// # Errors
/// When one cannot be read, or does not get there.
pub(super) async fn found(stage: &Stage<'_>) -> Result<Found> {
    let leader = stage.pod(super::act::Who::Primary).await?;
    let end = stage
        .ask(&leader, &format!("select {LAST_RECORD_ENDS}"))
        .await?;
    let digest = format!(
        "select count(*) || ' rows, ' || coalesce(md5(string_agg(writer || '/' || number, ',' \
         order by writer, number)), 'none') from {TABLE}"
    );
    let wanted = stage.ask(&leader, &digest).await?;
    let mut differs = Vec::new();
    if stage.cluster().spec.durability != Durability::Async {
        let names = "select current_setting('synchronous_standby_names')";
        if stage.ask(&leader, names).await?.is_empty() {
            differs.push(format!(
                "commits wait for no standby in {leader}, and the spec says that they do"
            ));
        }
    }
    for pod in stage.pods().iter().filter(|pod| **pod != leader) {
        replayed(stage, pod, &end).await?;
        let seen = stage.ask(pod, &digest).await?;
        if seen != wanted {
            differs.push(format!("{pod} has {seen}, and {leader} {wanted}"));
        }
    }
    let all = format!("select string_agg(writer || '/' || number, ' ') from {TABLE}");
    let all = stage.ask(&leader, &all).await?;
    let rows = all.split_whitespace().filter_map(|row| {
        let (writer, number) = row.split_once('/')?;
        Some((writer.to_owned(), number.parse().ok()?))
    });
    Ok(Found {
        rows: rows.collect(),
        differs,
    })
}

async fn replayed(stage: &Stage<'_>, pod: &str, end: &str) -> Result<()> {
    let deadline = Instant::now() + HEALED_WITHIN;
    let sql = format!("select pg_last_wal_replay_lsn() >= '{end}'::pg_lsn");
    while stage.ask(pod, &sql).await? != "t" {
        ensure!(
            Instant::now() < deadline,
            "{pod} does not replay up to {end}"
        );
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
