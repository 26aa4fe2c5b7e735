//! `pgherd diff`: what applying would change, as the API server says it; what that means for what runs, and whether `apply`
//! would refuse it for another reason than who owns a field. Changes nothing.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use similar::TextDiff;

use super::reach::{RouteArgs, block_on};
use super::{SpecArgs, agree_on_namespace, clusters, print, secrets_of};
use crate::apply::{self, Conflicts, Foreseen};
use crate::k8s::Manifest;
use crate::rollout::{self, Rollout};
use crate::{output, topology};

/// Exit code where something could not be asked or would be refused; 1 says that there is a difference, as kubectl has it.
const TROUBLE: u8 = 2;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Compare the Secrets with these passwords and certificates, too; what they hold is not printed
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    #[command(flatten)]
    route: RouteArgs,
    /// Namespace of specs that name none [default: the context's]
    #[arg(short, long)]
    namespace: Option<String>,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let clusters = clusters(&args.spec.files)?;
    let secrets = secrets_of(&clusters, args.credentials.as_deref())?;
    agree_on_namespace(&clusters, args.namespace.as_deref())?;
    let secrets = secrets.as_ref();
    let objects = |cluster| topology::objects(cluster, secrets);
    let manifests: Vec<Manifest> = clusters.iter().flat_map(objects).collect();
    let asked = block_on(async {
        let connection = apply::connect(&args.route.route()).await?;
        let options = apply::Options {
            namespace: args.namespace.unwrap_or(connection.namespace.clone()),
            // Who owns a field is for `apply` to refuse; what differs is to be seen here.
            conflicts: Conflicts::Force,
            timeout: Duration::ZERO,
        };
        let client = &connection.client;
        let foreseen = apply::foresee(client, &manifests, &options).await?;
        let mut refusals = Vec::new();
        for cluster in &clusters {
            let rollout = Rollout {
                cluster,
                secrets,
                connection: &connection,
                options: &options,
            };
            let possible = rollout::require_possible(&rollout).await;
            refusals.extend(possible.err());
        }
        anyhow::Ok((foreseen, refusals))
    });
    let (foreseen, refusals) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(TROUBLE));
        }
    };
    let changed: Vec<&Foreseen> = foreseen.iter().filter(|one| !one.is_same()).collect();
    for one in &changed {
        eprintln!("{}: {}", one.label, apply::effect(one).unwrap_or_default());
    }
    let kubectls = foreseen.iter().filter(|one| one.is_kubectls).count();
    if kubectls > 0 {
        eprintln!(
            "note: {kubectls} objects were applied by kubectl: `pgherd apply` takes them over"
        );
    }
    print(&changed.iter().map(|one| text(one)).collect::<String>())?;
    for refusal in &refusals {
        eprintln!("error: {refusal:#}");
    }
    Ok(ExitCode::from(match refusals.as_slice() {
        [] => u8::from(!changed.is_empty()),
        _ => TROUBLE,
    }))
}

/// The difference as a patch, as `diff -u` writes it. Secrets are named only.
fn text(foreseen: &Foreseen) -> String {
    let mut text = String::new();
    if foreseen.kind == "Secret" {
        // Writing to a String does not fail.
        let _ = writeln!(text, "--- {0}\n+++ {0}\n@@ not shown @@", foreseen.label);
        return text;
    }
    let before = foreseen
        .before
        .as_ref()
        .map(output::yaml::document)
        .unwrap_or_default();
    let after = output::yaml::document(&foreseen.after);
    let header = (
        format!("live/{}", foreseen.label),
        format!("spec/{}", foreseen.label),
    );
    let diff = TextDiff::from_lines(&before, &after);
    let patch = diff
        .unified_diff()
        .context_radius(3)
        .header(&header.0, &header.1)
        .to_string();
    text.push_str(&patch);
    text
}
