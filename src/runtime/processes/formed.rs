//! A cluster that was formed once, as a folder that other places begin with: what was applied and found out, and the
//! volumes of servers that were stopped in order.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Place;
use super::folder;
use crate::program;

/// How long a server may take to stop.
const STOPPED_WITHIN: Duration = Duration::from_secs(60);
/// What is taken over.
const PARTS: [&str; 2] = ["objects", "volumes"];

impl Place {
    /// Stops everything in order, and copies what another place can begin with. Nothing runs here any more afterwards.
    ///
    /// # Errors
    /// When a server does not stop, or it cannot be copied.
    pub(crate) async fn keep_formed(&self, to: &Path) -> Result<()> {
        copy(&self.folder.objects(""), &to.join("objects")).await?;
        // The last first, so standbys before their primary: a server that ends waits for those that stream from it, and one was
        // seen that waited for longer than a minute where all were told to end at once.
        for kind in ["Job", "Pod", "StatefulSet"] {
            let objects = self.folder.list::<Value>(kind)?.into_iter();
            let names = objects.filter_map(|one| {
                let name = one.object["metadata"]["name"].as_str()?;
                Some(name.to_owned())
            });
            let mut names: Vec<String> = names.collect();
            names.sort();
            for name in names.iter().rev() {
                self.folder.remove(kind, name)?;
                self.until_stopped().await?;
            }
        }
        copy(&self.folder.volume(""), &to.join("volumes")).await
    }
}

impl Place {
    /// Waits until no pod runs that nothing asks for.
    async fn until_stopped(&self) -> Result<()> {
        let wanted = self.folder.wanted()?;
        let is_wanted = |pod: &str| wanted.iter().any(|one| one.name == pod);
        for state in self.folder.states()? {
            let pod = &state.blueprint.name;
            if is_wanted(pod) {
                continue;
            }
            let what = format!("{pod} still runs");
            let ended = self.until(pod, STOPPED_WITHIN, &what, |state| state.is_none());
            let last = || self.last_words(pod).unwrap_or_else(|| "no word".into());
            ended
                .await
                .with_context(|| format!("the last words of {pod}: {}", last()))?;
        }
        Ok(())
    }
}

/// Has a folder begin with what was formed, before it is kept.
///
/// # Errors
/// When it cannot be copied.
pub(crate) async fn begin_with(formed: &Path, folder: &Path) -> Result<()> {
    let folder = folder::at(folder);
    for part in PARTS {
        copy(&formed.join(part), &folder.path().join(part)).await?;
    }
    Ok(())
}

/// Changes a script of what was formed, before anything begins with it: every member then has it. What the build emits stays.
///
/// # Errors
/// When no ConfigMap has that script with these words in it.
pub(crate) fn plant(formed: &Path, script: &str, from: &str, to: &str) -> Result<()> {
    let folder = folder::at(formed);
    for map in folder.list::<Value>("ConfigMap")? {
        let text = map.object["data"][script].as_str().unwrap_or_default();
        if !text.contains(from) {
            continue;
        }
        let changed = text.replace(from, to);
        let name = map.object["metadata"]["name"].as_str().unwrap_or_default();
        folder.change("ConfigMap", name, None, |map| {
            map["data"][script] = changed.into();
        })?;
        return Ok(());
    }
    bail!("no ConfigMap has a script {script} with {from:?} in it")
}

/// Copies a folder with owners and permissions.
async fn copy(from: &Path, to: &Path) -> Result<()> {
    let (from, to) = (from.display().to_string(), to.display().to_string());
    let words = ["--archive", "--reflink=auto", &from, &to];
    program::run(None, "cp", &words, "").await?;
    Ok(())
}
