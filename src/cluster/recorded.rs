//! Settings that members keep in a record of their own. Asks nobody.

use serde_json::Value;

use super::LeaderRecord;
use crate::spec::Durability;

/// Settings that members keep in a record of their own, and that follow mounted files while everything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSettings {
    /// Where they are; as JSON.
    pub record: LeaderRecord,
    /// What is among them by the spec; each an object.
    pub parts: Vec<Value>,
    /// The setting by which it is left to people who leads, where it is true.
    pub pause: &'static str,
    /// The setting that says what commits wait for, with its value for each.
    pub durability: (&'static str, [(Durability, Value); 3]),
}

impl RecordedSettings {
    /// Whether a record leaves it to people who leads.
    #[must_use]
    pub fn is_paused(&self, text: &str) -> bool {
        read(text)[self.pause] == true
    }

    /// What commits wait for by a record; None where it does not say.
    #[must_use]
    pub fn durability(&self, text: &str) -> Option<Durability> {
        let (setting, values) = &self.durability;
        let value = &read(text)[*setting];
        let found = values.iter().find(|(_, one)| one == value);
        found.map(|(durability, _)| *durability)
    }

    /// What a record says otherwise than the spec, each as `name: value`; nothing where it is as it should be.
    #[must_use]
    pub fn unlike(&self, text: &str) -> Vec<String> {
        let recorded = read(text);
        let objects = self.parts.iter().filter_map(Value::as_object).flatten();
        objects
            .filter(|(key, wanted)| !has(&recorded[key.as_str()], wanted))
            .map(|(key, _)| format!("{key}: {}", recorded[key.as_str()]))
            .collect()
    }
}

/// A record that is none has no settings.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// Whether a value is another, or has all that the other has.
fn has(value: &Value, wanted: &Value) -> bool {
    match wanted.as_object() {
        None => value == wanted,
        Some(parts) => parts
            .iter()
            .all(|(key, part)| has(&value[key.as_str()], part)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::RecordedSettings;
    use crate::cluster::{LeaderRecord, RecordPart};
    use crate::spec::Durability;

    #[test]
    fn what_a_record_says_otherwise_is_named() {
        let settings = RecordedSettings {
            record: LeaderRecord {
                config_map: "shop-patroni-config".into(),
                key: "config",
                part: RecordPart::Annotations,
                by_spec: String::new(),
                by_default: String::new(),
                prefix: String::new(),
            },
            pause: "pause",
            durability: (
                "synchronous_mode",
                [
                    (Durability::Async, json!(false)),
                    (Durability::Sync, json!(true)),
                    (Durability::Quorum, json!("quorum")),
                ],
            ),
            parts: vec![
                json!({"ttl": 20}),
                json!({"synchronous_mode": "quorum", "postgresql": {"use_slots": true}}),
            ],
        };
        let same = r#"{"ttl": 20, "synchronous_mode": "quorum", "pause": true,
                       "postgresql": {"use_slots": true, "parameters": {"wal_level": "replica"}}}"#;
        assert_eq!(settings.unlike(same), [""; 0]);
        let other = r#"{"ttl": 20, "synchronous_mode": true, "postgresql": {"use_slots": false}}"#;
        let seen = settings.unlike(other);
        let expected = [
            "synchronous_mode: true",
            r#"postgresql: {"use_slots":false}"#,
        ];
        assert_eq!(seen, expected);
        assert_eq!(settings.unlike("").len(), 3);
        assert_eq!(
            [settings.is_paused(same), settings.is_paused(other)],
            [true, false]
        );
        assert_eq!(settings.durability(same), Some(Durability::Quorum));
        assert_eq!(settings.durability(other), Some(Durability::Sync));
        assert_eq!(settings.durability(""), None);
    }
}
