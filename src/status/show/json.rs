//! The state for programs. Names of fields are those of docs/status.md, and stay.

use serde_json::{Value, json};

use super::words::{role, state};
use crate::status::facts::{Disk, Facts, Member, Purpose, Role, Service};
use crate::status::finding::Finding;
use crate::status::is_wrong;
use crate::status::lag::lag;
use crate::status::server::Slot;

/// One cluster.
pub fn json(facts: &Facts, findings: &[Finding]) -> Value {
    let leading = facts.leading_server();
    json!({
        "cluster": facts.cluster,
        "namespace": facts.commands.located.namespace(),
        "context": facts.commands.located.context(),
        "processes": facts.commands.located.folder(),
        "healthy": !is_wrong(findings),
        "leader": facts.leader().map(|leader| &leader.name),
        "version": leading.map(|server| &server.version),
        "systemIdentifier": leading.map(|server| &server.system_identifier),
        "synchronousStandbyNames": leading.map(|server| &server.sync_names),
        "members": facts.members.iter().map(|one| member(facts, one)).collect::<Vec<_>>(),
        "services": facts.services.iter().map(service).collect::<Vec<_>>(),
        "pooler": facts.pooler.as_ref().map(|pooler| json!({
            "name": pooler.name,
            "wanted": pooler.wanted,
            "ready": pooler.pods.iter().filter(|(_, pod)| pod.is_ready()).count(),
        })),
        "slots": leading.map_or(&[][..], |server| &server.slots).iter().map(slot).collect::<Vec<_>>(),
        "findings": findings,
    })
}

fn member(facts: &Facts, member: &Member) -> Value {
    let leading = facts.leading_server();
    let sender = leading.and_then(|leading| leading.sender(&member.name));
    let lag = lag(facts, member);
    let slot_name = (member.role != Role::Leads).then(|| member.slot_name());
    json!({
        "name": member.name,
        "role": role(member.role),
        "state": state(facts, member),
        "ready": member.is_ready(),
        "restarts": member.pod.as_ref().map(|pod| pod.restarts),
        "inRecovery": member.server().map(|server| server.in_recovery),
        "timeline": member.server().map(|server| server.timeline),
        "lagBytes": lag.map(|lag| lag.bytes),
        "lagSeconds": lag.and_then(|lag| lag.seconds),
        "sync": sender.and_then(|sender| sender.sync.as_ref()),
        "slot": slot_name,
        "volume": member.disk.map(volume),
        "certificate": member.certificate.as_ref().map(|given| json!({
            "expires": given.expires.to_string(),
            "daysLeft": given.days_left(facts.at),
            "names": given.names,
            "ofAuthority": given.is_of_authority,
        })),
    })
}

fn volume(disk: Disk) -> Value {
    json!({
        "sizeBytes": disk.size,
        "usedBytes": disk.used,
        "freeBytes": disk.free,
        "usedPercent": disk.percent(),
    })
}

fn service(service: &Service) -> Value {
    let purpose = match service.purpose {
        Purpose::Writing => "writing",
        Purpose::Reading | Purpose::ReadingAll => "reading",
        Purpose::Members => "members",
        Purpose::Pooler => "pooler",
    };
    let pods = service.live.as_ref().map(|live| &live.pods);
    json!({"name": service.name, "purpose": purpose, "pods": pods})
}

fn slot(slot: &Slot) -> Value {
    json!({
        "name": slot.name,
        "type": slot.kind,
        "active": slot.active,
        "walStatus": slot.wal_status,
        "keptBytes": slot.kept_bytes,
        "safeBytes": slot.safe_bytes,
        "inactiveSince": slot.inactive_since,
    })
}
