//! The rules across fields that guard data, as tables: for whoever judges a spec without this program, as the chart does.
//!
//! The rules themselves are in the files beside it; here they are only gathered.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{owned, parameters};
use crate::topology;

/// Reasons by a parameter's name, or by how it begins.
pub type Reasons = BTreeMap<&'static str, String>;

/// What is refused, with the reasons that users are told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guards {
    /// Parameters that a spec cannot set.
    pub names: Reasons,
    /// Parameters that a spec cannot set, by how their names begin.
    pub beginnings: Reasons,
    /// Parameters with the values that keep data safe.
    pub values: BTreeMap<&'static str, Safe>,
    /// What the topologies' own rules read.
    #[serde(flatten)]
    pub of_topologies: Map<String, Value>,
}

/// The values that keep data safe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Safe {
    /// The values.
    pub allowed: Vec<&'static str>,
    /// What another value would do.
    pub reason: &'static str,
}

/// The rules that guard data.
pub fn guards() -> Guards {
    let (names, beginnings) = owned::refused();
    let switches = parameters::SWITCHES.iter().map(|(name, safe, reason)| {
        let allowed = vec![if *safe { "on" } else { "off" }];
        (*name, Safe { allowed, reason })
    });
    let words = parameters::WORDS.iter().map(|(name, allowed, reason)| {
        let allowed = allowed.to_vec();
        (*name, Safe { allowed, reason })
    });
    Guards {
        names,
        beginnings,
        values: switches.chain(words).collect(),
        of_topologies: topology::refusal_tables(),
    }
}
