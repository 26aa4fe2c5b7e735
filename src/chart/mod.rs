//! The Helm chart, made from the same builders as everything else. Writes no file but through `package`.
//!
//! Clusters of each topology are built from marked values and with each choice on and off (`sample`); what differs
//! between them is explained by fields of the spec (`infer`); what topologies have in common is put together (`merge`);
//! the explanation is written as templates (`write`). What is around the templates comes from the spec's schema
//! (`around`).

use serde_json::json;

use crate::cluster::Cluster;
use crate::output::yaml;
use crate::topology;

mod around;
mod common;
mod infer;
mod merge;
pub mod package;
mod sample;
mod tree;
mod write;

pub use around::{schema, values};
pub use infer::Unexplained;

/// The field whose words are the topologies.
const TOPOLOGY: &str = "topology";

/// Every file of the chart.
///
/// # Errors
/// When builders do more with a field than a template can.
pub fn files() -> Result<package::Files, Unexplained> {
    let fields = sample::schema::fields();
    let position = fields.iter().position(|field| field.path == TOPOLOGY);
    let position = position.unwrap_or_default();
    let (mut objects, mut layouts, mut topologies) = (Vec::new(), Vec::new(), Vec::new());
    for variant in 0..fields[position].variants() {
        let mut samples = sample::samples(&fields, (position, variant));
        let (built, laid_out) = (samples.built.clone(), samples.layouts.clone());
        objects.push((vec![variant], infer::infer(&mut samples, &built)?));
        layouts.push((vec![variant], infer::infer(&mut samples, &laid_out)?));
        let word = fields[position].word(variant).unwrap_or_default();
        let cluster = sample::cluster::cluster(&fields, &samples.choices[0]);
        topologies.push((word, topology::chart_texts(&cluster)));
    }
    let objects = merge::objects(position, &objects)?;
    let layout = merge::entries(position, &layouts);
    let mut files = write::files(&fields, &objects, &layout);
    files.extend(around::files(&topologies));
    Ok(files)
}

/// A cluster's spec as values of the chart, with its SQL files put in: a chart reads none of the user's files.
pub fn given(cluster: &Cluster) -> String {
    let mut values = json!(cluster.spec);
    let texts = cluster.init_sql.iter();
    values["postgres"]["initSql"] = texts.map(|text| json!({"text": text})).collect();
    yaml::document(&values)
}
