//! Whether clients get where they have to: the Services, and the pooler.

use crate::status::facts::{Facts, LiveService, Pooler, Purpose, Role, Service, Stage};
use crate::status::finding::{Finding, Id, Severity};

/// What is wrong on the way to the servers.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in &facts.services {
        // One that is missing is among the objects.
        let Some(live) = &service.live else { continue };
        if live.selector == service.selector {
            findings.extend(wrong_pods(facts, service, live));
            findings.extend(without_pods(facts, service, live));
        } else {
            findings.push(selector_differs(facts, service, live));
        }
        if live.awaits_address {
            findings.push(without_address(facts, service));
        }
    }
    findings.extend(
        facts
            .pooler
            .as_ref()
            .and_then(|pooler| pooler_unready(facts, pooler)),
    );
    findings
}

/// Pods that clients may be led to, and those of them that are ready. None for Services of no member.
fn pods(facts: &Facts, purpose: Purpose) -> (Vec<&str>, Vec<&str>) {
    let fits = |role: Role| match purpose {
        Purpose::Writing => role == Role::Leads,
        Purpose::Reading => role != Role::Leads,
        Purpose::Members | Purpose::ReadingAll => true,
        Purpose::Pooler => false,
    };
    let members = facts.members.iter().filter(|member| fits(member.role));
    let members = members.map(|member| (member.name.as_str(), member.is_ready()));
    let poolers = facts.pooler.iter().filter(|_| purpose == Purpose::Pooler);
    let poolers = poolers.flat_map(|pooler| &pooler.pods);
    let poolers = poolers.map(|(name, pod)| (name.as_str(), pod.is_ready()));
    let all: Vec<(&str, bool)> = members.chain(poolers).collect();
    let ready = all.iter().filter(|(_, ready)| *ready);
    (
        all.iter().map(|(name, _)| *name).collect(),
        ready.map(|(name, _)| *name).collect(),
    )
}

fn severity(service: &Service) -> Severity {
    match service.purpose {
        Purpose::Writing | Purpose::Pooler => Severity::Critical,
        Purpose::Reading | Purpose::ReadingAll | Purpose::Members => Severity::Warning,
    }
}

fn label(service: &Service) -> String {
    format!("Service/{}", service.name)
}

fn selector_differs(facts: &Facts, service: &Service, live: &LiveService) -> Finding {
    let live_selector = match live.selector.as_str() {
        "" => "nothing",
        selector => selector,
    };
    Finding {
        id: Id::ServiceSelectorDiffers,
        severity: severity(service),
        subject: label(service),
        wrong: "somebody changed which pods the Service leads to".into(),
        seen: format!("it selects {live_selector}; the spec has {}", service.selector),
        advice: "apply the spec again; where another manager owns the field, --force-conflicts takes it back".into(),
        command: facts.commands.pgherd("apply"),
    }
}

fn wrong_pods(facts: &Facts, service: &Service, live: &LiveService) -> Option<Finding> {
    let (known, _) = pods(facts, service.purpose);
    let wrong: Vec<&str> = live
        .pods
        .iter()
        .map(String::as_str)
        .filter(|pod| !known.contains(pod))
        .collect();
    (!wrong.is_empty()).then(|| Finding {
        id: Id::ServiceWrongPod,
        severity: severity(service),
        subject: label(service),
        wrong: "the Service leads clients to a pod that is not meant for them".into(),
        seen: format!("it leads to {}", wrong.join(", ")),
        advice: "see which pods have its labels; a pod of somebody else has to lose them".into(),
        command: selected(facts, service),
    })
}

fn without_pods(facts: &Facts, service: &Service, live: &LiveService) -> Option<Finding> {
    let (_, ready) = pods(facts, service.purpose);
    let lacking: Vec<&str> = ready
        .into_iter()
        .filter(|pod| !live.pods.iter().any(|other| other == pod))
        .collect();
    (!lacking.is_empty()).then(|| Finding {
        id: Id::ServiceWithoutPod,
        severity: severity(service),
        subject: label(service),
        wrong: "the Service does not lead to a pod that is ready for it".into(),
        seen: format!(
            "{} is ready, but not among {}",
            lacking.join(", "),
            match live.pods.as_slice() {
                [] => "its endpoints, of which there are none".into(),
                pods => format!("its endpoints, {}", pods.join(", ")),
            }
        ),
        advice: "this lasts a moment after a start; if it stays, the pod may have lost its labels"
            .into(),
        command: selected(facts, service),
    })
}

fn selected(facts: &Facts, service: &Service) -> String {
    facts
        .commands
        .kubectl(&format!("get pods -o wide -l {}", service.selector))
}

fn without_address(facts: &Facts, service: &Service) -> Finding {
    Finding {
        id: Id::ServiceWithoutAddress,
        severity: Severity::Warning,
        subject: label(service),
        wrong: "the load balancer has no address: nobody outside can connect".into(),
        seen: "its status has none".into(),
        advice: "making one takes minutes; a cluster without a cloud needs a controller for it, or `type: NodePort`".into(),
        command: facts.commands.kubectl(&format!("describe service {}", service.name)),
    }
}

fn pooler_unready(facts: &Facts, pooler: &Pooler) -> Option<Finding> {
    let ready = pooler.pods.iter().filter(|(_, pod)| pod.is_ready()).count();
    if i32::try_from(ready).is_ok_and(|ready| ready >= pooler.wanted) {
        return None;
    }
    let unready = pooler.pods.iter().find(|(_, pod)| !pod.is_ready());
    let why = unready.map(|(name, pod)| {
        let words = match &pod.stage {
            Stage::Unscheduled(words) | Stage::Waiting(words) | Stage::Ended(words) => {
                words.clone()
            }
            Stage::Crashing {
                end, last_words, ..
            } => match last_words {
                Some(words) => format!("{end}; its last words: {words}"),
                None => end.clone(),
            },
            Stage::Ending => "is being deleted".into(),
            Stage::NotReady | Stage::Ready => pod
                .warning
                .clone()
                .unwrap_or_else(|| "not ready yet".into()),
        };
        format!("; {name}: {words}")
    });
    Some(Finding {
        id: Id::PoolerNotReady,
        severity: if ready == 0 {
            Severity::Critical
        } else {
            Severity::Warning
        },
        subject: format!("Deployment/{}", pooler.name),
        wrong: if ready == 0 {
            "no pooler pod is ready: clients of the pooler cannot connect".into()
        } else {
            "not every pooler pod is ready".into()
        },
        seen: format!(
            "{ready} of {} pods ready{}",
            pooler.wanted,
            why.unwrap_or_default()
        ),
        advice: "the pod's events and its log say why; the servers' own Services work without it"
            .into(),
        command: match unready {
            Some((name, _)) => facts.commands.kubectl(&format!("describe pod {name}")),
            None => facts
                .commands
                .kubectl(&format!("describe deployment {}", pooler.name)),
        },
    })
}
