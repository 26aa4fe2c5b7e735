//! What a change of an object means for what runs, in words. Pure.

use serde_json::Value;

use super::Foreseen;
use crate::k8s::Object;

/// What would happen to what runs; none where nothing would.
pub fn effect(foreseen: &Foreseen) -> Option<String> {
    if foreseen.is_same() {
        return None;
    }
    let Some(before) = &foreseen.before else {
        return Some("made".into());
    };
    let differs = |pointer: &str| before.pointer(pointer) != foreseen.after.pointer(pointer);
    let mut words = Vec::new();
    match foreseen.kind {
        "StatefulSet" => {
            words.extend(members(before, &foreseen.after));
            if differs("/spec/template") {
                words.push("its pods restart one after the other, the last first".into());
            }
        }
        "Deployment" if differs("/spec/template") => {
            words.push("its pods are replaced, a new one first".into());
        }
        "Service" if differs("/spec/selector") => words.push("leads to other pods".into()),
        "Secret" => words.push("read again by the servers, without a restart".into()),
        _ => {}
    }
    if words.is_empty() {
        words.push("changed; by itself it restarts nothing".into());
    }
    Some(words.join("; "))
}

/// Members that come or go.
fn members(before: &Value, after: &Value) -> Option<String> {
    let count = |object: &Value| object.pointer("/spec/replicas").and_then(Value::as_i64);
    let (before, after) = (count(before)?, count(after)?);
    match after - before {
        0 => None,
        1.. => Some(format!(
            "from {before} to {after} pods; what is new copies the primary"
        )),
        _ => Some(format!(
            "from {before} to {after} pods; volumes of those that go stay, and so do their slots, which keep WAL until they are dropped: \
             `pgherd status` says how"
        )),
    }
}

/// A refusal, with the way round where there is one.
pub(super) fn way_round(object: &Object, words: &str) -> String {
    match object {
        Object::StatefulSet(_) if words.contains("Forbidden") => format!(
            "{words}\n    hint: Kubernetes lets nobody change these fields. Take the change back; or have the StatefulSet made \
             anew around its pods and volumes: kubectl delete statefulset {} --cascade=orphan, then apply again",
            object.name()
        ),
        _ => words.replace('\n', "\n    "),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &'static str, before: Value, after: Value) -> Option<String> {
        effect(&Foreseen {
            is_kubectls: false,
            label: String::new(),
            kind,
            before: Some(before),
            after,
        })
    }

    #[test]
    fn what_restarts_is_told_and_what_does_not() {
        let set = |replicas: u8, image: &str| json!({"spec": {"replicas": replicas, "template": {"image": image}}});
        let of = |before, after| told("StatefulSet", before, after);
        assert_eq!(of(set(2, "a"), set(2, "a")), None);
        assert!(
            of(set(2, "a"), set(2, "b")).is_some_and(|words| words.starts_with("its pods restart"))
        );
        let more = of(set(2, "a"), set(3, "a")).expect("words");
        assert!(
            more.contains("from 2 to 3 pods") && !more.contains("restart"),
            "{more}"
        );
        let less = of(set(2, "a"), set(1, "b")).expect("words");
        assert!(
            less.contains("volumes of those that go stay") && less.contains("restart"),
            "{less}"
        );
        let service = told(
            "Service",
            json!({"spec": {"selector": 1}}),
            json!({"spec": {"selector": 2}}),
        );
        assert_eq!(service.as_deref(), Some("leads to other pods"));
        let map = told("ConfigMap", json!({"data": 1}), json!({"data": 2}));
        assert!(map.is_some_and(|words| words.contains("restarts nothing")));
    }
}
