//! Random objects in the words of Kubernetes: what the chart passes through as it is.
//!
//! A few fields of each kind with values of every type; the API's types themselves are not walked.

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::texts::{Lines, any, matching};

/// The names beside which nothing else has to be called so, after the index in their list is added.
const NAME: &str = "[a-z][a-z0-9-]{0,20}[a-z]";

/// A random object of a kind of Kubernetes' API.
pub(crate) fn object(kind: &str, dice: &mut Dice) -> Value {
    match kind {
        "Affinity" => affinity(dice),
        "Container" => container(dice),
        "EnvVar" => variable(dice),
        "NetworkPolicyPeer" => peer(dice),
        "NetworkPolicyIngressRule" => connections("from", dice),
        "NetworkPolicyEgressRule" => connections("to", dice),
        "Volume" => volume(dice),
        "VolumeMount" => mount(dice),
        other => panic!("no random object of kind {other:?}"),
    }
}

fn affinity(dice: &mut Dice) -> Value {
    let expressions = json!([{"key": "zone", "operator": "In", "values": ["a", text(dice)]}]);
    match dice.between(1, 3) {
        1 => json!({}),
        2 => json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": expressions}],
        }}}),
        _ => json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": dice.between(1, 100), "preference": {"matchExpressions": expressions}},
        ]}}),
    }
}

fn container(dice: &mut Dice) -> Value {
    let mut container = json!({"name": matching(dice, NAME), "image": matching(dice, NAME)});
    if dice.happens(50) {
        let args: Value = (0..dice.count(0, 3)).map(|_| json!(text(dice))).collect();
        container["args"] = args;
    }
    if dice.happens(50) {
        container["ports"] = json!([{"containerPort": dice.between(1, 65_535), "name": "http"}]);
        let port = if dice.happens(50) {
            json!("http")
        } else {
            json!(8080)
        };
        container["livenessProbe"] = json!({"httpGet": {"path": "/", "port": port}});
    }
    if dice.happens(50) {
        container["env"] = json!([variable(dice)]);
        container["resources"] = json!({"limits": {"memory": "64Mi", "cpu": "1"}});
        container["securityContext"] = json!({"runAsNonRoot": true, "runAsUser": 1_000_000});
    }
    container
}

fn peer(dice: &mut Dice) -> Value {
    // What a label may hold: one line, and also what some readers take for something else.
    let value = matching(
        dice,
        "(on|0x1f|1e3|017|[A-Za-z0-9][A-Za-z0-9_.-]{0,20}[A-Za-z0-9])",
    );
    let labels = json!({"matchLabels": {"app.kubernetes.io/name": value}});
    match dice.between(1, 5) {
        1 => json!({"podSelector": {}}),
        2 => json!({"namespaceSelector": labels}),
        3 => json!({"namespaceSelector": {}, "podSelector": labels}),
        4 => json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}),
        _ => json!({"ipBlock": {"cidr": "::/0"}}),
    }
}

fn connections(peers: &str, dice: &mut Dice) -> Value {
    let mut rule = json!({});
    if dice.happens(70) {
        rule[peers] = (0..dice.count(0, 2)).map(|_| peer(dice)).collect();
    }
    if dice.happens(70) {
        let port = if dice.happens(50) {
            json!("metrics")
        } else {
            json!(dice.between(1, 65_535))
        };
        rule["ports"] = json!([{"protocol": "UDP", "port": port}, {"port": 1, "endPort": 9}]);
    }
    rule
}

fn variable(dice: &mut Dice) -> Value {
    let name = matching(dice, "[A-Z]{3}[A-Z_]{0,10}");
    if dice.happens(70) {
        json!({"name": name, "value": text(dice)})
    } else {
        json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
    }
}

fn volume(dice: &mut Dice) -> Value {
    let name = matching(dice, NAME);
    match dice.between(1, 4) {
        1 => json!({"name": name, "emptyDir": {}}),
        2 => json!({"name": name, "emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}}),
        3 => {
            json!({"name": name, "configMap": {"name": "some", "defaultMode": 288, "optional": false}})
        }
        _ => json!({"name": name, "persistentVolumeClaim": {"claimName": "some"}}),
    }
}

fn mount(dice: &mut Dice) -> Value {
    let mut mount =
        json!({"name": "config", "mountPath": format!("/extra/{}", matching(dice, NAME))});
    if dice.happens(50) {
        mount["readOnly"] = json!(dice.happens(50));
    }
    mount
}

/// Any text of several lines without what the rules refuse.
fn text(dice: &mut Dice) -> String {
    let refused = |letter: char| {
        letter.is_control() && !matches!(letter, '\n' | '\t')
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    any(dice, Lines::Many, 0).replace(refused, "")
}
