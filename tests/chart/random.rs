//! Random valid specs: the same for the same seed.

use std::sync::OnceLock;

use pgherd::cluster::Cluster;
use pgherd::output::yaml;
use pgherd::spec::{Source, schema};
use pgherd::validate::read;
use serde_json::Value;

use crate::coverage::Coverage;
use crate::dice::Dice;
use crate::generate;

/// How many specs the chart is rendered with.
const SPECS: usize = 300;
/// What every field, word and null is in, at least, of all specs.
const LEAST_PERCENT: f64 = 5.0;

/// A spec as values, as text, and as what pgherd reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) value: Value,
    /// YAML with every text quoted that some parser would misread.
    pub(crate) text: String,
    pub(crate) cluster: Cluster,
}

/// The seed from `PGHERD_SEED`, or else always the same; printed, so that a failure can be repeated.
fn seed() -> u64 {
    let seed = std::env::var("PGHERD_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    eprintln!("PGHERD_SEED={seed}");
    seed
}

/// The specs that the chart is rendered with. Made once: it takes seconds.
pub(crate) fn specs() -> &'static [Sample] {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    SAMPLES.get_or_init(|| samples(seed(), SPECS))
}

/// Random specs that keep every rule. Those that do not are left out, and how many is printed.
fn samples(seed: u64, count: usize) -> Vec<Sample> {
    let (schema, mut dice) = (schema(), Dice::new(seed));
    let (mut samples, mut refused) = (Vec::new(), Vec::new());
    while samples.len() < count {
        match sample(generate::spec(&schema, &mut dice)) {
            Ok(sample) => samples.push(sample),
            Err(errors) => refused.push(errors),
        }
        assert!(
            refused.len() <= count / 2 + 10,
            "too many random specs are refused, the last with:\n{}",
            refused[refused.len() - 1]
        );
    }
    let tried = count + refused.len();
    eprintln!("{count} of {tried} random specs keep every rule");
    samples
}

/// A spec with its text and its cluster.
///
/// # Errors
/// What pgherd says when it refuses the spec.
pub(crate) fn sample(value: Value) -> Result<Sample, String> {
    let text = yaml::document(&value);
    let source = Source {
        name: "spec.yaml",
        text: &text,
        folder: None,
    };
    let mut clusters = read(&source).map_err(|errors| errors.to_string())?;
    assert_eq!(clusters.len(), 1, "one spec makes one cluster:\n{text}");
    let cluster = clusters.remove(0);
    Ok(Sample {
        value,
        text,
        cluster,
    })
}

#[test]
fn every_field_word_and_null_is_in_one_of_twenty_specs() {
    let coverage = Coverage::of(&schema(), specs().iter().map(|sample| &sample.value));
    eprintln!("{}", coverage.table());
    let rare = coverage.below(LEAST_PERCENT);
    assert!(
        rare.is_empty(),
        "in less than {LEAST_PERCENT} % of the specs: {rare:#?}"
    );
}

#[test]
fn the_same_seed_makes_the_same_specs() {
    assert_eq!(samples(7, 20), samples(7, 20));
    assert_ne!(samples(7, 1), samples(8, 1));
}
