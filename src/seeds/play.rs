//! One sequence from its first row to the judgement: clients work, acts are done, everything heals, and what is left is
//! compared with what was acknowledged.

use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::StreamExt as _;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};

use super::act::{Act, Step, Wait};
use super::clients::{self, Clients};
use super::heal::{found, heal, take_back};
use super::history::{History, Judgement, judge, of_servers};
use super::moves::{self, Move};
use super::perform::injure;
use super::stage::Stage;
use crate::pause::BETWEEN_LOOKS;
use crate::topology;

/// Rows that have to be acknowledged before anything is done.
const FEWEST: usize = 5;
/// How long they may take.
const WRITING_WITHIN: Duration = Duration::from_secs(20);

/// What stands before an act's kind in files where it had no effect.
const NO_EFFECT: &str = "no effect: ";

/// An act that was done; in files a word, as there are ten thousands of them: `kill`, `no effect: kill`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Done {
    /// Its kind.
    pub kind: String,
    /// Whether it was shown to have taken effect.
    pub took: bool,
}

impl From<String> for Done {
    fn from(word: String) -> Done {
        match word.strip_prefix(NO_EFFECT) {
            Some(kind) => Done {
                kind: kind.into(),
                took: false,
            },
            None => Done {
                kind: word,
                took: true,
            },
        }
    }
}

impl From<Done> for String {
    fn from(done: Done) -> String {
        if done.took {
            done.kind
        } else {
            format!("{NO_EFFECT}{}", done.kind)
        }
    }
}

/// What came of a sequence.
pub(super) struct Played {
    /// The acts.
    pub(super) acts: Vec<Done>,
    /// The judgement.
    pub(super) judgement: Judgement,
    /// What clients saw.
    pub(super) history: History,
}

/// A command that works while other things are done: which act it is, and what came of it.
type Beside<'a> = FuturesUnordered<LocalBoxFuture<'a, (usize, Move, Result<String>)>>;

/// Plays steps.
///
/// # Errors
/// When clients cannot write even before the first act: nothing is shown by that.
pub(super) async fn play(stage: &Stage<'_>, steps: &[Step]) -> Result<Played> {
    stage.make_table().await?;
    let clients = begin(stage)?;
    let begun = written(stage, &clients).await;
    let mut acts = Vec::new();
    let healed = match begun {
        Ok(()) => Box::pin(healed(stage, &clients, steps, &mut acts)).await,
        Err(error) => {
            clients.stop().await;
            return Err(error);
        }
    };
    let mut history = clients.stop().await;
    stage.note("clients have ended");
    stage.promise.borrow().clone().tell(&mut history);
    let judgement = match healed {
        Ok(()) => found(stage).await.map(|found| judge(&history, &found)),
        Err(error) => Err(error),
    };
    let judgement = judgement.unwrap_or_else(|error| Judgement {
        broken: [vec![format!("{error:#}")], of_servers(&history)].concat(),
        ..Judgement::default()
    });
    Ok(Played {
        acts,
        judgement,
        history,
    })
}

fn begin(stage: &Stage<'_>) -> Result<Clients> {
    let services = topology::layout(&stage.cluster()).services;
    let members = stage.pods();
    let members: Result<Vec<_>> = members.iter().map(|pod| stage.at(pod)).collect();
    let (write, read) = (
        stage.target(&services.write)?,
        stage.target(&services.read)?,
    );
    Ok(clients::start(stage.started, &write, &read, members?))
}

async fn written(stage: &Stage<'_>, clients: &Clients) -> Result<()> {
    let deadline = Instant::now() + WRITING_WITHIN;
    while clients.acknowledged_since(0.0) < FEWEST {
        ensure!(
            Instant::now() < deadline,
            "no client can write before anything was done; last seen: {}",
            clients.last_refusal()
        );
        tokio::time::sleep(BETWEEN_LOOKS / 2).await;
    }
    stage.note("clients write");
    Ok(())
}

/// Does what the steps say, one after the other, and then all that it takes to be whole again.
async fn healed(
    stage: &Stage<'_>,
    clients: &Clients,
    steps: &[Step],
    acts: &mut Vec<Done>,
) -> Result<()> {
    let mut beside = Beside::new();
    let mut cut_off = None;
    for step in steps {
        let pause = tokio::time::sleep(Duration::from_millis(step.after));
        during(stage, &mut beside, acts, pause).await;
        let kind = step.act.kind().to_owned();
        acts.push(Done { kind, took: false });
        let number = acts.len() - 1;
        match command(&step.act) {
            None => {
                let done = injure(stage, &step.act);
                let done = during(stage, &mut beside, acts, done).await;
                note(stage, acts, number, done);
            }
            Some((order, Wait::Beside)) => {
                stage.note(format!("{order:?} begins"));
                let running = async move { (number, order, moves::run(stage, order).await) };
                beside.push(Box::pin(running));
            }
            Some((order, Wait::Ended)) => {
                let done = moves::run(stage, order);
                let done = during(stage, &mut beside, acts, done).await;
                note(stage, acts, number, done);
            }
            Some((order, Wait::CutOff(milliseconds))) => {
                let within = Duration::from_millis(milliseconds);
                let running = tokio::time::timeout(within, Box::pin(moves::run(stage, order)));
                let done = during(stage, &mut beside, acts, running).await;
                let done = done.unwrap_or_else(|_| {
                    cut_off = Some(again(order));
                    Ok(format!("{order:?} was cut off after {milliseconds} ms"))
                });
                note(stage, acts, number, done);
            }
        }
    }
    take_back(stage)?;
    stage.note("everything is taken back");
    let rest = async {
        // They have deadlines of their own.
        while let Some((number, order, done)) = beside.next().await {
            stage.note(format!("{order:?}, begun as act {}, ends", number + 1));
            note(stage, acts, number, done);
        }
    };
    rest.await;
    heal(stage, clients, cut_off).await
}

/// Does something while commands work that were begun before.
async fn during<T>(
    stage: &Stage<'_>,
    beside: &mut Beside<'_>,
    acts: &mut [Done],
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            Some((number, order, done)) = beside.next(), if !beside.is_empty() => {
                stage.note(format!("{order:?}, begun as act {}, ends", number + 1));
                note(stage, acts, number, done);
            }
        }
    }
}

fn note(stage: &Stage<'_>, acts: &mut [Done], number: usize, done: Result<String>) {
    let act = &mut acts[number];
    let words = match done {
        Ok(words) => {
            act.took = true;
            words
        }
        Err(error) => format!("no effect: {error:#}"),
    };
    stage.note(format!("{}: {words}", act.kind));
}

/// The command that an act is.
fn command(act: &Act) -> Option<(Move, Wait)> {
    match act {
        Act::Switchover(wait) => Some((Move::Switchover, *wait)),
        Act::Promote(wait) => Some((Move::Promote, *wait)),
        Act::Members(members, wait) => Some((Move::Members(*members), *wait)),
        Act::Durability(durability, wait) => Some((Move::Durability(*durability), *wait)),
        _ => None,
    }
}

/// The command by which one that was cut off is gone on with: the spec has its change already.
fn again(order: Move) -> Move {
    match order {
        Move::Members(_) | Move::Durability(_) => Move::Apply,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_words_in_files() {
        let done = |took| Done {
            kind: "much WAL".into(),
            took,
        };
        for (took, text) in [(true, "\"much WAL\""), (false, "\"no effect: much WAL\"")] {
            assert_eq!(serde_json::to_string(&done(took)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Done>(text).unwrap(), done(took));
        }
    }
}
