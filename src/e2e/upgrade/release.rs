//! What helm remembers of a release: the charts it was made of and the objects that each revision rendered.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::fault::install::Installer;

/// The revision that the previous chart made, as the namespace is new.
pub(super) const PREVIOUS: &str = "1";
/// The revision that the upgrade made, also where it failed.
pub(super) const UPGRADED: &str = "2";

/// The label with the chart's version.
const CHART_LABEL: &str = "helm.sh/chart";

/// Objects by kind and name, as they were rendered but for the chart's version.
pub(super) type Objects = BTreeMap<String, Value>;

/// The objects of a revision.
pub(super) async fn objects(
    installer: &Installer<'_>,
    cluster: &Cluster,
    revision: &str,
) -> Result<Objects> {
    let arguments = ["get", "manifest", cluster.name(), "--revision", revision];
    let text = installer.helm(&arguments, "").await?;
    read(&text)
}

/// Name and version of the chart of every revision.
pub(super) async fn charts(installer: &Installer<'_>, cluster: &Cluster) -> Result<Vec<String>> {
    let arguments = ["history", cluster.name(), "--output", "json"];
    let text = installer.helm(&arguments, "").await?;
    let revisions: Vec<Value> = serde_json::from_str(&text).context("reading helm's history")?;
    let chart = |revision: &Value| revision["chart"].as_str().unwrap_or_default().to_owned();
    Ok(revisions.iter().map(chart).collect())
}

/// How many objects two revisions render differently: an upgrade that changes nothing shows little.
pub(super) fn differences(before: &Objects, after: &Objects) -> String {
    let other = after
        .iter()
        .filter(|(label, object)| before.get(*label) != Some(object))
        .count();
    let gone = before.keys().filter(|label| !after.contains_key(*label));
    format!("{} of {} objects differ", other + gone.count(), after.len())
}

fn read(text: &str) -> Result<Objects> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).context("reading helm's manifest")?;
    let label = |object: &Value| {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!(
            "{}/{}",
            word(&object["kind"]),
            word(&object["metadata"]["name"])
        )
    };
    let mut objects = Objects::new();
    for mut object in documents.into_iter().filter(Value::is_object) {
        // It is on every object and changes with every version, whatever else does.
        if let Some(labels) = object["metadata"]["labels"].as_object_mut() {
            labels.remove(CHART_LABEL);
        }
        objects.insert(label(&object), object);
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_counted() {
        let set = |name: &str, replicas: u8| {
            format!(
                "---\n# Source: a.yaml\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec: {{replicas: {replicas}}}\n"
            )
        };
        let before = read(&(set("a", 1) + &set("b", 1))).expect("objects");
        let after = read(&(set("a", 2) + &set("c", 1))).expect("objects");
        assert_eq!(differences(&before, &before), "0 of 2 objects differ");
        assert_eq!(differences(&before, &after), "3 of 2 objects differ");
    }
}
