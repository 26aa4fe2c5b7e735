//! A query whose workers share more memory than the 64 MB that a container's `/dev/shm` has by default.

use anyhow::{Context, Result};

use super::check::{Outcome, Verdict, fault};
use super::members::shell;
use super::scene::Scene;
use super::shown_elsewhere;

/// Rows of the table that is joined with itself: their hash table takes about 80 MB.
const ROWS: u32 = 320_000;
/// What a container's `/dev/shm` has by default, in kB.
const DEFAULT_KB: u64 = 64 * 1024;
/// Least memory, in MB, of a server whose container survives this: shared buffers, the hash table, its sessions.
const LEAST_MB: u64 = 300;
/// The limit of the container's memory in bytes, or `max`.
const LIMIT: &str =
    "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes";
const JOIN: &str = "from pgherd_shared as one join pgherd_shared as other using (text)";

/// Joins on the primary, in parallel.
pub(crate) async fn joined(scene: &Scene<'_>) -> Outcome {
    let check = fault(
        "a parallel hash join with 256 MB of work_mem",
        "its hash table, of more than 64 MB, is in memory that workers share, and every row is joined",
    );
    scene
        .make_unless(shown_elsewhere(scene), check, look(scene))
        .await
}

async fn look(scene: &Scene<'_>) -> Result<Verdict> {
    let limit = shell(scene, &scene.primary.pod, LIMIT, &[]).await?;
    // `max` is no number, and no limit.
    if let Ok(bytes) = limit.trim().parse::<u64>()
        && bytes / 1024 / 1024 < LEAST_MB
    {
        return Ok(Verdict::skipped(format!(
            "the server has {} MB of memory: too little for it",
            bytes / 1024 / 1024
        )));
    }
    let joined = join(scene).await;
    let owner = scene.owner_at(scene.write_service());
    let drop = "drop table if exists pgherd_shared";
    scene.client.psql(&owner, &[drop]).await?;
    judge(&joined?)
}

/// What the server says of the plan, line by line, then the number of rows.
async fn join(scene: &Scene<'_>) -> Result<String> {
    let owner = scene.owner_at(scene.write_service());
    // No WAL: only this server's memory is meant.
    let create = "create unlogged table pgherd_shared (text text not null)";
    let fill = format!(
        "insert into pgherd_shared select repeat(md5(number::text), 6) from generate_series(1, {ROWS}) as number"
    );
    let explain =
        format!("explain (analyze, costs off, timing off, summary off) select count(*) {JOIN}");
    let count = format!("select count(*) {JOIN}");
    let statements = [
        create,
        &fill,
        "analyze pgherd_shared",
        "set work_mem = '256MB'",
        "set max_parallel_workers_per_gather = 2",
        "set min_parallel_table_scan_size = 0",
        "set parallel_setup_cost = 0",
        "set parallel_tuple_cost = 0",
        "set enable_mergejoin = off",
        "set enable_nestloop = off",
        &explain,
        &count,
    ];
    Ok(scene.client.psql(&owner, &statements).await?)
}

fn judge(answer: &str) -> Result<Verdict> {
    let mut problems = Vec::new();
    if !answer.contains("Parallel Hash Join") {
        problems.push("the plan is not a parallel hash join".to_owned());
    }
    if answer.lines().last() != Some(&ROWS.to_string()) {
        problems.push("not every row was joined".into());
    }
    let used = answer.split_once("Memory Usage: ").map(|(_, rest)| rest);
    let used: u64 = used
        .and_then(|rest| rest.split_once("kB")?.0.parse().ok())
        .with_context(|| format!("no size of a hash table in: {answer}"))?;
    if used <= DEFAULT_KB {
        problems.push("that shows nothing".into());
    }
    let seen = format!("a hash table of {} MB", used / 1024);
    Ok(Verdict::from_problems(&problems, seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_shares_little_or_nothing_is_seen() {
        let answer = |plan: &str, used: u64, rows: u32| {
            format!("  ->  {plan}\n  Buckets: 524288  Batches: 1  Memory Usage: {used}kB\n{rows}")
        };
        let outcome = |text: &str| judge(text).map(|verdict| verdict.outcome);
        let right = answer("Parallel Hash Join", 90_000, ROWS);
        assert_eq!(outcome(&right).expect("a verdict"), Outcome::Passed);
        for wrong in [
            answer("Hash Join", 90_000, ROWS),
            answer("Parallel Hash Join", 60_000, ROWS),
            answer("Parallel Hash Join", 90_000, ROWS - 1),
        ] {
            assert_eq!(outcome(&wrong).expect("a verdict"), Outcome::Failed);
        }
        assert!(outcome("").is_err());
    }
}
