//! What is left of a place when it ends, however that comes. Its pod runs no server: nothing here needs PostgreSQL.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::k8s::corev1::Pod;

/// How long anything may take here.
const SOON: Duration = Duration::from_secs(20);

/// A place with a pod that runs, and a process of that pod which leads a session of its own.
async fn place() -> Kept {
    place_in(&tempfile::tempdir().unwrap().keep()).await
}

async fn place_in(folder: &Path) -> Kept {
    let programs = Programs {
        version: 17,
        folder: "/usr/bin".into(),
    };
    let kept = keep(folder, &programs, "here").unwrap();
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "alone"},
        "spec": {"containers": [{
            "name": "postgres",
            "command": ["bash", "-c", "setsid sleep 1000 & sleep 1000"],
        }]},
    }))
    .unwrap();
    kept.place().start_pod(&pod, SOON).await.unwrap();
    until(|| processes(&kept.place().path()) >= 3).await;
    kept
}

/// How many processes work in a folder, or did while it was there.
fn processes(folder: &Path) -> usize {
    tree::within(&[folder.into()]).len()
}

async fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {SOON:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_leaves_no_process_and_no_folder_and_can_be_asked_for_again() {
    let kept = place().await;
    let folder = kept.place().path();
    kept.end().await.unwrap();
    assert_eq!((processes(&folder), folder.exists()), (0, false));
    kept.end().await.unwrap();
}

/// As TMPDIR may be one: the kernel tells where a process works without links.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_leaves_no_process_where_a_link_leads_to_the_folder() {
    let parent = tempfile::tempdir().unwrap();
    let link = parent.path().join("link");
    std::fs::create_dir(parent.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("folder", &link).unwrap();
    let kept = place_in(&link).await;
    let folder = kept.place().path();
    assert!(!folder.starts_with(&link));
    kept.end().await.unwrap();
    assert_eq!((processes(&folder), folder.exists()), (0, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_cut_off_is_completed() {
    let kept = place().await;
    let folder = kept.place().path();
    let cut_off = tokio::time::timeout(Duration::ZERO, kept.end()).await;
    assert!(cut_off.is_err() && folder.exists());
    kept.end().await.unwrap();
    assert_eq!((processes(&folder), folder.exists()), (0, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_nobody_ends_is_ended_by_its_warden() {
    let kept = place().await;
    let folder = kept.place().path();
    drop(kept);
    until(|| processes(&folder) == 0 && !folder.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_can_no_longer_be_kept_says_why() {
    let kept = place().await;
    let objects = kept.place().path().join("objects/Pod/broken");
    std::fs::write(objects, "not JSON").unwrap();
    let why = tokio::time::timeout(SOON, kept.broken()).await.unwrap();
    assert!(format!("{why:#}").contains("objects/Pod/broken"), "{why:#}");
    kept.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_in_a_pod_goes_on_where_nobody_waits_for_it() {
    let kept = place().await;
    let left = kept.place().path().join("pods/alone/root/tmp/left");
    let words = ["bash", "-c", "sleep 0.2; touch \"$TMPDIR/left\""];
    let cut_off = kept
        .place()
        .run("alone", &words, "", Duration::from_millis(50));
    assert!(cut_off.await.is_err() && !left.exists());
    until(|| left.exists()).await;
    kept.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pod_asks_for_before_its_stop_is_done_first() {
    let kept = place().await;
    let folder = tempfile::tempdir().unwrap();
    // Pods may be another user's.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let asked = folder.path().join("asked");
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "asking"},
        "spec": {"terminationGracePeriodSeconds": 10, "containers": [{
            "name": "postgres",
            "command": ["sleep", "1000"],
            "lifecycle": {"preStop": {"exec": {"command": ["touch", asked]}}},
        }]},
    }))
    .unwrap();
    kept.place().start_pod(&pod, SOON).await.unwrap();
    assert!(!asked.exists());
    kept.place().folder.remove("Pod", "asking").unwrap();
    let gone = kept
        .place()
        .until("asking", SOON, "there", |state| state.is_none());
    gone.await.unwrap();
    assert!(asked.exists());
    kept.end().await.unwrap();
}
