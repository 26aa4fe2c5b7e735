//! Looks for passwords where others can read them: in arguments and environments of processes while a sequence is played, and
//! in logs afterwards. Only says which process or log it was, never what stood there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::secrets::passwords::Passwords;

/// Between two looks: a psql lives for some hundredths of a second, and there are hundreds of them in a sequence.
const PAUSE: Duration = Duration::from_millis(250);

/// A look at every process, again and again, until it is ended.
pub(super) struct Watch {
    seen: Arc<Mutex<BTreeSet<String>>>,
    looking: JoinHandle<()>,
}

/// Begins to look at what works in this folder, as everything does that a sequence starts.
pub(super) fn watch(folder: &Path, passwords: &Passwords) -> Watch {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let (found, passwords, folder) = (seen.clone(), passwords.clone(), folder.to_owned());
    let looking = tokio::spawn(async move {
        loop {
            let now = of_processes(&folder, &passwords);
            locked(&found).extend(now);
            tokio::time::sleep(PAUSE).await;
        }
    });
    Watch { seen, looking }
}

impl Watch {
    /// Ends it, and returns what was seen.
    pub(super) fn end(self) -> Vec<String> {
        self.looking.abort();
        std::mem::take(&mut *locked(&self.seen))
            .into_iter()
            .collect()
    }
}

fn locked(seen: &Mutex<BTreeSet<String>>) -> MutexGuard<'_, BTreeSet<String>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What processes show now that work in this folder or below, and of which this user may see it.
fn of_processes(works_in: &Path, passwords: &Passwords) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let folders = processes.flatten().map(|entry| entry.path());
    // Of other sequences at the same time there are several times as many. What is no process works nowhere.
    let own = folders.filter(|folder| {
        fs::read_link(folder.join("cwd")).is_ok_and(|folder| folder.starts_with(works_in))
    });
    let each = own.flat_map(|folder| {
        let places = [("cmdline", "its arguments"), ("environ", "its environment")];
        // One that has ended meanwhile shows nothing.
        places.map(|(file, place)| {
            let shown = fs::read(folder.join(file)).unwrap_or_default();
            let name = password_in(&shown, passwords)?;
            let program = fs::read_to_string(folder.join("comm")).unwrap_or_default();
            let program = program.trim_end();
            Some(format!("{program} has the password {name} in {place}"))
        })
    });
    each.flatten().collect()
}

/// What logs show: each by its name, with its text.
pub(super) fn of_logs(logs: &[(String, String)], passwords: &Passwords) -> Vec<String> {
    let each = logs.iter().filter_map(|(log, text)| {
        let name = password_in(text.as_bytes(), passwords)?;
        Some(format!("{log} has the password {name}"))
    });
    each.collect()
}

/// The name of a password that stands in a text.
fn password_in<'a>(text: &[u8], passwords: &'a Passwords) -> Option<&'a str> {
    let text = String::from_utf8_lossy(text);
    let found = (passwords.0.iter()).find(|(_, password)| text.contains(password.as_str()));
    found.map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::secrets::passwords;

    #[test]
    fn a_password_is_seen_in_arguments_and_environments_and_logs_by_its_name_alone() {
        let passwords = passwords::generate();
        let folder = tempfile::tempdir().unwrap();
        let of_processes = || of_processes(folder.path(), &passwords);
        assert_eq!(of_processes(), Vec::<String>::new());
        let (name, password) = passwords.0.first_key_value().unwrap();
        let mut with_variable = Command::new("sleep");
        with_variable.arg("30").env("OTHER", password);
        with_variable.current_dir(folder.path());
        let mut shell = Command::new("bash");
        shell.args(["-c", "read -r", password]);
        shell.current_dir(folder.path());
        shell.stdin(std::process::Stdio::piped());
        let mut started = [shell.spawn().unwrap(), with_variable.spawn().unwrap()];
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        let mut seen = of_processes();
        while seen.len() < 2 && std::time::Instant::now() < deadline {
            seen = of_processes();
        }
        for child in &mut started {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        seen.sort();
        assert_eq!(
            seen,
            [
                format!("bash has the password {name} in its arguments"),
                format!("sleep has the password {name} in its environment"),
            ]
        );
        let logs = [("a.log".to_owned(), format!("FATAL: {password}"))];
        let shown = of_logs(&logs, &passwords);
        assert_eq!(shown, [format!("a.log has the password {name}")]);
    }
}
