//! A cluster that never was: a primary and two standbys, all well. Tests break it.

use pgherd::spec::Durability;
use pgherd::status::{
    Answer, Certificate, Commands, Disk, Encryption, Expected, Facts, LiveService, Located, Member,
    Pod, Presence, Purpose, Renewal, Role, Sender, Server, Service, Slot, Stage, Workload,
};

pub(crate) const PRIMARY: usize = 0;
pub(crate) const FIRST: usize = 1;
pub(crate) const SECOND: usize = 2;
const GIB: u64 = 1 << 30;

/// Everything as it should be.
pub(crate) fn well() -> Facts {
    named("shop", "primary", "standby")
}

/// The same cluster under another name, with other names for its roles.
pub(crate) fn named(cluster: &str, primary: &str, standby_role: &str) -> Facts {
    let names = [
        format!("{cluster}-{primary}-0"),
        format!("{cluster}-{standby_role}-0"),
        format!("{cluster}-{standby_role}-1"),
    ];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut members: Vec<Member> = names.iter().map(|name| standby(name)).collect();
    members[PRIMARY].role = Role::Leads;
    members[PRIMARY].workload.wanted = 1;
    members[PRIMARY].workload.replicas = Some(1);
    members[PRIMARY].answer = Answer::Server(Box::new(leading(&names[1..])));
    Facts {
        cluster: cluster.into(),
        commands: Commands {
            files: vec!["shop.yaml".into()],
            located: Located::Kubernetes {
                context: "kind-lab".into(),
                namespace: "store".into(),
            },
        },
        at: "2026-03-01T12:00:00Z".parse().expect("a time"),
        encryption: Some(Encryption {
            secret: "shop-tls".into(),
            renewal: Renewal::Pgherd,
            doors: vec![
                vec!["shop-primary.store.svc".into(), "shop-primary".into()],
                vec!["shop-standby-0.shop-members".into()],
            ],
        }),
        metrics_secret: Some("shop-credentials".into()),
        durability: Some(Durability::Async),
        election: None,
        leader_by_spec: names[PRIMARY].into(),
        objects: [
            ("Secret", "shop-credentials"),
            ("StatefulSet", "shop-primary"),
            ("Service", "shop-primary"),
            ("Secret", "shop-tls"),
        ]
        .map(|(kind, name)| Expected {
            kind: kind.into(),
            name: name.into(),
            presence: Presence::There,
        })
        .into(),
        members,
        services: vec![
            service(cluster, "members", Purpose::Members, &names),
            service(cluster, primary, Purpose::Writing, &names[..1]),
            service(cluster, standby_role, Purpose::Reading, &names[1..]),
        ],
        pooler: None,
        failed_jobs: Vec::new(),
        unseen: Vec::new(),
    }
}

/// A member's pod in a stage.
pub(crate) fn pod(stage: Stage) -> Pod {
    Pod {
        stage,
        restarts: 0,
        warning: None,
    }
}

/// What a member's server says, to be changed.
pub(crate) fn server(facts: &mut Facts, member: usize) -> &mut Server {
    match &mut facts.members[member].answer {
        Answer::Server(server) => server,
        other => panic!("no server: {other:?}"),
    }
}

/// Takes a member's pod away; the others notice.
pub(crate) fn away(facts: &mut Facts, member: usize, replicas: i32) {
    let name = facts.members[member].name.clone();
    facts.members[member].pod = None;
    facts.members[member].answer = Answer::NotRunning;
    facts.members[member].disk = None;
    facts.members[member].certificate = None;
    facts.members[member].workload.replicas = Some(replicas);
    unserve(facts, &name);
    if member != PRIMARY {
        disconnect(facts, member);
    }
}

/// A standby's connection ends; its slot stays.
pub(crate) fn disconnect(facts: &mut Facts, member: usize) {
    let name = facts.members[member].name.clone();
    if let Answer::Server(server) = &mut facts.members[member].answer {
        server.receiver = None;
        server.position = Some(83_000_000);
        server.replay_age = Some(95.0);
    }
    let leading = server(facts, PRIMARY);
    leading.senders.retain(|sender| sender.name != name);
    let slot = &mut leading.slots[member - 1];
    slot.active = false;
    slot.kept_bytes = Some(40 << 20);
    slot.safe_bytes = Some(200 << 20);
    slot.inactive_since = Some("2026-03-01T10:00:00Z".into());
}

/// No Service leads to a pod any more.
pub(crate) fn unserve(facts: &mut Facts, name: &str) {
    for service in &mut facts.services {
        if let Some(live) = &mut service.live {
            live.pods.retain(|pod| pod != name);
        }
    }
}

fn standby(name: &str) -> Member {
    let set = name.rsplit_once('-').expect("a number").0;
    let server = Server {
        version: "17.6".into(),
        in_recovery: true,
        system_identifier: "7430001".into(),
        timeline: 1,
        position: Some(83_886_080),
        received: Some(83_886_080),
        receiver: Some("streaming".into()),
        ..Server::default()
    };
    Member {
        name: name.into(),
        role: Role::Follows,
        workload: Workload {
            name: set.into(),
            wanted: 2,
            replicas: Some(2),
        },
        pod: Some(pod(Stage::Ready)),
        answer: Answer::Server(Box::new(server)),
        disk: Some(Disk {
            size: 10 * GIB,
            used: 3 * GIB,
            free: 7 * GIB,
        }),
        has_data: Some(true),
        has_metrics_password: Some(true),
        certificate: Some(Certificate {
            expires: "2027-01-01T00:00:00Z".parse().expect("a time"),
            names: ["shop-primary", "*.shop-members"].map(str::to_owned).into(),
            is_of_authority: true,
        }),
    }
}

fn leading(standbys: &[&str]) -> Server {
    let senders = standbys.iter().map(|name| Sender {
        name: (*name).into(),
        state: Some("streaming".into()),
        sync: Some("async".into()),
        lag_bytes: Some(0),
        lag_seconds: None,
    });
    let slots = standbys.iter().map(|name| Slot {
        name: name.replace('-', "_"),
        kind: "physical".into(),
        active: true,
        wal_status: Some("reserved".into()),
        kept_bytes: Some(0),
        safe_bytes: Some(256 << 20),
        inactive_since: None,
    });
    Server {
        version: "17.6".into(),
        system_identifier: "7430001".into(),
        timeline: 1,
        position: Some(83_886_080),
        senders: senders.collect(),
        slots: slots.collect(),
        slot_bound: Some(256 << 20),
        ..Server::default()
    }
}

fn service(cluster: &str, part: &str, purpose: Purpose, pods: &[&str]) -> Service {
    let selector =
        format!("app.kubernetes.io/component={part},app.kubernetes.io/instance={cluster}");
    Service {
        name: format!("{cluster}-{part}"),
        purpose,
        selector: selector.clone(),
        live: Some(LiveService {
            selector,
            pods: pods.iter().map(|pod| (*pod).to_owned()).collect(),
            awaits_address: false,
        }),
    }
}
