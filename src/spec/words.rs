//! Plain words for the patterns in the structs, and the nearest of several names to a mistyped one.
//!
//! A regular expression never reaches a user.

/// What a pattern of the schema means to a reader; a test makes sure that none is missing.
pub(super) fn of_pattern(pattern: &str) -> Option<&'static str> {
    Some(match pattern {
        r"^[a-z]([-a-z0-9]*[a-z0-9])?$" => {
            "lower-case letters, digits and `-`, beginning with a letter and not ending with `-`"
        }
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" => {
            "lower-case letters, digits and `-`, neither beginning nor ending with `-`"
        }
        r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$" => {
            "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit"
        }
        r"^[a-z][a-z0-9]*$" => "lower-case letters and digits, beginning with a letter",
        r"^[A-Z][A-Za-z0-9]*$" => {
            "letters and digits, beginning with a capital, such as ClusterIssuer"
        }
        r"^[a-z_][a-z0-9_]*$" => "lower-case letters, digits and `_`, not beginning with a digit",
        r"^[A-Za-z0-9_]+$" => "letters, digits and `_`, such as UTF8",
        r"^[A-Za-z0-9_.@-]+$" => "letters, digits and `_.@-`, such as C.UTF-8",
        r"^[1-9][0-9]*(Mi|Gi|Ti)$" => "a whole number with Mi, Gi or Ti, such as 10Gi",
        r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$" => "a whole number with Ki, Mi, Gi or Ti, such as 512Mi",
        r"^[0-9]+(\.[0-9]+)?m?$" => {
            "a number of processors such as 2 or 0.5, or thousandths such as 500m"
        }
        r"^[1-9][0-9]*(s|m)$" => "a whole number of seconds or minutes, such as 30s or 1m",
        r"^[!-~]+$" => "a name in ASCII without blanks, such as postgres:17",
        _ => return None,
    })
}

/// The name that was probably meant, where one is near enough.
pub(super) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', '.'], "");
    let wanted = plain(written);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4 && *distance < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Names as a list for reading: `a, b, c`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{nearest, of_pattern};

    #[test]
    fn every_pattern_has_words() {
        fn walk(schema: &Value) {
            if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
                assert!(of_pattern(pattern).is_some(), "no words for {pattern}");
            }
            match schema {
                Value::Object(fields) => fields.values().for_each(walk),
                Value::Array(elements) => elements.iter().for_each(walk),
                _ => {}
            }
        }
        walk(&crate::spec::schema());
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["version", "image", "parameters", "hba"];
        assert_eq!(nearest("verison", names), Some("version"));
        assert_eq!(nearest("Parameter", names), Some("parameters"));
        assert_eq!(nearest("size", names), None);
        assert_eq!(nearest("init_sql", ["initSql"]), Some("initSql"));
    }
}
