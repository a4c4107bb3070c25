//! The supervisor's side: begins runs in children, as many at a time as will run, so that they are in each other's way as
//! they will be.

use super::child::Answer;
use super::cost::Cost;
use super::likeness::Likeness;
use super::{Conditions, Wanted};
use crate::process::{Launch, describe_exit, kill_group};
use crate::worker::Rehearsed;
use crate::worker::spec::SPEC_FILE;
use neurotrain_plugin_api::Result;
use std::collections::HashSet;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time that an estimate may take, however short the campaign.
const LEAST: Duration = Duration::from_secs(20);
/// A longer campaign may be estimated for so much of its time.
const SHARE: f64 = 0.05;
/// Longest time of one child.
const LONGEST: Duration = Duration::from_secs(30);

/// What a rehearsal gave, and the seconds that starting its process took; or why it gave nothing.
type Outcome = std::result::Result<(Rehearsed, f64), String>;

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    jobs: usize,
    longest: Duration,
}

impl Limits {
    pub(super) fn new(conditions: Conditions) -> Self {
        Limits {
            jobs: conditions.sharing.jobs.max(1),
            longest: conditions.stall.unwrap_or(LONGEST).min(LONGEST),
        }
    }
}

/// Begins one run of each kind among `wanted`; kinds for which no time is left have no answer.
pub(super) fn rehearse_all(wanted: &[&Wanted], limits: Limits) -> Vec<(Likeness, Outcome)> {
    let queue = in_order(wanted, limits.jobs);
    let state = Mutex::new(State {
        next: 0,
        answers: Vec::new(),
        worth: 0.0,
    });
    let started = Instant::now();
    let take = || {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = LEAST.as_secs_f64().max(SHARE * state.worth);
        let (likeness, one) = queue.get(state.next)?;
        state.next += 1;
        (started.elapsed().as_secs_f64() < allowed).then_some((likeness, *one))
    };
    let work = || {
        while let Some((likeness, one)) = take() {
            let outcome = one_child(one, limits.longest).unwrap_or_else(|e| Err(e.to_string()));
            let same = wanted
                .iter()
                .filter(|other| Likeness::of(&other.spec) == *likeness);
            let runs: u64 = same.map(|other| other.count).sum();
            let seconds = outcome
                .as_ref()
                .map_or(0.0, |taken| Cost::measured(taken.clone()).seconds(&one.spec));
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.worth += seconds * runs as f64 / limits.jobs as f64;
            state.answers.push((likeness.clone(), outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..limits.jobs.min(queue.len()) {
            scope.spawn(work);
        }
    });
    state.into_inner().unwrap_or_else(PoisonError::into_inner).answers
}

struct State {
    next: usize,
    answers: Vec<(Likeness, Outcome)>,
    /// Seconds of the campaign, as far as it is known.
    worth: f64,
}

/// Every kind once: first those that are like no other before, so that little is unknown when the time is over. Where
/// fewer kinds than jobs are wanted, some are begun several times: side by side is how they will run.
fn in_order<'a>(wanted: &[&'a Wanted], jobs: usize) -> Vec<(Likeness, &'a Wanted)> {
    let (mut known, mut new, mut similar) = (HashSet::new(), Vec::new(), Vec::new());
    for one in wanted {
        let likeness = Likeness::of(&one.spec);
        let is_similar = known.iter().any(|other: &Likeness| other.is_similar(&likeness));
        if known.insert(likeness.clone()) {
            if is_similar { &mut similar } else { &mut new }.push((likeness, *one));
        }
    }
    new.append(&mut similar);
    let runs: u64 = wanted.iter().map(|one| one.count).sum();
    let beside = jobs.min(usize::try_from(runs).unwrap_or(jobs));
    let distinct = new.len();
    for place in distinct..beside.max(distinct) {
        if let Some(again) = new.get(place % distinct.max(1)).cloned() {
            new.push(again);
        }
    }
    new
}

fn one_child(wanted: &Wanted, longest: Duration) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join(SPEC_FILE), wanted.spec.to_json()?)?;
    let started = Instant::now();
    let launch = Launch {
        verb: "__estimate",
        args: vec![folder.path().into()],
        threads: wanted.spec.threads,
        output: None,
        log_filter: "off".to_owned(),
    };
    let (child, orders, answers) = launch.start::<(), Answer>()?;
    let id = child.id();
    let (sender, inbox) = channel();
    let listener = std::thread::spawn(move || answers.for_each(|answer| drop(sender.send(answer))));
    let answer = inbox.recv_timeout(longest);
    let taken = started.elapsed().as_secs_f64();
    drop(orders);
    kill_group(id);
    let status = child.wait()?;
    let _ = listener.join();
    Ok(match answer {
        Ok(Answer::Rehearsed(rehearsed)) => {
            let process = (taken - rehearsed.whole_seconds).max(0.0);
            Ok((rehearsed, process))
        }
        Ok(Answer::Failed(failure)) => Err(failure.message),
        Err(RecvTimeoutError::Timeout) => Err(format!("no batches were done in {} s", longest.as_secs())),
        Err(RecvTimeoutError::Disconnected) => Err(format!("its process died of {}", describe_exit(status))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::tests::spec;
    use serde_json::json;

    fn wanted(rule: &str, lr: f64, count: u64) -> Wanted {
        let mut spec = spec(1);
        spec.experiment.trainer = rule.to_owned();
        spec.experiment.trainer_config.insert("lr".to_owned(), json!(lr));
        Wanted { spec, count }
    }

    fn order(wanted: &[Wanted], jobs: usize) -> Vec<String> {
        let wanted: Vec<&Wanted> = wanted.iter().collect();
        let queue = in_order(&wanted, jobs);
        let name = |one: &Wanted| {
            let experiment = &one.spec.experiment;
            format!("{} {}", experiment.trainer, experiment.trainer_config["lr"])
        };
        queue.iter().map(|(_, one)| name(one)).collect()
    }

    #[test]
    fn what_is_like_nothing_before_comes_first() {
        let all = [
            wanted("a", 0.1, 1),
            wanted("a", 0.2, 1),
            wanted("a", 0.1, 1),
            wanted("b", 0.1, 1),
        ];
        assert_eq!(order(&all, 2), ["a 0.1", "b 0.1", "a 0.2"]);
    }

    #[test]
    fn few_kinds_are_begun_side_by_side() {
        assert_eq!(order(&[wanted("a", 0.1, 5)], 3), ["a 0.1"; 3]);
        assert_eq!(order(&[wanted("a", 0.1, 2)], 3), ["a 0.1"; 2]);
        assert_eq!(order(&[], 3), [""; 0]);
    }
}
