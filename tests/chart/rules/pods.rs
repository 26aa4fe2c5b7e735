//! What the API server needs of pods to agree: tolerations, drains, additions, amounts.

use serde_json::{Value, json};

use super::{Fields, forms};
use crate::dice::Dice;

/// `Equal` needs a key, `Exists` compares no value.
pub(super) fn tolerations(fields: &mut Fields, dice: &mut Dice) {
    let mut tolerations = fields.get("scheduling.tolerations");
    for toleration in tolerations.as_array_mut().into_iter().flatten() {
        let has_key = toleration.get("key").is_some_and(Value::is_string);
        if toleration.get("operator") != Some(&json!("Exists")) && !has_key {
            if dice.happens(75) {
                toleration["operator"] = json!("Exists");
            } else {
                toleration["key"] = json!(forms::label_key(dice));
            }
        }
        let has_value = toleration.get("value").is_some_and(Value::is_string);
        if toleration.get("operator") == Some(&json!("Exists")) && has_value {
            toleration["value"] = json!("");
        }
    }
    if fields.written("scheduling.tolerations").is_some() {
        fields.set("scheduling.tolerations", tolerations);
    }
}

/// A drain has to be able to stop one standby.
pub(super) fn drain(fields: &mut Fields, dice: &mut Dice) {
    let most = fields.get("members").as_i64().unwrap() - 2;
    let kept = fields.get("disruption.minStandbys").as_i64();
    if kept.is_some_and(|kept| kept > most) {
        fields.set("disruption.minStandbys", json!(dice.between(0, most)));
    }
}

/// What is added has names of its own, and mounts volumes that are there.
pub(super) fn extra(fields: &mut Fields, section: &str) {
    let volume = |fields: &Fields| fields.get(&format!("{section}.volumes"))[0]["name"].clone();
    for list in ["env", "volumes", "initContainers", "containers"] {
        let path = format!("{section}.{list}");
        let mut objects = fields.get(&path);
        for (index, object) in objects.as_array_mut().into_iter().flatten().enumerate() {
            let name = object["name"].as_str().unwrap();
            let separator = if list == "env" { "_" } else { "-" };
            object["name"] = json!(format!("{name}{separator}{}{index}", list.len()));
        }
        if fields.written(&path).is_some() {
            fields.set(&path, objects);
        }
    }
    let (path, volume) = (format!("{section}.volumeMounts"), volume(fields));
    let mut mounts = fields.get(&path);
    for mount in mounts.as_array_mut().into_iter().flatten() {
        if volume.is_string() {
            mount["name"] = volume.clone();
        }
    }
    if fields.written(&path).is_some() {
        fields.set(&path, mounts);
    }
}

/// A request is not above its limit.
pub(super) fn amounts(fields: &mut Fields, section: &str, field: &str) {
    let (asked, most) = (
        format!("{section}.requests.{field}"),
        format!("{section}.limits.{field}"),
    );
    let (request, limit) = (fields.get(&asked), fields.get(&most));
    if let (Some(low), Some(high)) = (amount(&request), amount(&limit))
        && low > high
    {
        let (is_asked, is_bound) = (
            fields.written(&asked).is_some(),
            fields.written(&most).is_some(),
        );
        if is_asked {
            fields.set(&most, request);
        }
        if is_bound {
            fields.set(&asked, limit);
        }
    }
}

/// Kubernetes' amounts as numbers of one unit.
pub(super) fn amount(written: &Value) -> Option<f64> {
    let written = written.as_str()?;
    let end = written
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(written.len());
    let factor = match &written[end..] {
        "m" => 0.001,
        "Ki" => 1024_f64,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        _ => 1.0,
    };
    Some(written[..end].parse::<f64>().unwrap() * factor)
}
