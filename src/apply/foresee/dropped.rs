//! What goes from an object that `kubectl apply` has sent, once pgherd has taken over its fields: those that pgherd does
//! not send, and that nobody else owns. Pure.
//!
//! Owned fields are a tree of names: `f:` a field, `k:` the element of a list with these keys, `v:` a value of a set, and
//! `.` what holds them itself. <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>

use serde_json::{Map, Value, json};

/// Removes what one owner owns and none of the others. Whether anything was there to be removed.
pub(super) fn drop_fields(value: &mut Value, owned: &Value, others: &[&Value]) -> bool {
    let mut is_changed = false;
    for (name, below) in owned.as_object().into_iter().flatten() {
        let theirs: Vec<&Value> = others.iter().filter_map(|one| one.get(name)).collect();
        let is_whole = below.as_object().is_none_or(Map::is_empty) || below.get(".").is_some();
        is_changed |= if theirs.is_empty() && is_whole {
            remove(value, name)
        } else {
            child(value, name).is_some_and(|child| drop_fields(child, below, &theirs))
        };
    }
    is_changed
}

fn remove(value: &mut Value, name: &str) -> bool {
    match value {
        Value::Object(map) => {
            let name = name.strip_prefix("f:");
            name.and_then(|name| map.shift_remove(name)).is_some()
        }
        Value::Array(list) => {
            let found = position(list, name);
            found.map(|index| list.remove(index)).is_some()
        }
        _ => false,
    }
}

fn child<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(name.strip_prefix("f:")?),
        Value::Array(list) => {
            let found = position(list, name)?;
            list.get_mut(found)
        }
        _ => None,
    }
}

/// Where the element is that a name means.
fn position(list: &[Value], name: &str) -> Option<usize> {
    let (kind, rest) = name.split_at_checked(2)?;
    let meant: Value = serde_json::from_str(rest).ok()?;
    list.iter().position(|element| match kind {
        "k:" => meant.as_object().is_some_and(|keys| {
            keys.iter()
                .all(|(key, value)| element.get(key) == Some(value))
        }),
        "v:" => *element == meant,
        _ => false,
    })
}

/// What makes one object of another as a merge patch: null for what goes, and a list as a whole where it differs.
/// <https://www.rfc-editor.org/rfc/rfc7386>
pub(super) fn merge_patch(from: &Value, to: &Value) -> Value {
    let (Some(before), Some(after)) = (from.as_object(), to.as_object()) else {
        return to.clone();
    };
    let mut patch = Map::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in after {
        match before.get(name) {
            Some(old) if old == value => {}
            Some(old) => {
                patch.insert(name.clone(), merge_patch(old, value));
            }
            None => {
                patch.insert(name.clone(), merge_patch(&json!({}), value));
            }
        }
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(mut value: Value, owned: &Value, others: &[Value]) -> Value {
        let others: Vec<&Value> = others.iter().collect();
        drop_fields(&mut value, owned, &others);
        value
    }

    #[test]
    fn a_field_that_nobody_else_owns_goes_with_what_the_server_added_to_it() {
        let live = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": {"f": 4, "default": 5}});
        let owned = json!({"f:a": {}, "f:b": {"f:c": {}, "f:d": {}}, "f:e": {".": {}, "f:f": {}}});
        let kept = [json!({"f:a": {}, "f:b": {"f:d": {}}})];
        let expected = json!({"a": 1, "b": {"d": 3}});
        assert_eq!(dropped(live, &owned, &kept), expected);
    }

    #[test]
    fn elements_are_found_by_their_keys_or_values() {
        let live = json!({
            "ports": [{"port": 1, "protocol": "TCP", "name": "a"}, {"port": 2, "protocol": "TCP", "name": "b"}],
            "set": ["x", "y"],
        });
        let first = r#"k:{"port":1,"protocol":"TCP"}"#;
        let second = r#"k:{"port":2,"protocol":"TCP"}"#;
        let owned = json!({
            "f:ports": {".": {}, first: {".": {}, "f:name": {}}, second: {".": {}, "f:name": {}}},
            "f:set": {"v:\"x\"": {}, "v:\"gone\"": {}},
        });
        let kept = [json!({"f:ports": {second: {".": {}}}})];
        let expected = json!({"ports": [{"port": 2, "protocol": "TCP"}], "set": ["y"]});
        assert_eq!(dropped(live, &owned, &kept), expected);
    }

    #[test]
    fn what_is_owned_by_others_too_stays() {
        let live = json!({"a": {"b": 1}});
        let owned = json!({"f:a": {".": {}, "f:b": {}}, "f:not-there": {}});
        let mut value = live.clone();
        assert!(!drop_fields(&mut value, &owned, &[&owned.clone()]));
        assert_eq!(value, live);
    }

    #[test]
    fn a_merge_patch_says_what_goes() {
        let (from, to) = (
            json!({"a": 1, "b": {"c": 1, "d": [1, 2]}, "e": 1}),
            json!({"b": {"c": 1, "d": [1]}, "e": 2, "n": {"o": 1}}),
        );
        let expected = json!({"a": null, "b": {"d": [1]}, "e": 2, "n": {"o": 1}});
        assert_eq!(merge_patch(&from, &to), expected);
    }
}
