//! What servers need to agree: who leads, what commits wait for, encryption, room for WAL.

use serde_json::{Value, json};

use super::{Fields, pods};
use crate::dice::Dice;

/// What is one topology's is not with another.
pub(super) fn topology(fields: &mut Fields) {
    if fields.get("topology") == "streaming" {
        if fields.written("patroni.image").is_some() {
            fields.set("patroni", json!({"image": null}));
        } else {
            fields.leave_out("patroni");
        }
        if fields.get("whenStandbysAreGone") == "degrade" {
            fields.set("whenStandbysAreGone", json!("block"));
        }
        return;
    }
    for field in ["primary", "roles", "bootstrap"] {
        fields.leave_out(field);
    }
    if fields.written("postgres.image").is_some() {
        fields.set("postgres.image", Value::Null);
    }
    if !fields.get("patroni.image").is_string() {
        fields.set("patroni.image", json!("registry.example/patroni:17"));
    }
}

/// Any member can lead.
pub(super) fn primary(fields: &mut Fields, dice: &mut Dice) {
    if fields.get("primary").is_string() {
        let text = |path: &str| fields.get(path).as_str().unwrap().to_owned();
        let standbys = fields.get("members").as_u64().unwrap() - 1;
        let pod = if dice.happens(30) {
            format!("{}-{}-0", text("name"), text("roles.primary"))
        } else {
            let ordinal = dice.between(0, i64::try_from(standbys).unwrap() - 1);
            format!("{}-{}-{ordinal}", text("name"), text("roles.standby"))
        };
        fields.set("primary", json!(pod));
    }
}

/// The default locale takes UTF8 alone.
pub(super) fn encoding(fields: &mut Fields, dice: &mut Dice) {
    let locale = fields.get("postgres.initdb.locale");
    if fields.written("postgres.initdb.encoding").is_some() && locale == "C.UTF-8" {
        if dice.happens(50) {
            fields.set("postgres.initdb.encoding", json!("UTF8"));
        } else {
            fields.set("postgres.initdb.locale", json!("C"));
        }
    }
}

/// Commits that wait need standbys, and a word on what happens without them.
pub(super) fn durability(fields: &mut Fields, dice: &mut Dice) {
    let few = fields.get("members").as_i64().unwrap() < 3;
    if fields.get("durability") == "quorum" && few {
        fields.set("durability", json!(dice.one(&["async", "sync"])));
    }
    if fields.get("durability") != "async" && !fields.get("whenStandbysAreGone").is_string() {
        fields.set("whenStandbysAreGone", json!("block"));
    }
}

/// Without encryption, no row is about encrypted connections.
pub(super) fn encryption(fields: &mut Fields) {
    if fields.get("tls.mode") != "off" || fields.written("postgres.hba").is_none() {
        return;
    }
    let mut rows = fields.get("postgres.hba");
    for row in rows.as_array_mut().into_iter().flatten() {
        if row["type"] == "hostssl" {
            row["type"] = json!("host");
        }
    }
    fields.set("postgres.hba", rows);
}

/// A volume for WAL has room for what is written between two checkpoints; a class is that of a volume.
pub(super) fn storage(fields: &mut Fields) {
    let size = fields.get("storage.walSize");
    if pods::amount(&size).is_some_and(|size| size < 4.0 * 1024_f64.powi(3)) {
        fields.set("storage.walSize", json!("4Gi"));
    }
    if size.is_null() && fields.get("storage.walClassName").is_string() {
        fields.set("storage.walClassName", Value::Null);
    }
}
