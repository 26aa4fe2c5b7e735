//! Clusters built from many choices: what the chart's templates are inferred from. Judges nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::formula::{CLOSE, NEXT, OPEN};
use crate::{output, topology};
use field::{Choice, Field};
use interner::{Id, Interner};

pub(super) mod cluster;
pub(super) mod field;
pub(super) mod interner;
mod layout;
pub(super) mod schema;

/// Choices drawn at random. A condition on three fields with three variants each is still met dozens of times.
const DRAWN: usize = 400;
/// Choices for each list of which texts have lines, in which only its length differs. What else the lines around them
/// depend on is found in these alone, so they are enough to tell fields apart that take the same turns by chance.
const TRIPLES: usize = 40;

/// Built clusters, and the choices they were built from.
pub(super) struct Samples {
    pub(super) fields: Vec<Field>,
    pub(super) choices: Vec<Choice>,
    /// Every object of the cluster, by a name that it has in all of them.
    pub(super) built: Vec<Id>,
    /// Where its members and Services are.
    pub(super) layouts: Vec<Id>,
    /// By field: samples without an element, with one and with two, and else the same.
    pub(super) triples: BTreeMap<usize, Vec<[usize; 3]>>,
    pub(super) values: Interner,
}

/// Builds them, with one variant of one field, by position, in all of them. The same every time: the numbers are drawn
/// from a fixed beginning.
pub(super) fn samples(fields: &[Field], fixed: (usize, usize)) -> Samples {
    let mut samples = Samples {
        fields: fields.to_vec(),
        choices: Vec::new(),
        built: Vec::new(),
        layouts: Vec::new(),
        triples: BTreeMap::new(),
        values: Interner::default(),
    };
    let mut state = 0x2545_f491_4f6c_dd1d;
    for _ in 0..DRAWN {
        let choice = draw(fields, fixed, &mut state);
        samples.build(choice);
    }
    let with_lines = samples.values.lists_with_lines();
    for list in 0..fields.len() {
        if !with_lines.contains(&fields[list].path) {
            continue;
        }
        for _ in 0..TRIPLES {
            let choice = draw(fields, fixed, &mut state);
            let triple = [0, 1, 2].map(|variant| {
                let mut choice = choice.clone();
                choice[list] = variant;
                samples.build(choice)
            });
            samples.triples.entry(list).or_default().push(triple);
        }
    }
    samples
}

impl Samples {
    fn build(&mut self, choice: Choice) -> usize {
        let cluster = cluster::cluster(&self.fields, &choice);
        let mut objects: Map<String, Value> = Map::new();
        for manifest in topology::objects(&cluster, None) {
            let (group, object) = (group(&manifest.object), output::value(&manifest.object));
            // `json!` would copy the object.
            let mut entry = Map::from_iter([("comment".to_owned(), json!(manifest.comment))]);
            entry.insert("object".into(), object);
            match group {
                Group::One(name) => drop(objects.insert(name, entry.into())),
                Group::Each(name) => {
                    let list = objects.entry(name).or_insert_with(|| json!([]));
                    let list = list.as_array_mut().into_iter();
                    list.for_each(|list| list.push(entry.clone().into()));
                }
            }
        }
        let id = self.values.add(objects.into());
        self.choices.push(choice);
        self.built.push(id);
        let layout = self.values.add(layout::layout(&cluster));
        self.layouts.push(layout);
        self.built.len() - 1
    }
}

/// Whether an object is one, or one of several that differ by an ordinal.
enum Group {
    One(String),
    Each(String),
}

/// What an object is called in all clusters: its kind and the words of its name, such as `service-primary`. Hashes
/// and ordinals are not part of it.
fn group(object: &crate::k8s::Object) -> Group {
    let kind = object.kind().to_lowercase();
    let (mut words, mut ordinal) = (vec![kind], false);
    // The name begins with the cluster's, then come its words, with or without marks, between hyphens.
    for word in object.name().split('-').skip(1) {
        if word.chars().all(|letter| letter.is_ascii_digit()) {
            ordinal = true;
        } else if let Some(path) = word.strip_prefix(OPEN) {
            let last = path.trim_end_matches(CLOSE).rsplit(['.', NEXT]).next();
            let hash = path.contains("short hash");
            words.extend(last.filter(|_| !hash).map(str::to_owned));
        } else {
            words.push(word.to_owned());
        }
    }
    if ordinal {
        Group::Each(words.join("-"))
    } else {
        Group::One(words.join("-"))
    }
}

/// The next choice of a sequence that is always the same (xorshift).
fn draw(fields: &[Field], fixed: (usize, usize), state: &mut u64) -> Choice {
    let mut choice: Choice = fields
        .iter()
        .map(|field| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            usize::try_from(*state >> 33).unwrap_or_default() % field.variants()
        })
        .collect();
    choice[fixed.0] = fixed.1;
    choice
}
