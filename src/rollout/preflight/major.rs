//! Whether the spec's servers would open the data that is there: those of another major version would not. Asks the server
//! that runs, and only where its image is to change. What an image really has is not known before it starts.

use serde_json::Value;

use super::ask;
use crate::apply::{Error, Foreseen};
use crate::cluster::Cluster;
use crate::names;
use crate::runtime::Runtime;

/// Refuses another major version than that of the server that leads. Where it cannot be asked, nothing is refused here: a
/// server looks at its data itself before it starts.
///
/// # Errors
/// Both versions, and the ways to move from one to the other.
pub(super) async fn require_same(
    runtime: &Runtime,
    cluster: &Cluster,
    foreseen: &[Foreseen],
) -> Result<(), Error> {
    if !foreseen.iter().any(changes_image) {
        return Ok(());
    }
    let number = ask(runtime, cluster, "show server_version_num").await;
    let spec = u32::from(cluster.spec.postgres.version);
    match number.ok().and_then(|number| major(&number)) {
        Some(live) if live != spec => Err(Error::Unsafe {
            doing: format!("applying {}", cluster.name()),
            reasons: vec![format!(
                "the data is of PostgreSQL {live}, and the spec says {spec}, whose servers do not open it: let \
                 postgres.version and the image be of {live}. Moving to {spec} needs a dump and a new cluster, or \
                 pg_upgrade by hand"
            )],
        }),
        _ => Ok(()),
    }
}

/// Of 170006 it is 17. <https://www.postgresql.org/docs/current/runtime-config-preset.html#GUC-SERVER-VERSION-NUM>
fn major(number: &str) -> Option<u32> {
    number.parse::<u32>().ok().map(|number| number / 10_000)
}

fn changes_image(one: &Foreseen) -> bool {
    let before = one.before.as_ref().and_then(image);
    before.is_some() && before != image(&one.after)
}

/// The server's image in a StatefulSet.
fn image(object: &Value) -> Option<&str> {
    let containers = object.pointer("/spec/template/spec/containers")?;
    let mut containers = containers.as_array()?.iter();
    let server = containers.find(|one| one["name"] == names::POSTGRES_CONTAINER)?;
    server["image"].as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_server_is_asked_where_its_own_image_changes() {
        let set = |image: &str, beside: &str| {
            let containers =
                json!([{"name": "metrics", "image": beside}, {"name": "postgres", "image": image}]);
            json!({"spec": {"template": {"spec": {"containers": containers}}}})
        };
        let changes = |before: Option<Value>, after: Value| {
            changes_image(&Foreseen {
                is_kubectls: false,
                label: "StatefulSet/shop-primary".into(),
                kind: "StatefulSet",
                before,
                after,
            })
        };
        let before = || Some(set("postgres:17", "one"));
        assert!(changes(before(), set("postgres:18", "one")));
        assert!(!changes(before(), set("postgres:17", "two")));
        assert!(!changes(None, set("postgres:18", "one")));
        assert!(!changes(Some(json!({"data": {}})), json!({"data": {}})));
    }

    #[test]
    fn a_version_is_told_from_its_number() {
        assert_eq!(major("170006"), Some(17));
        assert_eq!(major(""), None);
    }
}
