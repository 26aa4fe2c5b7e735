//! The Helm chart, made from the same builders as everything else. Writes no file but through `package`.
//!
//! Clusters are built from marked values and with each choice on and off (`field`, `samples`); what differs between them
//! is explained by fields of the spec (`infer`); the explanation is written as templates (`write`). What is around the
//! templates comes from the spec's schema (`values`, `schema`, `about`).

use std::collections::BTreeMap;

use serde_json::json;

use crate::cluster::Cluster;
use crate::output::yaml;

mod about;
mod children;
mod condition;
mod diff;
mod expression;
mod field;
mod infer;
mod lines;
pub mod package;
mod parts;
mod pool;
mod refusals;
mod samples;
mod scalar;
mod schema;
mod text;
mod tree;
mod values;
mod words;
mod write;

pub use infer::Unexplained;
pub use schema::schema;
pub use values::values;

/// The named templates that objects' templates use: names, and the twins of `formula`'s functions.
const HELPERS: &str = include_str!("files/_helpers.tpl");

/// Every file of the chart by its path below the chart's folder, `/` between folders.
///
/// # Errors
/// When builders do more with a field than a template can.
pub fn files() -> Result<BTreeMap<String, String>, Unexplained> {
    let mut samples = samples::samples();
    let tree::Node::Map(objects) = infer::infer(&mut samples)? else {
        unreachable!("objects are by name");
    };
    let mut files = write::files(&samples.fields, &objects);
    files.extend(about::files());
    files.extend(refusals::files());
    files.extend([
        ("templates/_helpers.tpl".into(), HELPERS.into()),
        ("values.yaml".into(), values::file()),
        ("values.schema.json".into(), format!("{:#}\n", schema())),
    ]);
    Ok(files)
}

/// A cluster's spec as values of the chart, with its SQL files put in: a chart reads none of the user's files.
pub fn given(cluster: &Cluster) -> String {
    let mut values = json!(cluster.spec);
    let texts = cluster.init_sql.iter();
    values["postgres"]["initSql"] = texts.map(|text| json!({"text": text})).collect();
    yaml::document(&values)
}
