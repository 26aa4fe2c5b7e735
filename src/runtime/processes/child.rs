//! A pod's programs as processes: what they are started with.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

use super::blueprint::Blueprint;
use super::folder::Folder;
use super::mounted::{Mount, outside};
use super::state::State;
use super::user::User;
use crate::k8s::corev1::EnvVar;
use crate::names;

/// How often a program is tried that is busy, and the pause between two tries.
const BUSY_TRIES: u32 = 200;
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// What every process of a place is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Settings {
    /// The number of the place's format.
    pub(super) format: u64,
    /// Folder with the programs of PostgreSQL.
    pub(super) programs: PathBuf,
    /// As whom; none for whoever runs pgherd.
    pub(super) user: Option<User>,
    /// The namespace that pods are told.
    pub(super) namespace: String,
}

/// A command in a pod that the terminal does not reach: what that tells pgherd is not for it.
pub(super) fn apart(
    folder: &Folder,
    settings: &Settings,
    state: &State,
    words: &[String],
) -> Command {
    let mut command = command(folder, settings, state, words);
    command.process_group(0);
    command
}

/// A command in a pod: its words with the paths that they begin with as they are outside, its variables, its folder.
pub(super) fn command(
    folder: &Folder,
    settings: &Settings,
    state: &State,
    words: &[String],
) -> Command {
    let pod = &state.blueprint;
    let mounts = super::mounted::mounts(folder, pod, &state.address);
    let words: Vec<String> = words.iter().map(|word| outside(&mounts, word)).collect();
    let root = folder.root(&pod.name);
    let mut command = Command::new(words.first().map_or("true", String::as_str));
    command
        .args(words.get(1..).unwrap_or_default())
        .env_clear()
        .envs(environment(folder, settings, state, &mounts))
        .current_dir(&root)
        .stdin(Stdio::null());
    if let Some(user) = settings.user {
        command.uid(user.id).gid(user.group);
    }
    command
}

/// The pod's variables, and what scripts have to know outside a container.
fn environment(
    folder: &Folder,
    settings: &Settings,
    state: &State,
    mounts: &[Mount],
) -> Vec<(String, String)> {
    let pod = &state.blueprint;
    let root = folder.root(&pod.name).display().to_string();
    let given = pod.container().and_then(|container| container.env.as_ref());
    let given = given.into_iter().flatten();
    let mut all: Vec<(String, String)> = given
        .filter(|variable| variable.name != "PATH")
        .filter_map(|variable| {
            let value = value(variable, pod, settings)?;
            Some((variable.name.clone(), outside(mounts, &value)))
        })
        .collect();
    let programs = settings.programs.display();
    let mut own = |name: &str, value: String| all.push((name.into(), value));
    own(
        "PATH",
        format!("{programs}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
    );
    // Short, as the path of a socket below it has to be.
    let short_root = folder.short_root(&state.address);
    own("PGHERD_ROOT", short_root.display().to_string());
    own("PGHERD_ADDRESS", state.address.clone());
    let hosts = if pod.is_member() {
        folder.hosts_of(&pod.name)
    } else {
        folder.hosts()
    };
    own("PGHERD_HOSTS", hosts.display().to_string());
    own("TMPDIR", format!("{root}/tmp"));
    own("HOME", format!("{root}/tmp"));
    own(
        "PGHERD_CONTAINER_LOG",
        folder.log(&pod.name).display().to_string(),
    );
    // On one machine whoever does not answer at once does not run.
    own("PGHERD_VACANCY_SECONDS", "1".into());
    own("PGHERD_SUPERSEDED_SECONDS", "1".into());
    let socket = outside(mounts, names::SOCKET_MOUNT);
    if socket != names::SOCKET_MOUNT {
        own("PGHOST", socket);
    }
    all
}

/// The value of a variable; none where it comes from somewhere that is not here.
fn value(variable: &EnvVar, pod: &Blueprint, settings: &Settings) -> Option<String> {
    if let Some(value) = &variable.value {
        return Some(value.clone());
    }
    let field = variable.value_from.as_ref()?.field_ref.as_ref()?;
    match field.field_path.as_str() {
        "metadata.name" => Some(pod.name.clone()),
        "metadata.namespace" => Some(settings.namespace.clone()),
        "spec.serviceAccountName" => pod.spec.service_account_name.clone(),
        _ => None,
    }
}

/// Starts a command. A script that was written a moment ago is busy while a child that another thread has forked meanwhile has not
/// begun its own program: it still has the file open.
/// <https://man7.org/linux/man-pages/man2/execve.2.html> (ETXTBSY)
///
/// # Errors
/// When it cannot be started.
pub(super) async fn spawned(command: &mut Command) -> io::Result<Child> {
    for _ in 0..BUSY_TRIES {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            ended => return ended,
        }
    }
    command.spawn()
}

/// Runs a command in a pod, for whether it succeeds. It ends with whoever waits for it.
pub(super) async fn succeeds(
    folder: &Folder,
    settings: &Settings,
    state: &State,
    words: &[String],
) -> bool {
    let mut command = apart(folder, settings, state, words);
    // Its words are nobody's: what it says of a server, the server's log says, too.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = spawned(command.kill_on_drop(true)).await else {
        return false;
    };
    child.wait().await.is_ok_and(|status| status.success())
}

/// Starts what a pod runs, with its words going to its log.
pub(super) async fn start(folder: &Folder, settings: &Settings, state: &State) -> Result<Child> {
    let pod = &state.blueprint;
    let container = pod.container().context("no container")?;
    let words = [
        container.command.clone().unwrap_or_default(),
        container.args.clone().unwrap_or_default(),
    ]
    .concat();
    let log = open_log(&folder.log(&pod.name))?;
    let mut command = apart(folder, settings, state, &words);
    command.stdout(log.try_clone()?).stderr(log);
    let child = spawned(&mut command).await;
    child.with_context(|| format!("starting {}", words.join(" ")))
}

fn open_log(path: &Path) -> Result<File> {
    let file = File::options().create(true).append(true).open(path);
    file.with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_script_that_is_still_open_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script.sh");
        fs::write(&script, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let open = File::options().append(true).open(&script).unwrap();
        let busy = Command::new(&script).spawn().unwrap_err();
        assert_eq!(busy.kind(), ErrorKind::ExecutableFileBusy);
        let closing = async {
            tokio::time::sleep(4 * BUSY_PAUSE).await;
            drop(open);
        };
        let mut command = Command::new(&script);
        let (child, ()) = tokio::join!(spawned(&mut command), closing);
        assert!(child.unwrap().wait().await.unwrap().success());
    }
}
