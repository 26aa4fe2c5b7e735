//! The Helm chart, made from the same builders as everything else. Writes no file.
//!
//! Clusters are built from marked values and with each choice on and off (`field`, `samples`); what differs between them
//! is explained by fields of the spec (`infer`); the explanation is written as templates (`write`).

use std::collections::BTreeMap;

mod condition;
mod expression;
mod field;
mod infer;
mod pool;
mod samples;
mod text;
mod tree;
mod words;
mod write;

pub use infer::Unexplained;

/// The named templates that objects' templates use: names, and the twins of `formula`'s functions.
const HELPERS: &str = include_str!("files/_helpers.tpl");

/// The templates of every topology's objects, and the files that they read, by path below the chart's folder.
///
/// # Errors
/// When builders do more with a field than a template can.
pub fn templates() -> Result<BTreeMap<String, String>, Unexplained> {
    let mut samples = samples::samples();
    let tree::Node::Map(objects) = infer::infer(&mut samples)? else {
        unreachable!("objects are by name");
    };
    let mut files = write::files(&samples.fields, &objects);
    files.insert("templates/_helpers.tpl".into(), HELPERS.into());
    Ok(files)
}
