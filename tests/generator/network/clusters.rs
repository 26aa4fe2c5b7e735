//! The policies of several specs: every connection that is needed is allowed, and a list of others is not.

use pgherd::names;

use super::evaluate::{End, Port};
use super::world::{HOME, World, objects, outside, stranger, world};

const POSTGRES: Port = Port("TCP", 5432);
const METRICS: Port = Port("TCP", 9187);
const PGPOOL: Port = Port("TCP", 9999);

/// Everything, with the default of who may connect.
const WHOLE: &str = "
name: shop
topology: streaming
members: 4
bootstrap: job
pooler: {kind: pgpool, image: 'registry.example/pgherd:1'}
networkPolicy: {enabled: true}
";
const LEAST: &str = "{name: shop, topology: streaming, networkPolicy: {enabled: true}}";
/// Nobody but the pods of one application, and one network outside.
const LISTED: &str = "
name: shop
topology: streaming
bootstrap: job
pooler: {kind: pgpool, image: 'registry.example/pgherd:1'}
expose: {type: LoadBalancer, to: pooler}
networkPolicy:
  enabled: true
  clients: listed
  from:
    - podSelector: {matchLabels: {app: web}}
    - {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}, podSelector: {matchLabels: {app: web}}}
    - ipBlock: {cidr: 192.0.2.0/24}
";
/// Nobody at all but the cluster's own pods.
pub(crate) const NOBODY: &str = "
name: shop
topology: streaming
pooler: {kind: pgpool, image: 'registry.example/pgherd:1'}
networkPolicy: {enabled: true, clients: listed}
";
const ANYWHERE: &str = "
name: shop
topology: streaming
bootstrap: job
expose: {type: NodePort}
networkPolicy:
  enabled: true
  clients: anywhere
  members:
    ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}], ports: [{port: 9187}]}]
    egress: [{to: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: 443}]}]
";
/// Metrics, which Prometheus alone gets.
const SCRAPED: &str = "
name: shop
topology: streaming
bootstrap: job
networkPolicy:
  enabled: true
  metrics: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
metrics: {enabled: true, image: 'registry.example/pgherd:1'}
";
const ALL: [&str; 6] = [WHOLE, LEAST, LISTED, NOBODY, ANYWHERE, SCRAPED];

/// The pod of `helm test`, as its template labels it.
fn helm_test(name: &str) -> End {
    let template = include_str!("../../../src/chart/around/files/test-replication.yaml");
    let component = format!("{}: {}\n", names::COMPONENT_LABEL, names::HELM_TEST);
    let instance = format!("{}: {{{{ $name | quote }}}}\n", names::INSTANCE_LABEL);
    assert!(template.contains(&component) && template.contains(&instance));
    stranger(
        HOME,
        &[
            (names::INSTANCE_LABEL, name),
            (names::COMPONENT_LABEL, names::HELM_TEST),
        ],
    )
}

/// The whole web of one world's own connections, as sentences about what is shut.
pub(crate) fn missing(world: &World, helm_test: &End) -> Vec<String> {
    let mut wanted: Vec<(&str, End, End, Port)> = Vec::new();
    let members = world.members();
    let (jobs, poolers) = (world.component(names::SYNC), world.component(names::PGPOOL));
    for member in &members {
        // Any member may lead one day.
        for (what, from) in [("member", &members), ("job", &jobs), ("pooler", &poolers)] {
            let one = |from: &End| (what, from.clone(), member.clone(), POSTGRES);
            wanted.extend(from.iter().map(one));
        }
    }
    let resolver = stranger("kube-system", &[("k8s-app", "kube-dns")]);
    for pod in members.iter().chain(&jobs).chain(&poolers) {
        for dns in [&resolver, &outside("169.254.20.10")] {
            for protocol in ["UDP", "TCP"] {
                wanted.push(("DNS", pod.clone(), dns.clone(), Port(protocol, 53)));
            }
        }
        wanted.push(("probe", End::OwnNode, pod.clone(), PGPOOL));
    }
    for (endpoint, number) in world.endpoints() {
        let port = Port("TCP", number);
        wanted.push(("helm test", helm_test.clone(), endpoint, port));
    }
    let shut = wanted
        .iter()
        .filter(|(_, from, to, port)| !world.rules.allow(from, to, *port));
    shut.map(|(what, from, to, port)| format!("{what}: {from:?} to {to:?} {port:?}"))
        .collect()
}

/// Whether somebody gets to all, or to none, of what every Service leads to.
pub(crate) fn gets_in(world: &World, from: &End) -> bool {
    let allowed = |(to, number): &(End, i32)| world.rules.allow(from, to, Port("TCP", *number));
    let endpoints = world.endpoints();
    let count = endpoints.iter().filter(|one| allowed(one)).count();
    assert!(count == 0 || count == endpoints.len(), "{from:?}: {count}");
    count > 0
}

#[test]
fn what_a_cluster_needs_is_let_through() {
    for spec in ALL {
        let world = world(&objects(spec));
        assert!(!world.rules.policies.is_empty() && world.members().len() > 2);
        assert_eq!(missing(&world, &helm_test("shop")), [""; 0], "{spec}");
    }
}

#[test]
fn clients_are_those_that_the_spec_lets_in() {
    let web = [("app", "web")];
    let clients = [
        stranger(HOME, &web),
        stranger(HOME, &[("app", "mail")]),
        stranger("other", &web),
        stranger("other", &[("app", "mail")]),
        outside("192.0.2.7"),
        outside("203.0.113.7"),
    ];
    for (spec, expected) in [
        (WHOLE, [true, true, false, false, false, false]),
        (LEAST, [true, true, false, false, false, false]),
        (LISTED, [true, false, true, false, true, false]),
        (NOBODY, [false; 6]),
        (ANYWHERE, [true; 6]),
    ] {
        let world = world(&objects(spec));
        let found = clients.each_ref().map(|client| gets_in(&world, client));
        assert_eq!(found, expected, "{spec}");
    }
}

#[test]
fn nothing_else_is_let_through() {
    for spec in ALL {
        let world = world(&objects(spec));
        let shut = |from: &End, to: &End, port: Port| {
            assert!(
                !world.rules.allow(from, to, port),
                "{spec}\n{from:?} to {to:?} {port:?}"
            );
        };
        let internet = outside("203.0.113.1");
        let api = outside("172.18.0.2");
        let (members, jobs) = (world.members(), world.component(names::SYNC));
        let poolers = world.component(names::PGPOOL);
        let neighbour = stranger(HOME, &[("app", "web")]);
        for pod in members.iter().chain(&jobs).chain(&poolers) {
            shut(pod, &internet, Port("TCP", 443));
            shut(pod, &internet, POSTGRES);
            shut(pod, &api, Port("TCP", 6443));
            shut(pod, &neighbour, POSTGRES);
            shut(&neighbour, pod, Port("TCP", 22));
            shut(&neighbour, pod, METRICS);
            // DNS is asked, not served.
            shut(&neighbour, pod, Port("UDP", 53));
            for pooler in &poolers {
                let is_itself =
                    matches!((pod, pooler), (End::Pod(one), End::Pod(two)) if one == two);
                if !is_itself {
                    shut(pod, pooler, PGPOOL);
                }
            }
            for job in &jobs {
                shut(&neighbour, job, POSTGRES);
                shut(&members[0], job, POSTGRES);
            }
        }
    }
}

/// Labels of the cluster's own, on pods of somebody else.
#[test]
fn who_poses_as_a_member_gets_in_only_as_far_as_labels_can_tell() {
    let world = world(&objects(NOBODY));
    let member = [
        (names::INSTANCE_LABEL, "shop"),
        (names::MEMBER_LABEL, "true"),
    ];
    assert!(!gets_in(&world, &stranger("other", &member)));
    assert!(!gets_in(
        &world,
        &stranger(HOME, &[(names::MEMBER_LABEL, "true")])
    ));
    assert!(!gets_in(&world, &stranger(HOME, &member[..1])));
    let application = [
        (names::INSTANCE_LABEL, "shop"),
        (names::COMPONENT_LABEL, "web"),
    ];
    assert!(!gets_in(&world, &stranger(HOME, &application)));
    let job = [
        (names::INSTANCE_LABEL, "store"),
        (names::COMPONENT_LABEL, names::SYNC),
    ];
    assert!(!gets_in(&world, &stranger(HOME, &job)));
}

#[test]
fn two_clusters_in_a_namespace_are_apart() {
    let both = [NOBODY.to_owned(), NOBODY.replace("shop", "store")];
    let world = world(
        &both
            .iter()
            .flat_map(|spec| objects(spec))
            .collect::<Vec<_>>(),
    );
    let of = |name| world.with(names::INSTANCE_LABEL, name);
    let (shop, store) = (of("shop"), of("store"));
    assert_eq!((shop.len(), store.len()), (5, 5));
    for (from, to) in shop
        .iter()
        .flat_map(|from| store.iter().map(move |to| (from, to)))
    {
        for port in [POSTGRES, PGPOOL] {
            assert!(!world.rules.allow(from, to, port), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn rules_of_the_spec_are_added_where_they_belong() {
    let world = world(&objects(ANYWHERE));
    let (metrics, archive) = (Port("TCP", 9187), outside("198.51.100.4"));
    let (prometheus, job) = (
        stranger("monitoring", &[]),
        &world.component(names::SYNC)[0],
    );
    for member in world.members() {
        assert!(world.rules.allow(&prometheus, &member, metrics));
        assert!(!world.rules.allow(&stranger("other", &[]), &member, metrics));
        assert!(world.rules.allow(&member, &archive, Port("TCP", 443)));
        assert!(!world.rules.allow(&member, &archive, Port("TCP", 80)));
    }
    assert!(!world.rules.allow(job, &archive, Port("TCP", 443)));
    assert!(!world.rules.allow(&prometheus, job, metrics));
}

#[test]
fn metrics_are_for_those_that_the_spec_names() {
    let (prometheus, other) = (stranger("monitoring", &[]), stranger("other", &[]));
    let allowed = |spec: &str| -> [bool; 3] {
        let world = world(&objects(spec));
        let members = world.members();
        assert!(!world.rules.allow(&prometheus, &members[0], POSTGRES));
        [&prometheus, &other, &members[1]].map(|from| world.rules.allow(from, &members[0], METRICS))
    };
    assert_eq!(allowed(SCRAPED), [true, false, false]);
    // An empty list is not everybody; and where there are no metrics, the list opens nothing.
    let list = SCRAPED.find("  metrics: [").expect("a list");
    let end = list + SCRAPED[list..].find('\n').expect("a line");
    let nobody = format!("{}{}", &SCRAPED[..list], &SCRAPED[end + 1..]);
    assert_eq!(allowed(&nobody), [false; 3]);
    let off = SCRAPED.replace("metrics: {enabled: true", "metrics: {enabled: false");
    assert_eq!(allowed(&off), [false; 3]);
}

#[test]
fn there_are_none_unless_they_are_asked_for() {
    for spec in ALL {
        let off = spec.replace("enabled: true", "enabled: false");
        assert_eq!(world(&objects(&off)).rules.policies, []);
    }
}
