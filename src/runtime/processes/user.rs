//! As whom members run: as whoever runs pgherd; where that is root, which PostgreSQL refuses, as another user.

use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Who takes the place of root, by name: that of the packages, then one that every system has.
const INSTEAD: [&str; 2] = ["postgres", "nobody"];

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    /// Its number.
    pub(super) id: u32,
    /// The number of its group.
    pub(super) group: u32,
}

/// The user whose members run; none where it is the one that runs pgherd.
///
/// # Errors
/// When that is root and there is none of the others.
pub(super) fn user() -> Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
    let found = INSTEAD.iter().find_map(|name| named(&users, name));
    let found = found.with_context(|| {
        format!(
            "PostgreSQL does not run as root, and there is no user {}\nhint: run pgherd as another user",
            INSTEAD.join(" or ")
        )
    })?;
    Ok(Some(found))
}

/// The user of a name in /etc/passwd.
fn named(users: &str, name: &str) -> Option<User> {
    let fields = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let mut found = fields.filter(|fields| fields.first() == Some(&name));
    let fields = found.next()?;
    Some(User {
        id: fields.get(2)?.parse().ok()?,
        group: fields.get(3)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\nnobody2:x:7:8:::\nnobody:x:65534:65533:n:/:/x\n";
        let found = named(users, "nobody").unwrap();
        assert_eq!((found.id, found.group), (65534, 65533));
        assert_eq!(named(users, "postgres"), None);
    }
}
