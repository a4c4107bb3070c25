//! The jobs that are to be done, of which others may do some.

use super::member::Member;
use neurotrain_claims::{Claim, Taken};
use neurotrain_plugin_api::Result;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

/// Time between two looks at what others do.
const LOOK: Duration = Duration::from_secs(1);

/// Jobs by number. What is taken is held until it is over.
#[derive(Debug)]
pub(in crate::supervisor) struct Queue<'a> {
    /// None where nobody else can take part.
    member: Option<&'a Member>,
    waiting: VecDeque<usize>,
    /// Who has them.
    elsewhere: BTreeMap<usize, String>,
    held: HashMap<usize, Claim>,
    looked: Option<Instant>,
    /// Jobs that are started again, and are still held.
    again: Vec<usize>,
}

/// What is to be done now.
#[derive(Debug)]
pub(in crate::supervisor) enum Turn {
    /// This job.
    Start(usize),
    /// Nothing before others are ready.
    Wait,
    /// Nothing.
    Nothing,
    /// Nothing more: claims cannot be read or written.
    Failed(neurotrain_plugin_api::Error),
}

impl<'a> Queue<'a> {
    /// Jobs `0..count`.
    pub(in crate::supervisor) fn new(count: usize, member: Option<&'a Member>) -> Self {
        Queue {
            member,
            waiting: (0..count).collect(),
            elsewhere: BTreeMap::new(),
            held: HashMap::new(),
            looked: None,
            again: Vec::new(),
        }
    }

    /// The next job. `key` is its name among all supervisors; `settle` notes that another one has done it, if so.
    pub(in crate::supervisor) fn next(
        &mut self,
        key: &dyn Fn(usize) -> String,
        settle: &mut dyn FnMut(usize) -> bool,
    ) -> Turn {
        if let Some(job) = self.again.pop() {
            return Turn::Start(job);
        }
        let Some(member) = self.member else {
            return self.waiting.pop_front().map_or(Turn::Nothing, Turn::Start);
        };
        if !member.options().start {
            while let Some(job) = self.waiting.pop_front() {
                settle(job);
            }
            return Turn::Nothing;
        }
        match self.take(member, key, settle) {
            Ok(Some(job)) => Turn::Start(job),
            Ok(None) if self.elsewhere.is_empty() || !member.options().wait => Turn::Nothing,
            Ok(None) => Turn::Wait,
            Err(e) => {
                self.waiting.clear();
                self.elsewhere.clear();
                Turn::Failed(e)
            }
        }
    }

    fn take(
        &mut self,
        member: &Member,
        key: &dyn Fn(usize) -> String,
        settle: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<usize>> {
        loop {
            if self.waiting.is_empty() && !self.look(member, key, settle)? {
                return Ok(None);
            }
            let Some(job) = self.waiting.pop_front() else {
                return Ok(None);
            };
            match member.take(&key(job))? {
                Taken::Held(other) => {
                    self.elsewhere.insert(job, other.described());
                }
                // Only now nobody can be about to finish it.
                Taken::Mine(..) if settle(job) => {}
                Taken::Mine(claim, earlier) => {
                    if let Some(earlier) = earlier {
                        tracing::info!("{} is taken over from {}", claim.key(), earlier.described());
                    }
                    self.held.insert(job, claim);
                    return Ok(Some(job));
                }
            }
        }
    }

    /// Moves what others gave back to what is waiting; whether there is any.
    fn look(
        &mut self,
        member: &Member,
        key: &dyn Fn(usize) -> String,
        settle: &mut dyn FnMut(usize) -> bool,
    ) -> Result<bool> {
        let due = self.looked.is_none_or(|looked| looked.elapsed() >= LOOK);
        if self.elsewhere.is_empty() || !due {
            return Ok(false);
        }
        self.looked = Some(Instant::now());
        let at_work: HashSet<String> = member
            .list()?
            .into_iter()
            .filter(|claim| !claim.stale)
            .map(|claim| claim.key)
            .collect();
        self.elsewhere.retain(|job, _| {
            if at_work.contains(&key(*job)) {
                return true;
            }
            if !settle(*job) {
                self.waiting.push_back(*job);
            }
            false
        });
        Ok(!self.waiting.is_empty())
    }

    /// `job`, which ran here, is to be started once more.
    pub(in crate::supervisor) fn again(&mut self, job: usize) {
        self.again.push(job);
    }

    /// Another job has come up.
    pub(in crate::supervisor) fn push(&mut self, job: usize) {
        self.waiting.push_back(job);
    }

    /// Whether some job has not been looked at.
    pub(in crate::supervisor) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether another supervisor has taken over `job`, which runs here.
    pub(in crate::supervisor) fn lost(&self, job: usize) -> bool {
        self.held.get(&job).is_some_and(Claim::lost)
    }

    /// Whether `job` runs here.
    pub(in crate::supervisor) fn has(&self, job: usize) -> bool {
        self.held.contains_key(&job)
    }

    /// `job` is over, for good: all it leaves is written.
    pub(in crate::supervisor) fn release(&mut self, job: usize) {
        self.held.remove(&job);
    }

    /// `job`, which ran here, is somebody else's now.
    pub(in crate::supervisor) fn hand_over(&mut self, job: usize) {
        self.held.remove(&job);
        self.elsewhere.insert(job, "another supervisor".to_owned());
    }

    /// Who has `job`, if it is somebody else.
    pub(in crate::supervisor) fn holder(&self, job: usize) -> Option<&str> {
        self.elsewhere.get(&job).map(String::as_str)
    }
}
