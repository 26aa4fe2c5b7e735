//! What `pgherd status` finds while something is broken: whoever is on call sees the fault by its name.

use anyhow::Result;

use super::check::Verdict;
use super::scene::{Scene, until};
use crate::status::{self, Commands};

/// Waits until a finding of this id about a member is told in which such words are; what was seen, in its words.
pub(super) async fn told(
    scene: &Scene<'_>,
    id: &str,
    subject: &str,
    words: &str,
) -> Result<Verdict> {
    until(scene.limits.soon, || look(scene, id, subject, words)).await
}

async fn look(scene: &Scene<'_>, id: &str, subject: &str, words: &str) -> Result<Verdict> {
    let commands = Commands {
        files: Vec::new(),
        located: scene.site.located(&scene.namespace),
    };
    let facts = status::look(&scene.runtime(), scene.cluster, commands).await?;
    let findings = status::judge(&facts);
    let mut about = findings.iter();
    let found = about.find(|finding| finding.id.text() == id && finding.subject == subject);
    Ok(match found {
        Some(finding) if finding.seen.contains(words) => Verdict::passed(finding.seen.clone()),
        Some(finding) => Verdict::failed(format!("status says: {}", finding.seen)),
        None => {
            let others = findings.iter().map(|finding| finding.id.text());
            let others = others.collect::<Vec<_>>().join(", ");
            Verdict::failed(format!(
                "status does not tell {id} of {subject}, but: {others}"
            ))
        }
    })
}
