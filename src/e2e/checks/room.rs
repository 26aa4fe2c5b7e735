//! What WAL may take of its volume, on every member, where the spec does not say it: standbys that are away fill no disk,
//! and a crash gives no slot up.

use anyhow::{Context, Result};

use crate::fault::check::{self, Verdict};
use crate::fault::scene::Scene;

/// Settings in MB, the part of the volume that each is, and the most that it is.
const BOUNDS: [(&str, u64, u64); 2] = [
    ("max_slot_wal_keep_size", 4, u64::MAX),
    ("max_wal_size", 8, 1024),
];

/// Asks every member.
pub(super) async fn is_left(scene: &Scene<'_>) {
    let written = &scene.cluster.spec.postgres.parameters;
    let bounds: Vec<_> = BOUNDS
        .into_iter()
        .filter(|(name, ..)| !written.contains_key(*name))
        .collect();
    let expected =
        "of the volume: a quarter for slots, an eighth and at most 1 GB between two checkpoints";
    let name = "what WAL may take, where the spec does not say it";
    if bounds.is_empty() {
        let check = check::look(name, expected);
        scene.skip(check, "the spec says all of it").await;
    } else {
        scene.check(name, expected, look(scene, &bounds)).await;
    }
}

async fn look(scene: &Scene<'_>, bounds: &[(&str, u64, u64)]) -> Result<Verdict> {
    let (mut problems, mut seen) = (Vec::new(), Vec::new());
    // PostgreSQL reads sizes itself: its GB is what Kubernetes calls Gi.
    let size = scene.cluster.wal_size().replace('i', "B");
    for (name, part, most) in bounds {
        let question = format!(
            "select setting, pg_size_bytes('{size}') / 1024 / 1024 from pg_settings where name = '{name}'"
        );
        for member in std::iter::once(&scene.primary).chain(&scene.standbys) {
            let answer = scene.ask(member, &question).await?;
            let (setting, volume) =
                numbers(&answer).with_context(|| format!("{name}: {answer}"))?;
            if let Some(problem) = judge(setting, volume, *part, *most) {
                problems.push(format!("{name} of {}: {problem}", member.pod));
            }
            if member.pod == scene.primary.pod {
                seen.push(format!("{name} {setting} MB"));
            }
        }
    }
    Ok(Verdict::from_problems(&problems, seen.join(", ")))
}

/// The setting and the volume, in MB.
fn numbers(answer: &str) -> Option<(u64, u64)> {
    let (setting, volume) = answer.split_once('|')?;
    Some((setting.parse().ok()?, volume.parse().ok()?))
}

fn judge(setting: u64, volume: u64, part: u64, most: u64) -> Option<String> {
    let wanted = (volume / part).min(most);
    (setting != wanted).then(|| format!("{setting} MB and not {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_part_of_the_volume_is_seen() {
        assert_eq!(numbers("128|1024"), Some((128, 1024)));
        assert_eq!(numbers("-1|1024"), None);
        assert_eq!(judge(128, 1024, 8, 1024), None);
        assert_eq!(judge(1024, 102_400, 8, 1024), None);
        let problem = Some("1024 MB and not 128".to_owned());
        assert_eq!(judge(1024, 1024, 8, 1024), problem);
    }
}
