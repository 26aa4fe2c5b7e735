//! What is found in Services, poolers and exporters.

use super::*;

#[test]
fn services() {
    let service = |change: fn(&mut pgherd::status::LiveService)| {
        found(|facts| {
            let service = &mut facts.services[1];
            assert_eq!(service.purpose, Purpose::Writing);
            change(service.live.as_mut().expect("it is there"));
        })
    };
    assert_eq!(
        service(|live| live.selector.clear()),
        [Id::ServiceSelectorDiffers]
    );
    assert_eq!(service(|live| live.pods.clear()), [Id::ServiceWithoutPod]);
    assert_eq!(
        service(|live| live.pods.push("shop-standby-0".into())),
        [Id::ServiceWrongPod]
    );
    assert_eq!(
        service(|live| live.awaits_address = true),
        [Id::ServiceWithoutAddress]
    );
}

#[test]
fn poolers() {
    let pooler = |ready: usize| {
        let mut facts = well();
        let stages = [Stage::Ready, Stage::Ready].into_iter().take(ready);
        let stages = stages.chain(std::iter::repeat(Stage::Waiting("no image".into())));
        facts.pooler = Some(Pooler {
            name: "shop-pgpool".into(),
            wanted: 2,
            pods: stages
                .take(2)
                .enumerate()
                .map(|(index, stage)| (format!("shop-pgpool-{index}"), pod(stage)))
                .collect(),
        });
        judged(&facts)
            .first()
            .map(|finding| (finding.id, finding.severity))
    };
    assert_eq!(pooler(2), None);
    assert_eq!(pooler(1), Some((Id::PoolerNotReady, Severity::Warning)));
    assert_eq!(pooler(0), Some((Id::PoolerNotReady, Severity::Critical)));
}

#[test]
fn what_could_not_be_seen_is_told_and_is_not_wrong() {
    let mut facts = well();
    facts
        .unseen
        .push("Secret/shop-credentials: forbidden".into());
    let findings = judged(&facts);
    assert_eq!(findings[0].id, Id::NotSeen);
    assert!(!is_wrong(&findings));
}

#[test]
fn exporters_without_a_password() {
    let without = |facts: &mut Facts| facts.members[FIRST].has_metrics_password = Some(false);
    assert_eq!(found(without), [Id::MetricsWithoutPassword]);
    let mut facts = well();
    without(&mut facts);
    let finding = &judged(&facts)[0];
    assert!(finding.seen.ends_with("of shop-standby-0"), "{finding:?}");
    assert!(
        finding.command.starts_with("pgherd rotate passwords -f"),
        "{finding:?}"
    );
    facts.metrics_secret = None;
    assert!(judged(&facts).is_empty());
    let unseen = |facts: &mut Facts| facts.members[FIRST].has_metrics_password = None;
    assert_eq!(found(unseen), []);
}
