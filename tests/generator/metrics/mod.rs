//! Alerts and the dashboard hold together with what exporters give: no name that nobody gives, no link that leads nowhere.
//!
//! `rules.snap.yaml` is what Prometheus reads of the alerts; `.ci/run` has promtool judge it, with the series of alerts.yaml.
//! That exporters really give the series is shown by `pgherd e2e`.

use std::collections::BTreeSet;

use pgherd::component::metrics::{ALERTS, DASHBOARD, SERIES, prometheus_rule};
use pgherd::k8s::monitoring::Rule;
use pgherd::output::yaml;
use pgherd::spec::Source;
use pgherd::topology;
use pgherd::validate::read;
use serde_json::{Value, json};

/// Series that the kubelet gives. <https://kubernetes.io/docs/reference/instrumentation/metrics/>
const OF_THE_KUBELET: [&str; 2] = [
    "kubelet_volume_stats_used_bytes",
    "kubelet_volume_stats_capacity_bytes",
];
/// Words of PromQL that are no series, and labels.
const WORDS: [&str; 24] = [
    "sum",
    "max",
    "min",
    "count",
    "group",
    "rate",
    "present_over_time",
    "absent_over_time",
    "by",
    "on",
    "or",
    "and",
    "unless",
    "group_left",
    "label_values",
    "namespace",
    "pod",
    "slot",
    "pgherd_cluster",
    "persistentvolumeclaim",
    "__rate_interval",
    "cluster",
    "data",
    "wal",
];

/// Names in an expression: without texts in quotes, numbers and durations.
fn names(expression: &str) -> BTreeSet<String> {
    let unquoted: String = expression
        .split('"')
        .step_by(2)
        .collect::<Vec<_>>()
        .join(" ");
    let words = unquoted.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words
        .filter(|word| word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'))
        .filter(|word| !WORDS.contains(word))
        .map(str::to_owned)
        .collect()
}

fn rules() -> Vec<Rule> {
    let source = Source {
        name: "spec",
        text: "{name: shop, topology: streaming, metrics: {enabled: true, image: a, rules: {enabled: true}}}",
        folder: None,
    };
    let cluster = read(&source).expect("a spec").remove(0);
    let sets = topology::layout(&cluster).sets;
    let rule = prometheus_rule(&cluster, &sets).expect("alerts");
    rule.spec
        .groups
        .into_iter()
        .flat_map(|group| group.rules)
        .collect()
}

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).expect("the dashboard is JSON")
}

/// The queries of the dashboard's panels.
fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets
        .map(|target| target["expr"].as_str().expect("a query").to_owned())
        .collect()
}

#[test]
fn every_series_is_one_that_somebody_gives() {
    let given: BTreeSet<&str> = SERIES
        .iter()
        .map(|(name, _)| *name)
        .chain(OF_THE_KUBELET)
        .collect();
    let expressions = rules().into_iter().map(|rule| rule.expr).chain(queries());
    let mut used = BTreeSet::new();
    for expression in expressions {
        let found = names(&expression);
        assert!(!found.is_empty(), "no series in {expression}");
        used.extend(found);
    }
    let unknown: Vec<&String> = used
        .iter()
        .filter(|name| !given.contains(name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "nobody gives {unknown:?}");
    let unused: Vec<&&str> = given.iter().filter(|name| !used.contains(**name)).collect();
    assert_eq!(unused, [&"pg_exporter_last_scrape_error"], "used by nobody");
    let own = include_str!("../../../src/component/metrics/files/queries.yaml");
    let own: Value = serde_yaml::from_str(own).expect("the queries are YAML");
    for (name, _) in SERIES
        .iter()
        .filter(|(name, _)| name.starts_with("pgherd_"))
    {
        let queried = own.as_object().expect("queries").iter().any(|(query, of)| {
            let columns = of["metrics"].as_array().expect("metrics");
            columns.iter().any(|column| {
                let column = column.as_object().expect("a column").keys().next();
                column.is_some_and(|column| *name == format!("{query}_{column}"))
            })
        });
        assert!(queried, "no query gives {name}");
    }
}

#[test]
fn names_are_told_from_what_stands_around_them() {
    let found =
        names("max by (pod) (rate(one{pgherd_cluster=\"two\"}[$__rate_interval])) / 3e2 > four");
    assert_eq!(found, ["four", "one"].map(str::to_owned).into());
}

#[test]
fn every_alert_leads_to_its_section() {
    let runbook = include_str!("../../../docs/operations.md");
    let mut seen = BTreeSet::new();
    for (alert, rule) in ALERTS.iter().zip(rules()) {
        assert!(seen.insert(alert.name), "{} is there twice", alert.name);
        assert_eq!(
            rule.annotations["runbook"],
            format!("docs/operations.md#{}", alert.section)
        );
        let heading = format!("\n## `{}`\n", alert.section);
        assert!(runbook.contains(&heading), "no section {}", alert.section);
        assert!(!rule.expr.contains('$'), "{}", rule.expr);
        assert!(
            rule.expr.contains("shop"),
            "{} is about every cluster",
            alert.name
        );
    }
}

/// What promtool is given to judge.
#[test]
fn the_rules_that_promtool_judges_are_those_of_now() {
    let rules = json!({"groups": [{"name": "shop-metrics", "rules": rules()}]});
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(".");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_binary_snapshot!("rules.yaml", yaml::document(&rules).into_bytes());
    });
    let judged = include_str!("alerts.yaml");
    for alert in ALERTS {
        let fires = format!(
            "alertname: {}\n        exp_alerts:\n          - ",
            alert.name
        );
        assert!(
            judged.contains(&fires),
            "{} is not shown to fire",
            alert.name
        );
        let silent = format!("alertname: {}\n        exp_alerts: []", alert.name);
        assert!(
            judged.contains(&silent),
            "{} is not shown to be silent",
            alert.name
        );
    }
}

#[test]
fn the_dashboard_is_whole() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let variables: Vec<&str> = variables
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(variables, ["datasource", "namespace", "cluster"]);
    let panels = dashboard["panels"].as_array().expect("panels");
    assert!(panels.len() >= 12, "{}", panels.len());
    let mut taken = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().expect("a title");
        assert!(
            ids.insert(panel["id"].as_u64()),
            "{title}: its id is another's"
        );
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        assert!(
            panel["description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.')),
            "{title}"
        );
        let at = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
        assert!(at("x") + at("w") <= 24, "{title} is too wide");
        for (x, y) in (at("x")..at("x") + at("w"))
            .flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
        {
            assert!(taken.insert((x, y)), "{title} lies on another");
        }
        let targets = panel["targets"].as_array().expect("targets");
        let letters: BTreeSet<_> = targets.iter().map(|one| one["refId"].as_str()).collect();
        assert_eq!(
            letters.len(),
            targets.len(),
            "{title}: two queries of one name"
        );
    }
    for query in queries() {
        assert!(
            query.contains("namespace=\"$namespace\", pgherd_cluster=\"$cluster\""),
            "{query}"
        );
    }
}
