//! The volume for WAL: which directory on it is whose, and what is said when one of two volumes is lost.

use std::fs::{self, File};

use crate::Lab;
use crate::volume::payload;

/// A member with data and its WAL.
fn member() -> Lab {
    let lab = Lab::new();
    lab.data("data", "old");
    lab.wal_volume();
    lab
}

/// The same after its volume for WAL was replaced by an empty one.
fn without_wal() -> Lab {
    let lab = member();
    fs::remove_dir_all(lab.path("wal")).expect("a volume");
    fs::create_dir(lab.path("wal")).expect("an empty volume");
    lab
}

#[test]
fn wal_of_new_data_gets_a_directory_that_no_data_has() {
    const PLACE: &str = "wal_options=(); place_wal; echo \"${wal_options[@]}\"";
    let (lab, none) = (member(), Lab::new());
    let expected = |number| format!("--waldir {}/wal.{number}", lab.path("wal").display());
    assert_eq!(lab.run(PLACE).succeeds(), expected(2));
    assert_eq!(none.run(PLACE).succeeds(), "");
    // What a copy left that was cut off is of no use to anybody.
    fs::create_dir(lab.path("wal/wal.2")).unwrap();
    fs::create_dir(lab.path("wal/wal.7")).unwrap();
    assert_eq!(lab.run(PLACE).succeeds(), expected(2));
    assert!(!lab.path("wal/wal.2").exists() && !lab.path("wal/wal.7").exists());
    assert_eq!(payload(&lab, "data").as_deref(), Some("old"));
}

#[test]
fn wal_of_data_that_waits_for_its_place_is_kept() {
    for name in ["data.ready", "data.old"] {
        let lab = member();
        fs::rename(lab.path("volume/data"), lab.path("volume").join(name)).unwrap();
        lab.run("drop_unused_wal").succeeds();
        assert_eq!(payload(&lab, name).as_deref(), Some("old"), "{name}");
    }
}

#[test]
fn a_standby_without_its_wal_is_copied_anew_and_a_primary_refuses() {
    let lab = without_wal();
    lab.run("settle_data").dies("the volume for WAL was lost");
    assert!(!lab.path("volume/data/pgherd.stale").exists());

    let lab = without_wal();
    lab.write("volume/data/standby.signal", "");
    lab.run("settle_data").succeeds();
    assert!(lab.path("volume/data/pgherd.stale").exists());
    assert_eq!(lab.read("volume/data/payload"), "old");
}

#[test]
fn wal_that_is_not_mounted_is_missed() {
    let lab = without_wal();
    fs::remove_dir_all(lab.path("wal")).unwrap();
    lab.run("settle_data").dies("the volume for WAL was lost");
}

#[test]
fn an_empty_volume_beside_wal_makes_no_cluster() {
    let lab = member();
    lab.run("refuse_beside_wal").succeeds();
    lab.run("settle_data").succeeds();
    fs::remove_dir_all(lab.path("volume/data")).unwrap();
    lab.run("refuse_beside_wal")
        .dies("refusing to make a new cluster");
    // A first start that was cut off leaves WAL, but no word that data was complete.
    fs::remove_file(lab.path("wal/pgherd.complete")).unwrap();
    lab.run("refuse_beside_wal").succeeds();
}

/// A server that comes back may be able to free what fills the volume.
#[test]
fn a_full_volume_keeps_no_server_from_starting() {
    let lab = member();
    let full = |lab: &Lab| lab.stub("cp", "echo 'No space left on device' >&2; exit 1");
    lab.run("settle_data").succeeds();
    full(&lab);
    lab.run("settle_data").succeeds();
    let lab = member();
    full(&lab);
    assert_eq!(lab.run("settle_data").code, Some(1));
}

#[test]
fn both_volumes_are_locked() {
    let lab = member();
    let file = File::create(lab.path("wal/.pgherd.lock")).unwrap();
    file.lock().unwrap();
    assert_eq!(lab.run("lock_volume 1 || echo busy").succeeds(), "busy");
    file.unlock().unwrap();
    let both = "lock_volume 0; for volume in wal volume; do flock -n $LAB/$volume/.pgherd.lock true || echo taken; done";
    assert_eq!(lab.run(both).succeeds(), "taken\ntaken");
    let free = format!("lock_volume 0; unlock_volume; {}", &both[14..]);
    assert_eq!(lab.run(&free).succeeds(), "");
}
