//! From the text of specs to clusters: every rule across fields, each file about one matter. A topology judges its own
//! fields. What is refused here is refused before anything is built, so that building cannot fail.
//!
//! A rule asks [`Draft::knows`] before it judges fields together, so that one mistake is not reported twice.

use crate::cluster::Cluster;
use crate::spec::draft::{self, Draft, Source};
use crate::spec::finding::Finding;
use crate::spec::problem::Errors;
use crate::topology;

mod access;
mod amounts;
mod durability;
mod encryption;
mod extra;
mod files;
mod guards;
mod images;
mod marks;
mod members;
mod metrics;
mod network;
mod network_policy;
mod owned;
mod parameters;
mod pooler;
mod storage;
mod stream;
mod values;
mod wal;

pub use guards::{Guards, Reasons, Safe, guards};
pub(crate) use members::TAKEN;

/// The clusters of a stream, without passwords. All documents are checked before any is returned.
///
/// # Errors
/// Every mistake in the stream, located.
pub fn read(source: &Source) -> Result<Vec<Cluster>, Errors> {
    let mut problems = Vec::new();
    let drafts = draft::read(source, &mut problems)?;
    let mut sql = Vec::new();
    for draft in &drafts {
        let mut found = findings(draft);
        match files::init_sql(draft, source.folder) {
            Ok(init_sql) => sql.push(init_sql),
            Err(more) => found.extend(more),
        }
        let located = found
            .into_iter()
            .map(|finding| finding.locate(&draft.document));
        problems.extend(located);
    }
    problems.extend(stream::problems(&drafts));
    if !problems.is_empty() {
        return Err(Errors::new(source.name, problems));
    }
    // Without a mistake each draft has its SQL.
    let clusters = drafts.into_iter().zip(sql);
    let clusters = clusters.map(|(draft, init_sql)| Cluster {
        spec: draft.spec,
        init_sql,
    });
    Ok(clusters.collect())
}

/// Every mistake across the fields of one spec.
fn findings(draft: &Draft) -> Vec<Finding> {
    let rules = [
        topology::findings,
        members::findings,
        parameters::findings,
        wal::findings,
        storage::findings,
        pooler::findings,
        images::findings,
        access::findings,
        marks::findings,
        amounts::findings,
        durability::findings,
        encryption::findings,
        extra::findings,
        network_policy::findings,
        metrics::findings,
    ];
    rules.iter().flat_map(|rule| rule(draft)).collect()
}
