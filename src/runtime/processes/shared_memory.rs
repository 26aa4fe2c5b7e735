//! Shared memory that a killed server leaves behind: a segment of System V, of which a machine has some thousands, and files in
//! /dev/shm. The next server in the same data directory removes what the one before has left; where there is none, nobody does.
//! <https://www.postgresql.org/docs/current/kernel-resources.html#SYSVIPC>

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Pid;

/// Where a place keeps what servers had that were killed; as many lines as there are, in the words of [`Shared`].
pub(super) const FILE: &str = "shared-memory";
/// What the files are called, before their number.
const FILES: &str = "/dev/shm/PostgreSQL.";
/// What stands for a segment of System V in a list of mappings, before its key. Its number is where a file has its inode.
/// <https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html>
const SEGMENT: &str = "/SYSV";

/// The first four bytes of a server's list of such files, where its items begin, and how long each is, on a machine of 64 bits.
const LIST: u32 = 0x9a50_3d32;
const LIST_BEGINS: usize = 16;
const ITEM: usize = 40;

/// One that is shared: a number of a segment, or the path of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shared {
    Segment(u32),
    File(String),
}

/// What servers among these processes share.
pub(super) fn held(processes: &[Pid]) -> BTreeSet<Shared> {
    let maps = processes.iter().filter_map(|process| {
        let number = process.as_raw_nonzero();
        fs::read_to_string(format!("/proc/{number}/maps")).ok()
    });
    let each = maps.flat_map(|maps| maps.lines().filter_map(mapped).collect::<Vec<_>>());
    let mut held: BTreeSet<Shared> = each.collect();
    let files: Vec<String> = (held.iter())
        .filter_map(|shared| match shared {
            Shared::File(path) => Some(path.clone()),
            Shared::Segment(_) => None,
        })
        .collect();
    for path in files {
        held.extend(listed(&fs::read(path).unwrap_or_default()));
    }
    held
}

/// The files that a server's list of them has, some of which nobody may have mapped at the moment; none where these are not the
/// bytes of such a list, `dsm_control_header` of PostgreSQL's `src/backend/storage/ipc/dsm.c`.
fn listed(bytes: &[u8]) -> Vec<Shared> {
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_ne_bytes(four.try_into().ok()?))
    };
    if number(0) != Some(LIST) {
        return Vec::new();
    }
    let count = number(4).unwrap_or(0) as usize;
    let items = (0..count).map_while(|item| {
        let at = LIST_BEGINS + item * ITEM;
        Some((number(at)?, number(at + 4)?))
    });
    // One that nobody refers to is free.
    let used = items.filter(|(_, references)| *references > 0);
    used.map(|(handle, _)| Shared::File(format!("{FILES}{handle}")))
        .collect()
}

/// What a line of a list of mappings is of; none where it is not a server's.
fn mapped(line: &str) -> Option<Shared> {
    let mut words = line.split_whitespace();
    let (number, path) = (words.nth(4)?, words.next()?);
    if path.starts_with(SEGMENT) {
        return number.parse().ok().map(Shared::Segment);
    }
    file(path)
}

fn file(path: &str) -> Option<Shared> {
    let number = path.strip_prefix(FILES)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Shared::File(path.to_owned()))
}

/// Keeps in a place's folder what servers have that are about to be killed.
pub(super) fn keep(folder: &Path, held: &BTreeSet<Shared>) {
    let lines: String = held.iter().map(line).collect();
    let file = fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join(FILE));
    // Without it, what is lost is that it is removed.
    let _ = file.and_then(|mut file| file.write_all(lines.as_bytes()));
}

fn line(shared: &Shared) -> String {
    match shared {
        Shared::Segment(number) => format!("{number}\n"),
        Shared::File(path) => format!("{path}\n"),
    }
}

/// What was kept.
pub(super) fn kept(folder: &Path) -> BTreeSet<Shared> {
    let text = fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let each = text.lines().filter_map(|line| {
        let segment = line.parse().ok().map(Shared::Segment);
        segment.or_else(|| file(line))
    });
    each.collect()
}

/// Removes what nobody uses any more. What is gone already is no error, and nor is a machine without ipcrm.
pub(super) fn release(held: &BTreeSet<Shared>) {
    let mut segments = Vec::new();
    for shared in held {
        match shared {
            Shared::Segment(number) => segments.extend(["-m".to_owned(), number.to_string()]),
            Shared::File(path) => drop(fs::remove_file(path)),
        }
    }
    if !segments.is_empty() {
        let mut command = Command::new("ipcrm");
        let silent = command
            .args(segments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let _ = silent.stderr(Stdio::null()).status();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_of_servers_are_told_from_others() {
        let segment = "7f1c8a5c4000-7f1c8a5c5000 rw-s 00000000 00:01 98309                      /SYSV0052e2c1 (deleted)";
        let file = "7f1c80400000-7f1c80500000 rw-s 00000000 00:1a 5120                       /dev/shm/PostgreSQL.2094822610";
        assert_eq!(mapped(segment), Some(Shared::Segment(98309)));
        assert_eq!(
            mapped(file),
            Some(Shared::File("/dev/shm/PostgreSQL.2094822610".into()))
        );
        for other in [
            "7f1c8a5c4000-7f1c8a5c5000 r--p 00000000 08:01 98309 /usr/lib/libc.so.6",
            "7f1c80400000-7f1c80500000 rw-s 00000000 00:1a 5120 /dev/shm/PostgreSQL.1/../other",
            "7f1c80400000-7f1c80500000 rw-s 00000000 00:1a 5120 /dev/shm/PostgreSQL.",
            "7ffd2d9f6000-7ffd2da17000 rw-p 00000000 00:00 0 [stack]",
            "7ffd2d9f6000-7ffd2da17000 rw-p 00000000 00:00 0",
        ] {
            assert_eq!(mapped(other), None, "{other}");
        }
    }

    #[test]
    fn files_are_read_from_the_list_that_a_server_has() {
        let item = |handle: u32, references: u32| {
            [
                &handle.to_ne_bytes()[..],
                &references.to_ne_bytes(),
                &[0; 32],
            ]
            .concat()
        };
        let header = [LIST, 3, 128, 0].map(u32::to_ne_bytes).concat();
        let list = [header, item(12, 2), item(13, 0), item(14, 1), item(15, 1)].concat();
        let files = [12, 14].map(|number| Shared::File(format!("{FILES}{number}")));
        assert_eq!(listed(&list), files);
        assert_eq!(listed(&list[..60]), files[..1]);
        assert!(listed(&list[4..]).is_empty());
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Shared::Segment(7), file("/dev/shm/PostgreSQL.12").unwrap());
        keep(folder.path(), &BTreeSet::from([one.clone()]));
        keep(folder.path(), &BTreeSet::from([one.clone(), other.clone()]));
        assert_eq!(kept(folder.path()), BTreeSet::from([one, other]));
    }
}
