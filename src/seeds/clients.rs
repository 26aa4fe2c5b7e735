//! Clients of a cluster while acts are done: writers through the Service and at every member, whoever leads, and readers. Each
//! keeps one session for as long as that lives, as applications do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::history::{History, Outcome, Read, Try};
use crate::session::{Row, Session, Target, connect};

/// The table that is written to.
pub(super) const TABLE: &str = "pgherd_seeds";
/// How long a client waits for an answer before it gives its session up. It cancels nothing: a wait for a standby that is
/// cancelled counts as a commit.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries of a writer through the Service, of one at a member, and of a reader.
const WRITES_EVERY: Duration = Duration::from_millis(15);
const PINNED_EVERY: Duration = Duration::from_millis(60);
const READS_EVERY: Duration = Duration::from_millis(120);
/// Before a session is tried again.
const AGAIN: Duration = Duration::from_millis(60);

/// Classes and codes of errors by which a server says that it did nothing: read-only, starting up or ending, no room, no
/// right, no such table.
const REFUSALS: [&str; 8] = ["25", "28", "40", "42", "53", "57P03", "3D", "0A"];

/// The clients of one sequence.
pub(super) struct Clients {
    history: Arc<Mutex<History>>,
    /// Why there was no session the last time that there was none.
    refusal: Arc<Mutex<String>>,
    started: Instant,
    stop: watch::Sender<bool>,
    all: JoinSet<()>,
}

/// Clients that write through the Service, twice, and at every member, by a clock that began then.
pub(super) fn start(
    started: Instant,
    write: &Target,
    read: &Target,
    members: Vec<Target>,
) -> Clients {
    let mut clients = Clients {
        history: Arc::default(),
        refusal: Arc::default(),
        started,
        stop: watch::Sender::new(false),
        all: JoinSet::new(),
    };
    for name in ["service-1", "service-2"] {
        clients.writes(name.into(), write.clone(), WRITES_EVERY);
    }
    for target in members {
        clients.writes(target.host.clone(), target, PINNED_EVERY);
    }
    clients.reads(read.clone());
    clients
}

impl Clients {
    /// How many rows the Service's clients had acknowledged since a time.
    pub(super) fn acknowledged_since(&self, since: f64) -> usize {
        let history = locked(&self.history);
        let tries = history.tries.iter().rev();
        let since = tries.take_while(|one| one.ended > since);
        since.filter(|one| is_through_service(one)).count()
    }

    /// Why there was no session the last time that there was none.
    pub(super) fn last_refusal(&self) -> String {
        let refusal = self.refusal.lock();
        refusal.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends all of them, and returns what they saw.
    pub(super) async fn stop(mut self) -> History {
        self.stop.send_replace(true);
        // Each waits for one answer at most, and that no longer than its patience.
        while self.all.join_next().await.is_some() {}
        std::mem::take(&mut *locked(&self.history))
    }

    fn writes(&mut self, name: String, target: Target, every: Duration) {
        let (history, started) = (self.history.clone(), self.started);
        let (stop, refusal) = (self.stop.subscribe(), self.refusal.clone());
        let now = move || started.elapsed().as_secs_f64();
        self.all.spawn(async move {
            let mut session: Option<Session> = None;
            let mut number = 0;
            while !*stop.borrow() {
                let open = match opened(session.take(), &target).await {
                    Ok(open) => open,
                    Err(error) => {
                        *refusal.lock().unwrap_or_else(PoisonError::into_inner) =
                            format!("{}: {error:#}", target.host);
                        tokio::time::sleep(AGAIN).await;
                        continue;
                    }
                };
                number += 1;
                let began = now();
                let outcome = write(&open, &name, number).await;
                let goes_on = !matches!(outcome, Outcome::Unknown(_)) && !open.has_ended();
                locked(&history).tries.push(Try {
                    key: (name.clone(), number),
                    began,
                    ended: now(),
                    outcome,
                });
                session = goes_on.then_some(open);
                tokio::time::sleep(every).await;
            }
        });
    }

    fn reads(&mut self, target: Target) {
        let (history, started) = (self.history.clone(), self.started);
        let stop = self.stop.subscribe();
        self.all.spawn(async move {
            let mut session: Option<Session> = None;
            while !*stop.borrow() {
                tokio::time::sleep(READS_EVERY).await;
                let Ok(open) = opened(session.take(), &target).await else {
                    continue;
                };
                let sql = format!(
                    "select host(inet_server_addr()) || ' since ' || pg_postmaster_start_time(), count(*) from {TABLE}"
                );
                if let Ok(Ok(rows)) = tokio::time::timeout(PATIENCE, open.rows(&sql)).await
                    && let Some((server, rows)) = read(&rows)
                {
                    let ended = started.elapsed().as_secs_f64();
                    locked(&history).reads.push(Read {
                        server,
                        rows,
                        ended,
                    });
                    session = Some(open);
                }
            }
        });
    }
}

fn is_through_service(one: &Try) -> bool {
    one.key.0.starts_with("service-") && matches!(one.outcome, Outcome::Acknowledged { .. })
}

/// The session that is there, or a new one.
async fn opened(session: Option<Session>, target: &Target) -> anyhow::Result<Session> {
    match session.filter(|session| !session.has_ended()) {
        Some(session) => Ok(session),
        None => connect(target).await,
    }
}

async fn write(session: &Session, name: &str, number: u64) -> Outcome {
    let sql = format!(
        "insert into {TABLE} values ('{name}', {number}) returning host(inet_server_addr()), \
         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int, \
         current_setting('synchronous_standby_names') <> ''"
    );
    // What was said before, as when the session began, is not about this row.
    session.was_warned();
    match tokio::time::timeout(PATIENCE, session.rows(&sql)).await {
        Err(_) => Outcome::Unknown(format!("no answer in {} s", PATIENCE.as_secs())),
        Ok(Ok(_)) if session.was_warned() => Outcome::Local,
        Ok(Ok(rows)) => match wrote(&rows) {
            Some(outcome) => outcome,
            None => Outcome::Unknown("no row came back".into()),
        },
        Ok(Err(error)) => match error.code().map(tokio_postgres::error::SqlState::code) {
            Some(code) if REFUSALS.iter().any(|one| code.starts_with(one)) => {
                Outcome::Refused(code.into())
            }
            code => Outcome::Unknown(code.map_or_else(|| error.to_string(), str::to_owned)),
        },
    }
}

fn wrote(rows: &[Row]) -> Option<Outcome> {
    let [server, timeline, waits] = rows.first()?.as_slice() else {
        return None;
    };
    Some(Outcome::Acknowledged {
        server: server.clone()?,
        timeline: timeline.as_ref()?.parse().ok()?,
        waits: waits.as_deref() == Some("t"),
    })
}

fn read(rows: &[Row]) -> Option<(String, u64)> {
    let [server, count] = rows.first()?.as_slice() else {
        return None;
    };
    Some((server.clone()?, count.as_ref()?.parse().ok()?))
}

fn locked(history: &Mutex<History>) -> std::sync::MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}
