//! Asks a member's server, in its own container and over its socket, what it knows; and how full its volume is.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::{Place, pods};
use crate::exec::{self, Output};
use crate::names;
use crate::status::facts::{Answer, Disk};

const LOOK_SH: &str = include_str!("../files/look.sh");
const SERVER_SQL: &str = include_str!("../files/server.sql");
/// More than the script's own bounds together.
const WITHIN: Duration = Duration::from_secs(12);
/// What df -Pk counts in.
const KIB: u64 = 1024;

/// What a pod's server says, and its volume.
pub(super) async fn ask(place: &Place<'_>, pod: &Pod) -> (Answer, Option<Disk>) {
    if !pods::runs(pod, names::POSTGRES_CONTAINER) {
        return (Answer::NotRunning, None);
    }
    let command = ["bash", "-c", LOOK_SH, "look", SERVER_SQL];
    let name = pod.name_any();
    let container = names::POSTGRES_CONTAINER;
    match exec::run_in(&place.api(), &name, container, &command, WITHIN).await {
        Ok(output) => read(&output),
        Err(error) => (Answer::NotAsked(format!("{error:#}")), None),
    }
}

fn read(output: &Output) -> (Answer, Option<Disk>) {
    let (first, rest) = output.stdout.split_once('\n').unwrap_or_default();
    let disk = disk(first);
    if !output.success {
        let words = output.stderr.trim().replace('\n', " ");
        return (Answer::Silent(words), disk);
    }
    match serde_json::from_str(rest) {
        Ok(server) => (Answer::Server(Box::new(server)), disk),
        Err(error) => (
            Answer::NotAsked(format!("its answer is odd: {error}")),
            disk,
        ),
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
        let (answer, disk) = read(&output("disk /dev/vda 1000 400 500 45% /data\n", false));
        assert!(matches!(answer, Answer::Silent(words) if words.contains("nobody there")));
        let disk = disk.expect("a disk");
        assert_eq!((disk.size, disk.percent()), (1_024_000, 45));
    }

    #[test]
    fn an_odd_answer_is_none() {
        let (answer, disk) = read(&output("disk \n{}", true));
        assert!(matches!(answer, Answer::NotAsked(_)));
        assert_eq!(disk, None);
    }
}
