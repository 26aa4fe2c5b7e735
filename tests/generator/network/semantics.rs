//! The evaluator itself, held to small cases of what the documentation says.

use serde_json::{Value, json};

use super::evaluate::{End, Labels, Pod, Port, Rules};

/// A pod `app=<app>` with a port called `http`.
fn pod(namespace: &str, app: &str) -> End {
    End::Pod(Pod {
        name: app.into(),
        namespace: namespace.into(),
        labels: Labels::from([("app".into(), app.into())]),
        ports: vec![("http".into(), "TCP".into(), 8080)],
        address: "10.244.0.9".parse().unwrap(),
    })
}

/// Policies of namespace `a`; the namespaces have their names as labels `name`.
fn rules(specs: &[Value]) -> Rules {
    let policy = |spec: &Value| {
        let object = json!({"metadata": {"namespace": "a"}, "spec": spec});
        serde_json::from_value(object).unwrap()
    };
    let namespace = |name: &str| {
        let labels = Labels::from([("name".into(), name.into())]);
        (name.to_owned(), labels)
    };
    Rules {
        policies: specs.iter().map(policy).collect(),
        namespaces: ["a", "b"].map(namespace).into(),
    }
}

const HTTP: Port = Port("TCP", 8080);

/// Whether `web` of `a` receives from a pod.
fn receives(spec: Value, from: &End) -> bool {
    rules(&[spec]).allow(from, &pod("a", "web"), HTTP)
}

fn app(name: &str) -> Value {
    json!({"podSelector": {"matchLabels": {"app": name}}})
}

fn namespace(name: &str) -> Value {
    json!({"namespaceSelector": {"matchLabels": {"name": name}}})
}

#[test]
fn without_a_policy_everything_is_allowed() {
    assert!(rules(&[]).allow(&pod("b", "job"), &pod("a", "web"), HTTP));
    // One of another namespace, and one that selects another pod, isolate nothing.
    let other = json!({"podSelector": {"matchLabels": {"app": "other"}}});
    assert!(receives(other, &pod("b", "job")));
    let here = rules(&[json!({"podSelector": {}})]);
    assert!(here.allow(&pod("a", "web"), &pod("b", "job"), HTTP));
}

#[test]
fn an_empty_selector_is_every_pod_and_a_policy_without_rules_denies() {
    assert!(!receives(json!({"podSelector": {}}), &pod("a", "job")));
    assert!(!receives(
        json!({"podSelector": {}, "ingress": []}),
        &pod("a", "job")
    ));
    assert!(receives(
        json!({"podSelector": {}, "ingress": [{}]}),
        &pod("b", "job")
    ));
}

#[test]
fn no_from_and_an_empty_from_are_everybody() {
    for rule in [json!({}), json!({"from": []}), json!({"ports": []})] {
        let spec = json!({"podSelector": {}, "ingress": [rule]});
        assert!(receives(spec, &pod("b", "job")));
    }
}

#[test]
fn two_selectors_in_one_peer_are_both_and_two_peers_are_either() {
    let both = json!({
        "namespaceSelector": {"matchLabels": {"name": "b"}},
        "podSelector": {"matchLabels": {"app": "job"}},
    });
    let spec = |from: Value| json!({"podSelector": {}, "ingress": [{"from": from}]});
    for (namespace_, name, in_one, in_two) in [
        ("b", "job", true, true),
        ("b", "other", false, true),
        ("a", "job", false, true),
        ("a", "other", false, false),
    ] {
        let from = pod(namespace_, name);
        assert_eq!(
            receives(spec(json!([both])), &from),
            in_one,
            "{namespace_} {name}"
        );
        let two = json!([namespace("b"), app("job")]);
        assert_eq!(receives(spec(two), &from), in_two, "{namespace_} {name}");
    }
}

#[test]
fn a_pod_selector_alone_is_of_the_policys_own_namespace() {
    let spec = json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]});
    assert!(receives(spec.clone(), &pod("a", "job")));
    assert!(!receives(spec, &pod("b", "job")));
    let spec = json!({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]});
    assert!(receives(spec, &pod("b", "job")));
}

#[test]
fn ports_are_numbers_ranges_or_names_of_the_target() {
    let allows = |ports: Value, port: Port| {
        let spec = json!({"podSelector": {}, "ingress": [{"ports": ports}]});
        rules(&[spec]).allow(&pod("a", "job"), &pod("a", "web"), port)
    };
    assert!(allows(json!([{"port": 8080}]), HTTP));
    assert!(!allows(json!([{"port": 8081}]), HTTP));
    assert!(!allows(json!([{"port": 8080, "protocol": "UDP"}]), HTTP));
    assert!(allows(
        json!([{"port": 8080, "protocol": "UDP"}]),
        Port("UDP", 8080)
    ));
    assert!(allows(json!([{"port": "http"}]), HTTP));
    assert!(!allows(json!([{"port": "http"}]), Port("TCP", 80)));
    assert!(!allows(json!([{"port": "https"}]), HTTP));
    assert!(allows(json!([{"port": 8000, "endPort": 8100}]), HTTP));
    assert!(!allows(json!([{"port": 8000, "endPort": 8079}]), HTTP));
    assert!(allows(json!([{"protocol": "TCP"}]), HTTP));
}

#[test]
fn blocks_are_of_addresses_but_for_the_excepted() {
    let from = json!([{"ipBlock": {"cidr": "172.17.0.0/16", "except": ["172.17.1.0/24"]}}]);
    let spec = json!({"podSelector": {}, "ingress": [{"from": from}]});
    for (address, expected) in [
        ("172.17.0.1", true),
        ("172.17.1.1", false),
        ("172.18.0.1", false),
        ("fd00::1", false),
    ] {
        let outside = End::Outside(address.parse().unwrap());
        assert_eq!(receives(spec.clone(), &outside), expected, "{address}");
    }
    let selected = json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]});
    assert!(!receives(
        selected,
        &End::Outside("172.17.0.1".parse().unwrap())
    ));
}

#[test]
fn directions_are_inferred_where_they_are_not_said() {
    let sends = |spec: Value| rules(&[spec]).allow(&pod("a", "web"), &pod("b", "job"), HTTP);
    assert!(sends(json!({"podSelector": {}})));
    assert!(sends(json!({"podSelector": {}, "egress": []})));
    assert!(!sends(
        json!({"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]})
    ));
    assert!(!sends(
        json!({"podSelector": {}, "policyTypes": ["Egress"]})
    ));
    assert!(sends(
        json!({"podSelector": {}, "policyTypes": ["Ingress"]})
    ));
    let egress_only = json!({"podSelector": {}, "policyTypes": ["Egress"]});
    assert!(receives(egress_only, &pod("b", "job")));
}

#[test]
fn both_ends_have_to_allow_it_and_policies_add_up() {
    let to_job = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"],
        "egress": [{"to": [app("job")]}]});
    let nothing = json!({"podSelector": {"matchLabels": {"app": "job"}}});
    let (web, job) = (pod("a", "web"), pod("a", "job"));
    let one = rules(std::slice::from_ref(&to_job));
    assert!(one.allow(&web, &job, HTTP));
    assert!(!rules(&[to_job.clone(), nothing.clone()]).allow(&web, &job, HTTP));
    let from_web = json!({"podSelector": {}, "ingress": [{"from": [app("web")]}]});
    assert!(rules(&[to_job, nothing, from_web]).allow(&web, &job, HTTP));
}

#[test]
fn expressions_select_as_kubernetes_has_them() {
    let selects = |expression: Value| {
        let from = json!([{"podSelector": {"matchExpressions": [expression]}}]);
        let spec = json!({"podSelector": {}, "ingress": [{"from": from}]});
        receives(spec, &pod("a", "job"))
    };
    assert!(selects(
        json!({"key": "app", "operator": "In", "values": ["x", "job"]})
    ));
    assert!(!selects(
        json!({"key": "app", "operator": "NotIn", "values": ["job"]})
    ));
    assert!(selects(
        json!({"key": "other", "operator": "NotIn", "values": ["job"]})
    ));
    assert!(selects(json!({"key": "app", "operator": "Exists"})));
    assert!(!selects(json!({"key": "app", "operator": "DoesNotExist"})));
}

#[test]
fn the_own_node_and_the_pod_itself_are_always_let_through() {
    let shut = rules(&[json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})]);
    let web = pod("a", "web");
    assert!(shut.allow(&End::OwnNode, &web, HTTP));
    assert!(shut.allow(&web, &web, HTTP));
    assert!(!shut.allow(&web, &pod("a", "job"), HTTP));
}
