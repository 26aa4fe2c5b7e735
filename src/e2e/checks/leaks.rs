//! No secret is where it must not be: in the environment or the command line of a process, in a log, an event, a ConfigMap
//! or the description of a pod. The values themselves are looked for.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod};
use k8s_openapi::{ByteString, NamespaceResourceScope};
use kube::api::ListParams;
use kube::{Resource, ResourceExt};
use serde_json::json;

use crate::apply::Api;
use crate::e2e::dump;
use crate::fault::check::Verdict;
use crate::fault::members::every;
use crate::fault::scene::Scene;
use crate::fault::site::Site;
use crate::names;
use crate::secrets::certificate::Certificates;
use crate::secrets::passwords::Passwords;

const LEAKS_SH: &str = include_str!("../files/leaks.sh");
/// A variable that every container of pgherd's own has: where it is not seen, nothing was looked at.
const SIGN: &str = "PGHERD_CLUSTER=";

/// Secret values by what they are.
type Values = BTreeMap<String, String>;

/// The check.
pub(super) async fn none(scene: &Scene<'_>) {
    let look = seen(scene, &scene.installer.secrets().passwords);
    let expected = "none in processes, logs, events, ConfigMaps, pods";
    scene
        .check("secrets stay where they belong", expected, look)
        .await;
}

/// Looks for these passwords and the cluster's keys everywhere.
pub(in crate::e2e) async fn seen(scene: &Scene<'_>, passwords: &Passwords) -> Result<Verdict> {
    let texts = texts(scene).await?;
    let certificates = scene.installer.secrets().certificates.as_ref();
    Ok(judge(&texts, &values(passwords, certificates)))
}

/// What is looked for. Of a key, the line in its middle: the first are alike in all keys.
fn values(passwords: &Passwords, certificates: Option<&Certificates>) -> Values {
    let mut values = passwords.0.clone();
    if let Some(given) = certificates {
        for (name, key) in [
            (names::CERTIFICATE_KEY_FILE, &given.key),
            (names::AUTHORITY_KEY_FILE, &given.authority_key),
        ] {
            if let Some(line) = key.lines().nth(2) {
                values.insert(name.into(), line.into());
            }
        }
    }
    let encoded: Vec<(String, String)> = values
        .iter()
        .map(|(name, value)| (format!("{name} in base64"), base64(value)))
        .collect();
    values.extend(encoded);
    values
}

fn base64(value: &str) -> String {
    let bytes = ByteString(value.as_bytes().to_vec());
    let text = serde_json::to_value(bytes).unwrap_or_default();
    text.as_str()
        .unwrap_or_default()
        .trim_end_matches('=')
        .into()
}

/// Everything that is looked at, by where it is.
async fn texts(scene: &Scene<'_>) -> Result<Vec<(String, String)>> {
    match scene.site {
        Site::Kubernetes(_) => in_kubernetes(scene).await,
        Site::Processes(place) => {
            let mut texts = place.texts()?;
            for member in every(scene) {
                let seen = processes(scene, &member.pod, names::POSTGRES_CONTAINER).await?;
                texts.push(seen);
            }
            Ok(texts)
        }
    }
}

/// What a container's processes were started with.
async fn processes(scene: &Scene<'_>, pod: &str, container: &str) -> Result<(String, String)> {
    let command = ["sh", "-c", LEAKS_SH];
    let output = scene.run_in(pod, container, &command).await?;
    Ok((format!("processes of {pod}-{container}"), output.stdout))
}

async fn in_kubernetes(scene: &Scene<'_>) -> Result<Vec<(String, String)>> {
    let pods: Api<Pod> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let found = pods.list(&ListParams::default()).await;
    let found = found.context("listing pods")?.items;
    let mut texts = dump::logs(&pods, &found, None).await;
    texts.push(("pods".into(), json!(found).to_string()));
    texts.push(("events".into(), listed::<Event>(scene).await?));
    texts.push(("ConfigMaps".into(), listed::<ConfigMap>(scene).await?));
    let own = |pod: &&Pod| {
        pod.labels().get(names::INSTANCE_LABEL).map(String::as_str) == Some(scene.cluster.name())
    };
    for pod in found.iter().filter(own) {
        let status = pod.status.iter();
        let containers = status.flat_map(|status| status.container_statuses.iter().flatten());
        let running = containers.filter(|container| {
            let state = container.state.as_ref();
            state.is_some_and(|state| state.running.is_some())
        });
        for container in running {
            texts.push(processes(scene, &pod.name_any(), &container.name).await?);
        }
    }
    Ok(texts)
}

async fn listed<K>(scene: &Scene<'_>) -> Result<String>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    let api: Api<K> = Api::namespaced(scene.site.kube()?.clone(), &scene.namespace);
    let found = api.untyped().list(&ListParams::default()).await;
    Ok(json!(found.context("listing objects")?.items).to_string())
}

fn judge(texts: &[(String, String)], values: &Values) -> Verdict {
    let mut problems = Vec::new();
    for (place, text) in texts {
        if text.starts_with("no log: ") {
            problems.push(format!("{place}: {}", text.trim()));
        }
        for (name, value) in values {
            if text.contains(value.as_str()) {
                problems.push(format!("{place}: {name}"));
            }
        }
    }
    let processes = texts.iter().filter(|(_, text)| text.contains(SIGN)).count();
    if processes == 0 || values.is_empty() {
        problems.push("nothing was looked at".into());
    }
    Verdict::from_problems(
        &problems,
        format!("{} values in {} places", values.len(), texts.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn a_value_anywhere_is_seen_and_named_without_being_shown() {
        let values = Values::from([("owner".into(), "s3cret".into())]);
        let look = |log: &str, processes: &str| {
            let texts = [("log", log), ("processes", processes)];
            judge(&texts.map(|(one, two)| (one.into(), two.into())), &values)
        };
        let environment = "PGHERD_CLUSTER=shop\nPATH=/bin\n";
        assert_eq!(look("started", environment).outcome, Outcome::Passed);
        let leak = look("started", &format!("{environment}PGPASSWORD=s3cret\n"));
        assert_eq!(leak.outcome, Outcome::Failed);
        assert!(leak.seen.contains("processes: owner") && !leak.seen.contains("s3cret"));
        assert_eq!(look("got s3cret", environment).outcome, Outcome::Failed);
        assert_eq!(look("no log: gone", environment).outcome, Outcome::Failed);
        assert_eq!(look("started", "").outcome, Outcome::Failed);
    }

    #[test]
    fn values_are_looked_for_as_they_are_and_as_a_secret_has_them() {
        let source = crate::spec::Source {
            name: "spec",
            text: "{name: shop, topology: streaming}",
            folder: None,
        };
        let cluster = crate::validate::read(&source).unwrap().remove(0);
        let issued = crate::secrets::certificate::issue(&cluster, &["shop".into()]).unwrap();
        let passwords = Passwords(BTreeMap::from([("owner".into(), "word".into())]));
        let values = values(&passwords, Some(&issued));
        assert_eq!(values["owner in base64"], "d29yZA");
        assert!(issued.key.contains(&values["tls.key"]) && values["tls.key"].len() > 20);
        assert_eq!(values.len(), 6);
    }
}
