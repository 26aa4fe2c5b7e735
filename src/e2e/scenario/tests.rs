//! Which checks are made of which clusters, known by a rehearsal: no cluster is needed.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::*;
use crate::apply::Route;
use crate::e2e::drill::Drill;
use crate::e2e::{Install, Limits};
use crate::fault::check::Kind;
use crate::kind;
use crate::spec::Source;
use crate::validate;

fn options(only: &str, extent: Extent, means: Means) -> Options {
    Options {
        on: On::Kubernetes,
        route: Route::default(),
        node_image: None,
        afterwards: Afterwards::CleanUp,
        means,
        extent,
        report: None,
        limits: Limits::new(300, 1.0),
        only: Some(only.into()),
        jobs: NonZeroUsize::MIN,
        install: Install::Nothing,
        drill: Drill::default(),
        shape: kind::ONE_NODE,
        differences: BTreeMap::new(),
    }
}

fn cluster(text: &str) -> Cluster {
    let source = Source {
        name: "spec",
        text,
        folder: None,
    };
    validate::read(&source).unwrap().remove(0)
}

fn clusters() -> [Cluster; 2] {
    [
        "{name: shop, topology: streaming, members: 3, durability: async}",
        "{name: other, topology: streaming, bootstrap: job, expose: {type: NodePort, nodePort: 32000}}",
    ]
    .map(cluster)
}

/// The clusters and the checks that are made where those with a text are asked for.
async fn made(only: &str, extent: Extent, means: Means) -> Vec<(String, Vec<String>)> {
    let scenarios = chosen(&clusters(), &options(only, extent, means)).await;
    let each = scenarios.unwrap().into_iter().map(|scenario| {
        let Part::Chosen(names) = scenario.part else {
            panic!("not a part");
        };
        let name = scenario.cluster.name().to_owned();
        (name, names.into_iter().collect())
    });
    each.collect()
}

async fn made_of_shop(only: &str) -> Vec<String> {
    let made = made(only, Extent::Faults, Means::Apply).await;
    assert_eq!(made[0].0, "shop");
    made[0].1.clone()
}

#[tokio::test]
async fn only_clusters_with_such_a_check_are_made() {
    let made = made(
        "Service other-external from a pod",
        Extent::Checks,
        Means::Apply,
    )
    .await;
    let names = ["Service other-external from a pod", "apply"].map(str::to_owned);
    assert_eq!(made, [("other".to_owned(), names.to_vec())]);
}

#[tokio::test]
async fn a_fault_is_made_with_what_it_needs() {
    assert_eq!(
        made_of_shop("the promoted one").await,
        [
            "apply",
            "delete the primary's volume and pod",
            "promote a standby after the loss",
            "the promoted one leads"
        ]
    );
    assert_eq!(
        made_of_shop("shop-standby-1 leads").await,
        [
            "apply",
            "hand the lead from shop-primary-0 to shop-standby-1",
            "hand the lead from shop-standby-1 to shop-primary-0",
            "shop-primary-0 leads",
            "shop-standby-1 leads",
        ]
    );
    assert_eq!(
        made_of_shop("shop-standby-1: refuses").await,
        [
            "apply",
            "drop the table on the primary",
            "shop-standby-1: refuses a write",
            "write through the write Service"
        ]
    );
}

#[tokio::test]
async fn names_of_each_means_are_known_before_anything_runs() {
    let all = |means| made("", Extent::Faults, means);
    let names = |made: &[(String, Vec<String>)]| -> Vec<String> {
        made.iter().flat_map(|(_, names)| names.clone()).collect()
    };
    let applied = names(&all(Means::Apply).await);
    for name in [
        "kill the postmaster, 1 GB behind its last checkpoint",
        "the cluster forms",
    ] {
        assert!(applied.contains(&name.to_owned()), "{name}");
    }
    let chart = |previous: Option<&str>| Means::Chart {
        folder: "chart".into(),
        previous: previous.map(Into::into),
    };
    assert!(names(&all(chart(None)).await).contains(&"helm rollback".to_owned()));
    let upgraded = all(chart(Some("old"))).await;
    assert!(names(&upgraded).contains(&"after the upgrade: replication".to_owned()));
    // Whatever is asked for, the upgrade brings the cluster there.
    let one = made("helm rollback", Extent::Faults, chart(Some("old"))).await;
    assert!(names(&one).contains(&"helm upgrade".to_owned()));
}

/// Every fault leaves a row for every spec: what is not tried says so.
#[tokio::test]
async fn faults_are_the_same_for_all_clusters_and_means() {
    let faults = async |cluster: &Cluster, means: Means| -> Vec<String> {
        let options = options("", Extent::Faults, means);
        let planned = rehearse(cluster, Origin::Spec, &options).await.unwrap();
        let is_fault = |one: &&Planned| one.kind == Kind::Fault;
        let faults = planned.iter().filter(is_fault).map(Planned::title);
        // Names without those of members, and what is of releases alone.
        let general = |name: String| {
            let words = name
                .split([' ', ':'])
                .filter(|word| !word.ends_with("-0") && !word.ends_with("-1"));
            words.collect::<Vec<_>>().join(" ")
        };
        faults
            .map(general)
            .filter(|name| !name.starts_with("helm"))
            .collect()
    };
    let [shop, other] = clusters();
    let applied = faults(&shop, Means::Apply).await;
    assert_eq!(applied.len(), 22, "{applied:#?}");
    assert_eq!(faults(&other, Means::Apply).await, applied);
    let chart = Means::Chart {
        folder: "chart".into(),
        previous: None,
    };
    assert_eq!(faults(&shop, chart).await, applied);
}

#[tokio::test]
async fn without_a_match_the_names_that_there_are_are_told() {
    let options = options("no such check", Extent::Checks, Means::Apply);
    let error = chosen(&clusters(), &options).await.unwrap_err().to_string();
    for words in ["\"no such check\"", "\n  apply again\n", "--all"] {
        assert!(error.contains(words), "{error}");
    }
    assert!(!error.contains("rotate the passwords"), "{error}");
}

#[test]
fn a_node_port_is_taken_once() {
    let [shop, other] = clusters();
    assert_eq!(taken(&shop), [""; 0]);
    assert_eq!(taken(&other), ["node port 32000"]);
}
