//! Which clusters are looked at side by side: no more than were asked for, and never two that take the same fixed thing.

use std::future::Future;
use std::num::NonZeroUsize;

use futures::stream::{FuturesUnordered, StreamExt};

/// Runs each of them once, by its number: in their order, as far as what they take of fixed things is free. The first error
/// ends all.
pub(super) async fn side_by_side<F, E>(
    jobs: NonZeroUsize,
    taken: &[Vec<String>],
    run: impl Fn(usize) -> F,
) -> Result<(), E>
where
    F: Future<Output = Result<(), E>>,
{
    let mut waiting: Vec<usize> = (0..taken.len()).collect();
    let mut running: Vec<usize> = Vec::new();
    let mut ending = FuturesUnordered::new();
    loop {
        while running.len() < jobs.get() {
            let is_free = |one: &usize| running.iter().all(|other| differ(taken, *one, *other));
            let Some(position) = waiting.iter().position(is_free) else {
                break;
            };
            let number = waiting.remove(position);
            running.push(number);
            let done = run(number);
            ending.push(async move { (number, done.await) });
        }
        let Some((number, done)) = ending.next().await else {
            return Ok(());
        };
        done?;
        running.retain(|other| *other != number);
    }
}

/// Whether two take nothing that is the same.
fn differ(taken: &[Vec<String>], one: usize, other: usize) -> bool {
    !taken[one].iter().any(|thing| taken[other].contains(thing))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Who ran at the same time, each time that somebody began, and the order in which they began.
    async fn ran(jobs: usize, taken: &[&[&str]]) -> (Vec<Vec<usize>>, Vec<usize>) {
        let taken: Vec<Vec<String>> = (taken.iter())
            .map(|things| things.iter().map(|&one| one.to_owned()).collect())
            .collect();
        let inside = RefCell::new(Vec::new());
        let crowds: RefCell<Vec<Vec<usize>>> = RefCell::default();
        let began: RefCell<Vec<usize>> = RefCell::default();
        let run = |number: usize| {
            let (inside, crowds, began) = (&inside, &crowds, &began);
            async move {
                began.borrow_mut().push(number);
                inside.borrow_mut().push(number);
                crowds.borrow_mut().push(inside.borrow().clone());
                for _ in 0..=number {
                    tokio::task::yield_now().await;
                }
                inside.borrow_mut().retain(|other| *other != number);
                Ok::<_, String>(())
            }
        };
        let jobs = NonZeroUsize::new(jobs).unwrap();
        side_by_side(jobs, &taken, run).await.unwrap();
        (crowds.into_inner(), began.into_inner())
    }

    #[tokio::test]
    async fn as_many_as_asked_for_run_at_once_and_each_once() {
        let nothing: [&[&str]; 5] = [&[]; 5];
        let (crowds, began) = ran(1, &nothing).await;
        assert!(crowds.iter().all(|crowd| crowd.len() == 1), "{crowds:?}");
        assert_eq!(began, [0, 1, 2, 3, 4]);
        let (crowds, began) = ran(2, &nothing).await;
        assert_eq!(crowds.iter().map(Vec::len).max(), Some(2), "{crowds:?}");
        assert_eq!(began, [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn two_that_take_the_same_are_never_inside_together_and_another_goes_before() {
        let port: &[&str] = &["node port 32000"];
        let (crowds, began) = ran(2, &[port, port, &[], &["node port 32001"]]).await;
        assert_eq!(began[..2], [0, 2]);
        assert_eq!(began.len(), 4);
        let together = |crowd: &Vec<usize>| crowd.contains(&0) && crowd.contains(&1);
        assert!(!crowds.iter().any(together), "{crowds:?}");
    }

    #[tokio::test]
    async fn an_error_ends_all() {
        let taken = vec![Vec::new(); 3];
        let run = |number: usize| async move {
            if number == 1 {
                return Err("unfit");
            }
            std::future::pending().await
        };
        let jobs = NonZeroUsize::new(2).unwrap();
        assert_eq!(side_by_side(jobs, &taken, run).await, Err("unfit"));
    }
}
