//! Says which Secrets are not there before pods wait for them. Refuses nothing: another program may make them a moment
//! later, and pods that wait start then.

use super::Rollout;
use crate::apply::Progress;
use crate::cluster::Cluster;
use crate::runtime::Presence;
use crate::secrets::Secrets;

/// Looks for every Secret without which no pod starts, but those that are applied with the rest.
pub(in crate::rollout) async fn tell_missing(rollout: &Rollout<'_>, progress: &Progress) {
    let needed = needed(rollout.cluster, rollout.secrets);
    // Where looking is not allowed, pods say it by their events once the time is over.
    let (seen, _) = rollout.runtime().presence(&needed, &[]).await;
    let missing = seen.into_iter();
    let missing = missing.filter(|one| one.presence == Presence::Missing);
    let missing = missing.map(|one| one.name).collect();
    for (label, words) in told(rollout.cluster, rollout.namespace(), missing) {
        progress.say(&label, &words);
    }
}

/// The Secrets that somebody else makes before anything starts. cert-manager makes its own once the Certificate is there.
fn needed(cluster: &Cluster, applied: Option<&Secrets>) -> Vec<String> {
    let mut needed = Vec::new();
    if applied.is_none() {
        needed.push(cluster.credentials_secret());
    }
    let has_certificate = applied.is_some_and(|secrets| secrets.certificates.is_some());
    if cluster.brings_certificate() && !has_certificate {
        needed.push(cluster.tls_secret());
    }
    needed
}

/// What is said of those that are missing: of the user's own, and of those that `keygen` makes.
fn told(cluster: &Cluster, namespace: &str, missing: Vec<String>) -> Vec<(String, String)> {
    let spec = &cluster.spec;
    let own = [&spec.credentials.existing_secret, &spec.tls.existing_secret];
    let is_own = |name: &String| own.iter().any(|own| own.as_ref() == Some(name));
    let (own, made): (Vec<String>, Vec<String>) = missing.into_iter().partition(is_own);
    let place = format!("not in namespace {namespace}, and no pod starts without");
    let mut told = Vec::new();
    if !own.is_empty() {
        let words = format!("{place}; the spec says that you make it");
        told.push((label(&own), words));
    }
    if !made.is_empty() {
        // Secrets of a spec that names its namespace go there by themselves; with others beside it, -n would move those.
        let into = match &spec.namespace {
            Some(_) => String::new(),
            None => format!(" -n {namespace}"),
        };
        let words = format!(
            "{place}. Where there never was one: pgherd keygen -f SPEC{into} | kubectl create{into} -f - (by the same \
             context; Secrets that are there stay). Else put it back: data needs its passwords, clients know the authority"
        );
        told.push((label(&made), words));
    }
    told
}

fn label(names: &[String]) -> String {
    format!("Secret {}", names.join(", Secret "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::tests::cluster;
    use crate::secrets::passwords::generate;

    /// Labels, and whether `keygen` is named with the namespace.
    fn seen(more: &str, missing: &[&str]) -> Vec<(String, bool)> {
        let missing = missing.iter().map(|&name| name.into()).collect();
        let told = told(&cluster(more), "prod", missing).into_iter();
        let command = "pgherd keygen -f SPEC -n prod | kubectl create -n prod -f -";
        told.map(|(label, words)| (label, words.contains(command)))
            .collect()
    }

    #[test]
    fn keygen_is_named_for_what_it_makes() {
        let both = ["shop-credentials", "shop-tls"];
        let label = |text: &str| text.to_owned();
        let made = [(label("Secret shop-credentials, Secret shop-tls"), true)];
        assert_eq!(seen("", &both), made);
        // Encrypted after it was not: the passwords are there.
        assert_eq!(seen("", &both[1..]), [(label("Secret shop-tls"), true)]);
        let own = "tls: {existingSecret: mine}\n";
        assert_eq!(
            seen(own, &["shop-credentials", "mine"]),
            [
                (label("Secret mine"), false),
                (label("Secret shop-credentials"), true)
            ]
        );
    }

    #[test]
    fn a_spec_that_names_its_namespace_needs_no_other() {
        let named = cluster("namespace: prod\n");
        let told = told(&named, "prod", vec!["shop-tls".into()]);
        assert!(told[0].1.contains("-f SPEC | kubectl create -f -"));
    }

    #[test]
    fn what_is_applied_or_made_in_the_cluster_is_not_looked_for() {
        let by_cert_manager = cluster("tls: {mode: certManager, issuerRef: {name: ca}}");
        let applied = Secrets {
            passwords: generate(),
            certificates: None,
        };
        assert_eq!(needed(&by_cert_manager, None), ["shop-credentials"]);
        assert_eq!(needed(&by_cert_manager, Some(&applied)), [""; 0]);
        let own = cluster("");
        assert_eq!(needed(&own, None), ["shop-credentials", "shop-tls"]);
        assert_eq!(needed(&own, Some(&applied)), ["shop-tls"]);
    }
}
