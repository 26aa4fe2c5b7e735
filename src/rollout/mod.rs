//! Applying a cluster in the order in which its members may restart, with replay in between.

use std::time::Duration;

use anyhow::Result;

use crate::apply::{Connection, Options};
use crate::cluster::Cluster;
use crate::k8s::Manifest;
use crate::runtime::{self, Runtime, in_namespace};
use crate::secrets::Secrets;
use crate::{status, topology};

mod identifier;
mod in_force;
mod order;
mod preflight;
mod recorded;
mod replay;
mod steps;

use identifier::remember;
use in_force::until_in_force;
pub use order::{Order, order, parts};
pub use preflight::require_possible;
use recorded::until_recorded;
pub use replay::until_replayed;
pub use steps::{apply_in_order, foresee, settle};

/// How long one question may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// After which kubelets are told again that something has changed.
const TELL_AGAIN: Duration = Duration::from_secs(3);

/// A cluster that is applied: which, where and how.
pub struct Rollout<'a> {
    /// The cluster as its spec has it.
    pub cluster: &'a Cluster,
    /// What its Secrets hold, where they are applied with the rest.
    pub secrets: Option<&'a Secrets>,
    /// Where its objects go.
    pub connection: &'a Connection,
    /// How they are applied.
    pub options: &'a Options,
}

impl Rollout<'_> {
    fn objects(&self) -> Vec<Manifest> {
        topology::objects(self.cluster, self.secrets)
    }

    fn namespace(&self) -> &str {
        self.options.namespace_of(self.cluster)
    }

    fn runtime(&self) -> Runtime {
        in_namespace(&self.connection.client, self.namespace())
    }
}

async fn ask(runtime: &Runtime, cluster: &Cluster, sql: &str) -> Result<String> {
    let member = status::leader(runtime, cluster).await;
    let words = runtime::psql(sql);
    let output = runtime.run(&member, &words, ANSWER_WITHIN).await?;
    anyhow::ensure!(output.success, "{member}: {}", output.stderr.trim());
    Ok(output.stdout.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::cluster::Cluster;
    use crate::spec;
    use crate::validate;

    pub(super) fn cluster(more: &str) -> Cluster {
        let text = format!("name: shop\ntopology: streaming\n{more}");
        let source = spec::Source {
            name: "shop.yaml",
            text: &text,
            folder: None,
        };
        validate::read(&source).expect("a spec").remove(0)
    }
}
