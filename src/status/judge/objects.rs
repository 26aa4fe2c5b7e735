//! Whether the cluster's objects are there.

use crate::status::commands::Located;
use crate::status::facts::{Expected, Facts, Presence, Renewal};
use crate::status::finding::{Finding, Id, Severity};

/// Where nothing is there, nothing else is to be said.
pub(super) fn nothing_applied(facts: &Facts) -> Option<Finding> {
    let others = facts
        .objects
        .iter()
        .filter(|object| object.kind != "Secret");
    let (count, nothing) = others.fold((0, true), |(count, nothing), object| {
        (count + 1, nothing && object.presence == Presence::Missing)
    });
    let no_pods = facts.members.iter().all(|member| member.pod.is_none());
    (nothing && no_pods && count > 0).then(|| Finding {
        id: Id::NothingApplied,
        severity: Severity::Critical,
        subject: facts.cluster.clone(),
        wrong: "nothing of this cluster is there".into(),
        seen: format!(
            "none of its {count} objects is in {}",
            match &facts.commands.located {
                Located::Kubernetes { context, namespace } => {
                    format!("namespace {namespace} of context {context}")
                }
                Located::Processes { folder, .. } => folder.clone(),
            }
        ),
        advice: "apply the spec; or name the namespace and the context where the cluster is".into(),
        command: facts.commands.pgherd("apply"),
    })
}

/// What is missing among objects of which others are there.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = |secret: bool| {
        let objects = facts.objects.iter();
        objects.filter(move |object| {
            object.presence == Presence::Missing && (object.kind == "Secret") == secret
        })
    };
    findings.extend(missing(true).map(|secret| secret_missing(facts, secret)));
    let names: Vec<String> = missing(false).map(label).collect();
    if !names.is_empty() {
        findings.push(Finding {
            id: Id::ObjectMissing,
            severity: Severity::Warning,
            subject: facts.cluster.clone(),
            wrong: "objects that the spec asks for are not there".into(),
            seen: format!("missing: {}", names.join(", ")),
            advice: "apply the spec again: it makes what is missing and leaves the data alone"
                .into(),
            command: facts.commands.pgherd("apply"),
        });
    }
    findings.extend(leader_differs(facts));
    findings.extend(facts.failed_jobs.iter().map(|(name, why)| Finding {
        id: Id::JobFailed,
        severity: Severity::Warning,
        subject: format!("Job/{name}"),
        wrong: "a Job that copies the primary's data to a standby has given up".into(),
        seen: why.clone(),
        advice: "a standby without data copies the primary by itself; where it does not, its log says why".into(),
        command: facts.commands.kubectl(&format!("describe job {name}")),
    }));
    findings
}

fn label(object: &Expected) -> String {
    format!("{}/{}", object.kind, object.name)
}

fn secret_missing(facts: &Facts, secret: &Expected) -> Finding {
    let encryption = facts.encryption.as_ref();
    let encryption = encryption.filter(|encryption| encryption.secret == secret.name);
    let running = facts.members.iter().any(|member| member.server().is_some());
    let anew = format!("for a new cluster: {}", facts.commands.new_secrets());
    let advice = if let Some(encryption) = encryption {
        match encryption.renewal {
            Renewal::CertManager => {
                "cert-manager makes it: the Certificate's conditions say why it has not yet".into()
            }
            Renewal::User => {
                "put back the one that you made: the spec says that you make it, and `pgherd keygen` does not".into()
            }
            Renewal::Pgherd => {
                format!("put the old Secret back, or the clients' authority changes; {anew}")
            }
        }
    } else if running {
        "put the old Secret back: new passwords would not be those that the servers know".into()
    } else {
        format!("put the old Secret back if the volumes hold data; {anew}")
    };
    Finding {
        id: Id::SecretMissing,
        severity: Severity::Critical,
        subject: label(secret),
        wrong: format!(
            "the Secret with the {} is not there: no pod starts without it",
            if encryption.is_some() {
                "certificate"
            } else {
                "passwords"
            }
        ),
        seen: format!("{} is missing", label(secret)),
        advice,
        command: facts.commands.kubectl("get secrets"),
    }
}

fn leader_differs(facts: &Facts) -> Option<Finding> {
    let told = &facts.leader()?.name;
    (*told != facts.leader_by_spec).then(|| Finding {
        id: Id::LeaderDiffers,
        severity: Severity::Warning,
        subject: facts.cluster.clone(),
        wrong: "the spec names another primary than the cluster was told last".into(),
        seen: format!("the cluster has {told}, the spec {}", facts.leader_by_spec),
        advice: format!(
            "if {told} leads, write `primary: {told}` into the spec before it is applied again; if it does not yet, \
             `pgherd switchover` goes on with what was cut off"
        ),
        command: facts
            .commands
            .kubectl(&format!("get configmap {}-cluster -o yaml", facts.cluster)),
    })
}
