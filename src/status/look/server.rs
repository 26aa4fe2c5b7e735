//! Asks a member's server, in its own container and over its socket, what it knows; and how full its volume is.

use std::time::Duration;

use super::encryption;
use crate::runtime::{Listed, Output, Runtime};
use crate::status::facts::{Answer, Certificate, Disk};

const LOOK_SH: &str = include_str!("../files/look.sh");
const SERVER_SQL: &str = include_str!("../files/server.sql");
/// More than the script's own bounds together.
const WITHIN: Duration = Duration::from_secs(12);
/// What df -Pk counts in.
const KIB: u64 = 1024;

/// What was seen in a member's container.
pub(super) struct Seen {
    /// What its server says.
    pub(super) answer: Answer,
    /// Its volume.
    pub(super) disk: Option<Disk>,
    /// The certificate that its server was given.
    pub(super) certificate: Option<Certificate>,
    /// Whether it has a data directory.
    pub(super) has_data: Option<bool>,
    /// Whether it was given the exporters' password.
    pub(super) has_metrics_password: Option<bool>,
}

/// What is in a pod, and what its server says. A container that ends as it is asked has ended, once its kubelet says so.
pub(super) async fn ask(runtime: &Runtime, pod: &Listed) -> Seen {
    let seen = once(runtime, pod).await;
    match seen.answer {
        // Who may not ask at all learns nothing by waiting.
        Answer::NotAsked(ref words) if words.contains("forbidden") => seen,
        Answer::NotAsked(_) if runtime.ends(pod).await => nothing(Answer::NotRunning),
        _ => seen,
    }
}

async fn once(runtime: &Runtime, pod: &Listed) -> Seen {
    if !pod.server_runs {
        return nothing(Answer::NotRunning);
    }
    let command = ["bash", "-c", LOOK_SH, "look", SERVER_SQL];
    match runtime.run(&pod.name, &command, WITHIN).await {
        Ok(output) => read(&output),
        Err(error) => nothing(Answer::NotAsked(format!("{error:#}"))),
    }
}

fn nothing(answer: Answer) -> Seen {
    Seen {
        answer,
        disk: None,
        certificate: None,
        has_data: None,
        has_metrics_password: None,
    }
}

fn read(output: &Output) -> Seen {
    let mut lines = output.stdout.splitn(6, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (first, shown, authority) = (next(), next(), next());
    let (data, metrics, rest) = (next(), next(), next());
    let is_there = |words: &str| words == "there";
    Seen {
        answer: answer(output, rest),
        disk: disk(first),
        certificate: encryption::certificate(shown, authority),
        has_data: data.strip_prefix("data ").map(is_there),
        has_metrics_password: metrics.strip_prefix("metrics ").map(is_there),
    }
}

fn answer(output: &Output, text: &str) -> Answer {
    if output.stdout.is_empty() {
        return Answer::NotAsked("its container ended while it was asked".into());
    }
    if !output.success {
        return Answer::Silent(output.stderr.trim().replace('\n', " "));
    }
    match serde_json::from_str(text) {
        Ok(server) => Answer::Server(Box::new(server)),
        Err(error) => Answer::NotAsked(format!("its answer is odd: {error}")),
    }
}

/// Reads `disk <device> <size> <used> <available> <percent> <folder>`, in KiB.
fn disk(line: &str) -> Option<Disk> {
    let mut numbers = line.strip_prefix("disk ")?.split_whitespace().skip(1);
    let mut bytes = || Some(numbers.next()?.parse::<u64>().ok()? * KIB);
    Some(Disk {
        size: bytes()?,
        used: bytes()?,
        free: bytes()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stdout: &str, success: bool) -> Output {
        Output {
            stdout: stdout.into(),
            stderr: "psql: error:\n\tnobody there\n".into(),
            success,
        }
    }

    #[test]
    fn a_server_that_is_silent_still_has_a_volume() {
        let seen = read(&output("disk /dev/vda 1000 400 500 45% /data\n", false));
        assert!(matches!(seen.answer, Answer::Silent(words) if words.contains("nobody there")));
        let disk = seen.disk.expect("a disk");
        assert_eq!((disk.size, disk.percent()), (1_024_000, 45));
    }

    #[test]
    fn an_odd_answer_is_none() {
        let seen = read(&output(
            "disk \ntls.crt \nca.crt \ndata none\nmetrics there\n{}",
            true,
        ));
        assert!(matches!(seen.answer, Answer::NotAsked(_)));
        assert_eq!((seen.disk, seen.certificate), (None, None));
        assert_eq!(seen.has_data, Some(false));
        assert_eq!(seen.has_metrics_password, Some(true));
    }
}
