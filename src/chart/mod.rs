//! The Helm chart, made from the same builders as everything else. Writes no file but through `package`.
//!
//! Clusters are built from marked values and with each choice on and off (`sample`); what differs between them is
//! explained by fields of the spec (`infer`); the explanation is written as templates (`write`). What is around the
//! templates comes from the spec's schema (`around`).

use serde_json::json;

use crate::cluster::Cluster;
use crate::output::yaml;

mod around;
mod infer;
pub mod package;
mod sample;
mod tree;
mod write;

pub use around::{schema, values};
pub use infer::Unexplained;

/// Every file of the chart.
///
/// # Errors
/// When builders do more with a field than a template can.
pub fn files() -> Result<package::Files, Unexplained> {
    let mut samples = sample::samples();
    let tree::Node::Map(objects) = infer::infer(&mut samples)? else {
        unreachable!("objects are by name");
    };
    let mut files = write::files(&samples.fields, &objects);
    files.extend(around::files());
    Ok(files)
}

/// A cluster's spec as values of the chart, with its SQL files put in: a chart reads none of the user's files.
pub fn given(cluster: &Cluster) -> String {
    let mut values = json!(cluster.spec);
    let texts = cluster.init_sql.iter();
    values["postgres"]["initSql"] = texts.map(|text| json!({"text": text})).collect();
    yaml::document(&values)
}
