//! What clients and exporters need to agree: Services, policies, the issuer, the pooler, metrics.

use serde_json::{Value, json};

use super::{Fields, forms};
use crate::dice::Dice;

/// A node port needs its type, and what leads to the pooler a pooler.
pub(super) fn expose(fields: &mut Fields) {
    if fields.get("expose.nodePort").is_number() {
        if fields.written("expose.type") == Some(&json!("None")) {
            fields.set("expose.nodePort", Value::Null);
        } else {
            fields.set("expose.type", json!("NodePort"));
        }
    }
    if fields.get("expose.to") == "pooler" {
        fields.set("pooler.kind", json!("pgpool"));
    }
}

/// Everybody needs no list, and clients outside are not found by selectors.
pub(super) fn network_policy(fields: &mut Fields, dice: &mut Dice) {
    let clients = "networkPolicy.clients";
    if fields.get(clients) == "anywhere" && fields.get("networkPolicy.from")[0].is_object() {
        fields.set("networkPolicy.from", json!([]));
    }
    let is_exposed = fields.get("expose.type") != "None";
    if !is_exposed || fields.get("networkPolicy.enabled") != true {
        return;
    }
    let mut from = fields.get("networkPolicy.from");
    let peers = from.as_array_mut().unwrap();
    if fields.get(clients) == "anywhere" || peers.iter().any(|peer| peer["ipBlock"].is_object()) {
        return;
    }
    match peers.first_mut() {
        Some(peer) => {
            *peer = json!({"ipBlock": {"cidr": "::/0"}});
            fields.set("networkPolicy.from", from);
        }
        _ if dice.happens(50) => fields.set(clients, json!("anywhere")),
        _ => fields.set("networkPolicy.enabled", json!(false)),
    }
}

/// cert-manager needs an issuer.
pub(super) fn issuer(fields: &mut Fields) {
    if fields.get("tls.mode") == "certManager" && fields.get("tls.issuerRef.name").is_null() {
        fields.set("tls.issuerRef.name", json!("company"));
    }
}

/// Exporters need an image, what shows metrics needs exporters, and Prometheus a way to them.
pub(super) fn metrics(fields: &mut Fields, dice: &mut Dice) {
    let parts = ["podMonitor", "rules", "dashboard"].map(|part| format!("metrics.{part}.enabled"));
    let is_wanted = parts.iter().any(|part| fields.get(part) == true);
    if is_wanted && dice.happens(70) {
        fields.set("metrics.enabled", json!(true));
    }
    if fields.get("metrics.enabled") != true {
        for part in &parts {
            if fields.get(part) == true {
                fields.set(part, json!(false));
            }
        }
        return;
    }
    if fields.get("metrics.image").is_null() {
        fields.set("metrics.image", json!(dice.one(&forms::IMAGES)));
    }
    let is_listed = |path: &str| fields.get(path)[0].is_object();
    let is_open = is_listed("networkPolicy.metrics") || is_listed("networkPolicy.members.ingress");
    let is_shut = fields.get("networkPolicy.enabled") == true && !is_open;
    if is_shut && fields.get("metrics.podMonitor.enabled") == true {
        if dice.happens(30) {
            fields.set("metrics.podMonitor.enabled", json!(false));
        } else {
            fields.set("networkPolicy.metrics", json!([{"podSelector": {}}]));
        }
    }
}

/// A pooler needs an image, and every client of every pod a connection on each server.
pub(super) fn pooler(fields: &mut Fields, dice: &mut Dice) {
    if fields.get("pooler.kind") != "pgpool" {
        return;
    }
    let is_missing = fields.get("pooler.image").is_null();
    if is_missing && fields.get("expose.to") != "pooler" && dice.happens(80) {
        return fields.set("pooler.kind", json!("none"));
    }
    if is_missing {
        fields.set("pooler.image", json!(dice.one(&forms::IMAGES)));
    }
    if dice.happens(50) {
        fields.set("pooler.replicas", json!(dice.between(1, 2)));
        fields.set("pooler.maxClients", json!(dice.between(1, 12)));
        return;
    }
    let number = |path: &str| fields.get(path).as_i64().unwrap();
    let enough = number("pooler.replicas") * (number("pooler.maxClients") + 100) + 200;
    fields.set("postgres.parameters.max_connections", json!(enough));
}
