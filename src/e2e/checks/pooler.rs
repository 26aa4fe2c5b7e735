//! Through the pooler, writes reach the primary and reads are spread over the standbys.

use anyhow::Result;

use super::replication::of_the_table;
use super::spread::dial;
use super::{TABLE, services};
use crate::fault::check::{self, Verdict};
use crate::fault::scene::Scene;

/// A row that no other check writes.
const ID: u32 = 20_001;
/// Sessions that ask the same: each is led by itself.
const TIMES: u32 = 6;

/// Both directions, from the client pod.
pub(super) async fn splits(scene: &Scene<'_>) {
    let (service, reason) = (scene.cluster.pgpool_name(), scene.site.servers_alone());
    let name = format!("write through Service {service}");
    let check = of_the_table(name, "the row is on the primary, written there");
    scene.make_unless(reason, check, write(scene)).await;
    let read = dial(&scene.standbys, || {
        services::server(scene, scene.owner_at(service.as_str()))
    });
    let name = format!("what only the primary can answer, through Service {service}");
    let check = check::look(name, format!("{TIMES} answers"));
    let only = only_on_the_primary(scene);
    scene.make_unless(reason, check, only).await;
    let name = format!("read through Service {service}");
    let check = check::look(name, "only standbys answer, and each of them");
    scene.make_unless(reason, check, read).await;
}

/// Functions that write and that PostgreSQL calls stable: a pooler that goes by that sends them to a standby, which refuses them.
async fn only_on_the_primary(scene: &Scene<'_>) -> Result<Verdict> {
    let statement = "select txid_current(), pg_current_xact_id()";
    for _ in 0..TIMES {
        let target = scene.owner_at(scene.cluster.pgpool_name());
        if let Err(refusal) = scene.client.psql(&target, &[statement]).await {
            return Ok(Verdict::failed(format!("{statement}: {refusal}")));
        }
    }
    Ok(Verdict::passed(format!("{TIMES} answers")))
}

async fn write(scene: &Scene<'_>) -> Result<Verdict> {
    let insert = format!("insert into {TABLE} values ({ID}, 'pooler')");
    let statements = [
        "begin",
        &insert,
        "select host(inet_server_addr())",
        "commit",
    ];
    let wrote = scene
        .client
        .psql(&scene.owner_at(scene.cluster.pgpool_name()), &statements)
        .await?;
    let count = format!("select count(*) from {TABLE} where id = {ID} and word = 'pooler'");
    let found = scene.ask(&scene.primary, &count).await?;
    Ok(judge(&wrote, &found, &scene.primary.address))
}

fn judge(wrote_at: &str, found: &str, primary: &str) -> Verdict {
    let mut problems = Vec::new();
    if wrote_at != primary {
        problems.push(format!("written at {wrote_at}, the primary is {primary}"));
    }
    if found != "1" {
        problems.push(format!("{found} such rows on the primary"));
    }
    Verdict::from_problems(
        &problems,
        format!("written at {wrote_at}, {found} row on the primary"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::check::Outcome;

    #[test]
    fn a_row_elsewhere_or_nowhere_is_seen() {
        assert_eq!(judge("10.0.0.1", "1", "10.0.0.1").outcome, Outcome::Passed);
        assert_eq!(judge("10.0.0.2", "1", "10.0.0.1").outcome, Outcome::Failed);
        assert_eq!(judge("10.0.0.1", "0", "10.0.0.1").outcome, Outcome::Failed);
        assert_eq!(judge("", "1", "10.0.0.1").outcome, Outcome::Failed);
    }
}
