//! Names are worked out whatever kustomize puts around them, and a pod that does not fit is refused.

use crate::{Ended, Lab, ended};

/// What a script makes of a pod's names: prefix, suffix.
fn affixes(lab: &Lab, cluster: &str, account: &str, workload: &str, pod: &str) -> Ended {
    let mut bash = lab.bash();
    bash.env("PGHERD_CLUSTER", cluster)
        .env("PGHERD_SERVICE_ACCOUNT", account)
        .env("PGHERD_WORKLOAD", workload)
        .env("PGHERD_POD", pod)
        .args(["-euo", "pipefail", "-c"])
        .arg(". \"$LAB/scripts/affixes.sh\"; echo \"[$prefix] [$suffix]\"");
    ended(&mut bash)
}

/// The name of a pod that Kubernetes makes for a Job or a ReplicaSet.
fn generated(workload: &str) -> String {
    let base = format!("{workload}-");
    format!("{}x7k2p", &base[..base.len().min(58)])
}

#[test]
fn prefix_and_suffix_are_found() {
    let lab = Lab::new();
    for (cluster, account, workload, pod, expected) in [
        ("shop", "shop", "shop-primary", "shop-primary-0", "[] []"),
        (
            "shop",
            "dev-shop",
            "shop-primary",
            "dev-shop-primary-0",
            "[dev-] []",
        ),
        (
            "shop",
            "shop-eu",
            "shop-primary",
            "shop-primary-eu-0",
            "[] [-eu]",
        ),
        (
            "shop",
            "dev-shop-eu",
            "shop-primary",
            "dev-shop-primary-eu-11",
            "[dev-] [-eu]",
        ),
        // The cluster's name occurs more than once.
        ("a", "a-a", "a-primary", "a-a-primary-0", "[a-] []"),
        ("a", "a-a", "a-primary", "a-primary-a-0", "[] [-a]"),
        ("a", "data-a", "a-primary", "data-a-primary-0", "[data-] []"),
    ] {
        let found = affixes(&lab, cluster, account, workload, pod);
        assert_eq!(found.succeeds(), expected, "{account} {pod}");
    }
}

#[test]
fn cut_names_of_pods_are_understood() {
    let lab = Lab::new();
    let cluster = "a234567890".repeat(4);
    for (prefix, suffix) in [("", ""), ("dev-", ""), ("", "-eu"), ("dev-", "-eu")] {
        for (workload, real) in [
            ("sync-11-????????", "sync-11-0a1b2c3d"),
            ("sync-2-????????", "sync-2-0a1b2c3d"),
            ("pgpool", "pgpool"),
        ] {
            let name = format!("{prefix}{cluster}-{real}{suffix}");
            let made_by = if real == "pgpool" {
                format!("{name}-6d4b75cb6d")
            } else {
                name
            };
            let found = affixes(
                &lab,
                &cluster,
                &format!("{prefix}{cluster}{suffix}"),
                &format!("{cluster}-{workload}"),
                &generated(&made_by),
            );
            assert_eq!(
                found.succeeds(),
                format!("[{prefix}] [{suffix}]"),
                "{made_by}"
            );
        }
    }
}

#[test]
fn names_that_do_not_fit_are_refused() {
    let lab = Lab::new();
    for (cluster, account, pod, ways) in [
        ("shop", "shop", "dev-shop-primary-0", "0 ways"),
        ("shop", "default", "shop-primary-0", "0 ways"),
        ("shop", "shop-eu", "shop-primary-0", "0 ways"),
    ] {
        affixes(&lab, cluster, account, "shop-primary", pod).dies(ways);
    }
    // The cut hides what would tell the two readings apart.
    let cluster = "a";
    let role = "r".repeat(60);
    affixes(
        &lab,
        cluster,
        "a-a",
        &format!("a-{role}"),
        &format!("a-a-{role}-0"),
    )
    .succeeds();
    let long = format!("a-{}", "a-".repeat(28));
    let (account, workload) = (format!("{long}a"), format!("a-{}", "a-".repeat(30)));
    affixes(&lab, "a", &account, &workload, &generated(&"a-".repeat(40))).dies("ways to read");
}

#[test]
fn members_are_named_with_prefix_and_suffix() {
    let lab = Lab::new();
    let mut bash =
        lab.functions("own_member; echo; pod_of standby-1; echo; host_of primary-0; echo; slot_of standby-1; echo; members; others_than standby-1");
    bash.env("PGHERD_SERVICE_ACCOUNT", "dev-shop-eu")
        .env("PGHERD_POD", "dev-shop-standby-eu-1");
    assert_eq!(
        ended(&mut bash).succeeds(),
        "standby-1\n\
         dev-shop-standby-eu-1\n\
         dev-shop-primary-eu-0.dev-shop-members-eu\n\
         dev_shop_standby_eu_1\n\
         primary-0\nstandby-0\nstandby-1\n\
         primary-0\nstandby-0"
    );
}

#[test]
fn unreadable_facts_end_a_start() {
    for (file, content, reason) in [
        ("cluster/primary", "", "cannot tell who leads"),
        ("cluster/members", "", "cannot tell how many members"),
        ("cluster/members", "none\n", "cannot tell how many members"),
    ] {
        let lab = Lab::new();
        lab.write(file, content);
        let ended = lab
            .run("first=$(primary_member); many=$(others_than primary-0); echo \"$first $many\"");
        ended.dies(reason);
    }
}

#[test]
fn a_volume_bounds_the_wal_that_is_kept() {
    let lab = Lab::new();
    for (size, bounds) in [
        ("512Mi", "128 64"),
        ("1Gi", "256 128"),
        ("8Gi", "2048 1024"),
        ("10Gi", "2560 1024"),
        ("2Ti", "524288 1024"),
    ] {
        let mut bash = lab.functions(
            "size=$(volume_size); echo \"$(slot_bound \"$size\") $(checkpoint_bound \"$size\")\"",
        );
        let ended = ended(bash.env("PGHERD_STORAGE_SIZE", size));
        assert_eq!(ended.succeeds(), bounds, "{size}");
    }
    for size in ["10G", "10", "1.5Gi", "0.5Ti"] {
        let mut bash = lab.functions("size=$(volume_size); echo \"not reached: $size\"");
        let ended = ended(bash.env("PGHERD_STORAGE_SIZE", size));
        assert_ne!(ended.code, Some(0), "{size}: {}", ended.stdout);
    }
}

#[test]
fn a_member_is_reached_by_its_name_alone_unless_addresses_are_told() {
    let lab = Lab::new();
    let reached = lab.run("reach primary-0");
    assert_eq!(reached.succeeds(), "host=shop-primary-0.shop-members");
    lab.write(
        "hosts",
        "127.1.2.3 shop-primary-0.shop-members\n127.1.2.4 shop-primary-01.shop-members\n",
    );
    let told = |body: &str| lab.run(&format!("export PGHERD_HOSTS=$LAB/hosts; {body}"));
    let known = told("reach primary-0");
    assert_eq!(
        known.succeeds(),
        "host=shop-primary-0.shop-members hostaddr=127.1.2.3"
    );
    // Nobody has that address, so that nobody answers in its place.
    let unknown = told("reach standby-0");
    assert_eq!(
        unknown.succeeds(),
        "host=shop-standby-0.shop-members hostaddr=127.0.0.0"
    );
    told("is_known shop-primary-0.shop-members").succeeds();
    assert_eq!(told("is_known shop-primary-0").code, Some(1));
}
