//! How long everything may take in a run, in one table. What a run promises to be quick is no limit and is not here: a
//! promise is the same on a slow machine.

use std::time::Duration;

/// Times, after which what was waited for counts as never coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One spec's workloads, until they are ready.
    pub(crate) installed: Duration,
    /// One check, all its looks together.
    pub(crate) check: Duration,
    /// One fault with its recovery, all its looks together.
    pub(crate) recovery: Duration,
    /// Something that takes its time, such as replication.
    pub(crate) soon: Duration,
    /// One command in a pod.
    pub(crate) command: Duration,
    /// The client pod, until it is ready.
    pub(crate) client_ready: Duration,
    /// A connection from this machine.
    pub(crate) connected: Duration,
    /// An answer of an exporter, which asks its server meanwhile.
    pub(crate) scraped: Duration,
    /// The primary, until it knows the members anew; kubelets may have to bring it what changed.
    pub(crate) members_known: Duration,
    /// A member, until it is ready again.
    pub(crate) ready_again: Duration,
    /// A pod, or every object of a cluster, until it is gone.
    pub(crate) gone: Duration,
    /// A namespace, from its deletion until it is gone.
    pub(crate) namespace_gone: Duration,
    /// A namespace's pods, until they have ended.
    pub(crate) namespace_empty: Duration,
    /// Writers, until they have shown that clients write again.
    pub(crate) writing: Duration,
    /// Writers, until they have tried for as long as a silence is looked at.
    pub(crate) silence_seen: Duration,
    /// Members, until they have what was rotated: passwords, a certificate. Each wait for itself.
    pub(crate) rotated: Duration,
    /// The other members, until they follow the one that leads now.
    pub(crate) followed: Duration,
    /// A server that must not start, until it has said why.
    pub(crate) refused: Duration,
    /// A server that was ended, until it has refused, and was started again so often that this is known as a crash.
    pub(crate) crash_known: Duration,
    /// A standby that waits longer after each crash, until it streams again.
    pub(crate) streams_again: Duration,
    /// A standby's copy, until it begins; with `bootstrap: job` a standby waits for a Job first.
    pub(crate) copy_begun: Duration,
    /// A standby, from the loss of its slot until it has copied the primary by itself.
    pub(crate) copied: Duration,
    /// The primary, until it gives slots up that hold too much.
    pub(crate) slots_lost: Duration,
    /// A member that readers must be kept from: half a minute, and a probe's length.
    pub(crate) unready: Duration,
    /// How long it is watched that nothing starts.
    pub(crate) watched: Duration,
    /// A killed server, until it has ended, recovered and takes writes.
    pub(crate) recovered: Duration,
    /// A kill with all of its recovery, so that there is time left to take back what was set for it.
    pub(crate) kill: Duration,
    /// Standbys, until they have what a killed primary has replayed.
    pub(crate) caught_up: Duration,
}

impl Limits {
    /// The limits of a usual machine, each so many times as long; `installed`, in seconds, is how long a spec's workloads
    /// may take there.
    pub fn new(installed: u64, patience: f64) -> Limits {
        let seconds = |count: u32| Duration::from_secs(count.into()).mul_f64(patience);
        Limits {
            installed: Duration::from_secs(installed).mul_f64(patience),
            check: seconds(180),
            recovery: seconds(600),
            soon: seconds(60),
            command: seconds(30),
            client_ready: seconds(120),
            connected: seconds(5),
            scraped: seconds(15),
            members_known: seconds(120),
            ready_again: seconds(240),
            gone: seconds(120),
            namespace_gone: seconds(180),
            namespace_empty: seconds(30),
            writing: seconds(120),
            silence_seen: seconds(90),
            rotated: seconds(120),
            followed: seconds(90),
            refused: seconds(120),
            crash_known: seconds(60),
            streams_again: seconds(120),
            copy_begun: seconds(150),
            copied: seconds(300),
            slots_lost: seconds(120),
            unready: seconds(60),
            watched: seconds(5),
            recovered: seconds(180),
            kill: seconds(360),
            caught_up: seconds(120),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field as Debug writes it: a limit that is added here and forgotten in the factor is seen.
    #[test]
    fn patience_makes_every_limit_longer() {
        let usual = Limits::new(300, 1.0);
        let patient = Limits::new(300, 1.5);
        assert_eq!(usual.command, Duration::from_secs(30));
        let seconds = |limits: &Limits| -> Vec<f64> {
            let text = format!("{limits:?}");
            let numbers = text.split(": ").skip(1).map(|rest| {
                let number: String = rest
                    .chars()
                    .take_while(|one| !",s }".contains(*one))
                    .collect();
                number.parse().unwrap()
            });
            numbers.collect()
        };
        let longer: Vec<f64> = seconds(&usual).iter().map(|one| one * 1.5).collect();
        assert_eq!(seconds(&patient), longer);
        assert_eq!(longer.len(), 28);
    }
}
