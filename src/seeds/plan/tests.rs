//! A seed means the same acts for ever, and every kind of act comes.

use super::*;

#[test]
fn a_seed_means_the_same_steps_for_ever() {
    let steps = steps(7, Durability::Quorum);
    assert_eq!(steps, super::steps(7, Durability::Quorum));
    assert_ne!(steps, super::steps(8, Durability::Quorum));
    let text = serde_json::to_string(&steps).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Step>>(&text).unwrap(), steps);
}

#[test]
fn every_kind_of_act_comes_and_no_control() {
    let mut kinds = std::collections::BTreeMap::new();
    for seed in 1..=300 {
        let steps = steps(seed, Durability::Sync);
        assert!((5..=15).contains(&steps.len()));
        for step in steps {
            *kinds.entry(step.act.kind()).or_insert(0) += 1;
        }
    }
    assert_eq!(kinds.len(), 21, "{kinds:?}");
    assert!(kinds.keys().all(|kind| !kind.starts_with("control")));
    assert!(kinds.values().all(|count| *count >= 5), "{kinds:?}");
}

#[test]
fn no_volume_is_lost_while_something_else_is_not_whole() {
    for seed in 1..=300 {
        let (mut is_frozen, mut lost) = (false, 0);
        for step in steps(seed, Durability::Async) {
            match step.act {
                Act::Freeze(_) => is_frozen = true,
                Act::Thaw => is_frozen = false,
                Act::LoseVolume(_) => {
                    assert!(!is_frozen, "seed {seed}");
                    lost += 1;
                }
                _ => (),
            }
        }
        assert!(lost <= 1, "seed {seed}");
    }
}
