//! Where `pgherd e2e` makes clusters, by its arguments and by what is on this machine.

use anyhow::{Result, bail};

use super::{Args, Kept};

/// Where clusters are made.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Where {
    /// A kind cluster.
    Kind,
    /// Processes of this machine.
    Processes,
    /// The cluster of a context.
    Context(String),
}

/// Where a word leads.
pub(super) fn place(text: &str) -> Result<Where, String> {
    match text {
        "" => Err("kind, processes or the name of a context".into()),
        "kind" => Ok(Where::Kind),
        "processes" => Ok(Where::Processes),
        context => Ok(Where::Context(context.into())),
    }
}

/// Where clusters are made: where the arguments say, else on kind where that can be, else as processes.
pub(super) async fn chosen(args: &Args) -> Result<Where> {
    if let Some(place) = &args.on {
        refuse_elsewhere(args, place)?;
        return Ok(place.clone());
    }
    // Seeds are played nowhere else.
    if is_random(args) {
        return Ok(Where::Processes);
    }
    let is_kubernetes = args.route.names_context() || for_kubernetes(args).is_some();
    // Processes are for Linux alone.
    if is_kubernetes || !cfg!(target_os = "linux") {
        return Ok(Where::Kind);
    }
    let Some(why) = crate::e2e::without_kind().await else {
        return Ok(Where::Kind);
    };
    eprintln!("note: {why}: as processes of this machine; --on kind insists");
    Ok(Where::Processes)
}

/// Whether random faults are to be played.
fn is_random(args: &Args) -> bool {
    args.seeds.is_some() || !args.replay.is_empty()
}

/// Refuses what a place has not, instead of leaving it out.
fn refuse_elsewhere(args: &Args, place: &Where) -> Result<()> {
    if let (true, Where::Kind | Where::Context(_)) = (is_random(args), place) {
        bail!(
            "--seeds and --replay are played as processes alone\n\
             hint: leave --on out; `pgherd e2e --all` breaks what runs on Kubernetes"
        );
    }
    match (place, for_kubernetes(args)) {
        (Where::Processes, Some(argument)) => bail!(
            "{argument} is of no use with --on processes: there is no Kubernetes\n\
             hint: leave it out, or take --on kind"
        ),
        (Where::Context(name), _) if args.node_image.is_some() => bail!(
            "--node-image is of no use with --on {name}: a cluster that is there has its nodes\n\
             hint: leave it out, or take --on kind"
        ),
        _ => Ok(()),
    }
}

/// The first argument that is given and that processes have no use for.
fn for_kubernetes(args: &Args) -> Option<&'static str> {
    let each = [
        ("--chart", args.chart.is_some()),
        ("--node-image", args.node_image.is_some()),
        ("--keep=cluster", matches!(args.keep, Some(Kept::Cluster))),
    ];
    let given = each.into_iter().find(|(_, is_given)| *is_given);
    given.map(|(argument, _)| argument)
}
