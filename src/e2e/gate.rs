//! Lets checks of several clusters be made side by side, except for those that have to be alone; of this run and of others
//! on this machine that use the same Kubernetes cluster. Knows no check.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::future::Future;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::fault::check::Company;
use crate::pause::BETWEEN_LOOKS;

/// What everything that is done passes. Locks of files are given back by whoever ends, however that comes.
#[derive(Debug)]
pub(super) struct Gate {
    /// Held while waiting to get in: who waits to be alone is not waited out by those who come later.
    turn: PathBuf,
    /// Held while inside: by one that is alone, or shared.
    inside: PathBuf,
}

/// The gate of a Kubernetes cluster, in a folder that all runs share.
pub(super) fn gate(folder: &Path, context: &str) -> Gate {
    // Contexts of clouds have slashes and colons.
    let name = context.replace(|one: char| !one.is_ascii_alphanumeric(), "-");
    let file = |end: &str| folder.join(format!("pgherd-e2e-{name}.{end}"));
    Gate {
        turn: file("turn"),
        inside: file("inside"),
    }
}

impl Gate {
    /// Does something as soon as its company lets it.
    ///
    /// # Errors
    /// When a file cannot be made or locked.
    pub(super) async fn pass<T>(
        &self,
        company: Company,
        doing: impl Future<Output = T>,
    ) -> io::Result<T> {
        let turn = held(&self.turn, File::try_lock).await?;
        let inside = match company {
            Company::Others => held(&self.inside, File::try_lock_shared).await?,
            Company::Alone => held(&self.inside, File::try_lock).await?,
        };
        drop(turn);
        let done = doing.await;
        drop(inside);
        Ok(done)
    }
}

/// Waits for a lock without keeping a thread, which an interruption could not end. Whoever has it has limits of its own.
async fn held(path: &Path, lock: fn(&File) -> Result<(), TryLockError>) -> io::Result<File> {
    let file = file(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    loop {
        match lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(BETWEEN_LOOKS).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// The file of a lock, whoever made it. In a folder that all users share, nobody may open another's as one to be made, nor write
/// to it; to lock it, neither is needed.
fn file(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            file.set_permissions(Permissions::from_mode(0o644))?;
            Ok(file)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::future::join_all;

    use super::*;

    /// The most that was done at once, and the most that was done beside one that is alone. Each has a gate of its own, as
    /// each run has.
    async fn crowds(companies: &[Company]) -> (usize, usize) {
        let folder = tempfile::tempdir().unwrap();
        let (inside, most, beside_alone) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let each = companies.iter().map(async |company| {
            let doing = async {
                inside.set(inside.get() + 1);
                // Others get their turn in between, as they do while a check waits for an answer.
                for _ in 0..5 {
                    most.set(most.get().max(inside.get()));
                    if *company == Company::Alone {
                        beside_alone.set(beside_alone.get().max(inside.get() - 1));
                    }
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                }
                inside.set(inside.get() - 1);
            };
            let gate = gate(folder.path(), "kind-a/b:c");
            gate.pass(*company, doing).await.unwrap();
        });
        join_all(each).await;
        (most.get(), beside_alone.get())
    }

    #[test]
    fn a_lock_that_another_user_made_can_be_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = file(&path).unwrap();
        let mode = first.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "others may open it to read");
        first
            .set_permissions(Permissions::from_mode(0o444))
            .unwrap();
        let second = file(&path).unwrap();
        second.try_lock().unwrap();
        assert!(first.try_lock().is_err());
    }

    #[tokio::test]
    async fn who_is_alone_is_never_beside_another() {
        use Company::{Alone, Others};
        let (most, beside_alone) = crowds(&[Others, Others, Alone, Others, Others, Alone]).await;
        assert_eq!(beside_alone, 0);
        assert!(most > 1, "nothing was done side by side");
        assert_eq!(crowds(&[Alone, Alone]).await, (1, 0));
    }
}
