//! Says which Secrets are not there before pods wait for them. Refuses nothing: another program may make them a moment
//! later, and pods that wait start then.

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};

use crate::apply::Progress;
use crate::cluster::Cluster;

/// Looks for every Secret without which no pod starts, but those that are applied with the rest.
pub(super) async fn tell_missing(
    client: &Client,
    cluster: &Cluster,
    namespace: &str,
    progress: &Progress,
) {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let mut missing = Vec::new();
    for name in needed(cluster) {
        // Where looking is not allowed, pods say it by their events once the time is over.
        if let Ok(None) = secrets.get_metadata_opt(&name).await {
            missing.push(name);
        }
    }
    if !missing.is_empty() {
        let label = format!("Secret {}", missing.join(", Secret "));
        progress.say(&label, &words(cluster, namespace, &missing));
    }
}

/// The Secrets that somebody else makes before anything starts. cert-manager makes its own once the Certificate is there.
fn needed(cluster: &Cluster) -> Vec<String> {
    let mut needed = Vec::new();
    if cluster.passwords.is_none() {
        needed.push(cluster.credentials_secret());
    }
    if cluster.brings_certificate() && cluster.certificates.is_none() {
        needed.push(cluster.tls_secret());
    }
    needed
}

/// What to do about it. `keygen` makes both: with one of them there, its other would not fit.
fn words(cluster: &Cluster, namespace: &str, missing: &[String]) -> String {
    let spec = &cluster.spec;
    let own = [&spec.credentials.existing_secret, &spec.tls.existing_secret];
    let way = if missing.len() < needed(cluster).len() || own.iter().any(|name| name.is_some()) {
        "bring what the spec names, or put back what was there".to_owned()
    } else {
        format!(
            "for a new cluster: pgherd keygen -f SPEC -n {namespace} | kubectl create -n {namespace} -f - ; where its \
             volumes have data, put back what was there"
        )
    };
    format!("not in namespace {namespace}, and every pod waits for that; {way}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    fn told(more: &str, missing: &[&str]) -> String {
        let text = format!("name: shop\ntopology: streaming\n{more}");
        let source = spec::Source {
            name: "shop.yaml",
            text: &text,
            folder: None,
        };
        let cluster = spec::read(&source).expect("a spec").remove(0);
        let missing: Vec<String> = missing.iter().map(|&name| name.into()).collect();
        words(&cluster, "prod", &missing)
    }

    #[test]
    fn keygen_is_named_where_it_makes_all_that_is_missing() {
        let both = ["shop-credentials", "shop-tls"];
        assert!(told("", &both).contains("keygen -f SPEC -n prod | kubectl create -n prod -f -"));
        assert!(told("tls: {mode: off}", &both[..1]).contains("keygen"));
        assert!(!told("", &both[1..]).contains("keygen"));
        let own = "credentials: {existingSecret: mine}";
        assert!(!told(own, &["mine", "shop-tls"]).contains("keygen"));
    }

    #[test]
    fn what_is_applied_or_made_in_the_cluster_is_not_looked_for() {
        let source = |text| spec::Source {
            name: "shop.yaml",
            text,
            folder: None,
        };
        let text =
            "{name: shop, topology: streaming, tls: {mode: certManager, issuerRef: {name: ca}}}";
        let mut cluster = spec::read(&source(text)).expect("a spec").remove(0);
        assert_eq!(needed(&cluster), ["shop-credentials"]);
        cluster.passwords = Some(crate::credentials::generate());
        assert_eq!(needed(&cluster), [""; 0]);
    }
}
