//! Searches among several supervisors: one has a whole search, with all its trials, and each takes them one by one.

use super::member::Member;
use crate::report::RunResult;
use crate::supervisor::execute::result;
use crate::supervisor::folders::CampaignFolder;
use crate::supervisor::pool::JobEnd;
use crate::supervisor::studies::Searching;
use crate::worker::protocol::Failure;
use crate::worker::spec::RunSpec;
use neurotrain_claims::{Claim, Taken};
use neurotrain_plugin_api::Result;

/// A search that this supervisor does.
pub(in crate::supervisor) struct TakenSearch {
    /// The search.
    pub(in crate::supervisor) searching: Searching,
    /// It is this supervisor's as long as it has this; none where nobody else takes part.
    pub(in crate::supervisor) claim: Option<Claim>,
}

/// The searches of a campaign that are to be done: the runs that each one's winner is for.
pub(in crate::supervisor) struct Searches {
    left: Vec<Vec<RunSpec>>,
    /// The runs of searches that cannot be opened.
    broken: Vec<RunResult>,
    anew: bool,
}

impl Searches {
    /// `searched` are to be done, `anew` or where they were left.
    pub(in crate::supervisor) fn new(searched: Vec<Vec<RunSpec>>, anew: bool) -> Self {
        Searches {
            left: searched,
            broken: Vec::new(),
            anew,
        }
    }

    /// Opens those that this supervisor does now: all, or the first that nobody has where others take part.
    pub(in crate::supervisor) fn take(
        &mut self,
        folder: &CampaignFolder,
        member: &Member,
    ) -> Result<Vec<TakenSearch>> {
        let shared = member.options().mode.is_shared();
        let mut taken = Vec::new();
        let mut left = Vec::new();
        for finals in std::mem::take(&mut self.left) {
            if shared && !taken.is_empty() {
                left.push(finals);
                continue;
            }
            let claim = if shared {
                match member.take(&key(&finals))? {
                    Taken::Mine(claim, _) => Some(claim),
                    Taken::Held(_) => {
                        left.push(finals);
                        continue;
                    }
                }
            } else {
                None
            };
            match Searching::open(finals.clone(), folder, self.anew) {
                Ok(searching) => taken.push(TakenSearch { searching, claim }),
                Err(e) => {
                    // It costs its own runs alone.
                    let failed = || JobEnd::Failed(Failure::from(&e));
                    self.broken
                        .extend(finals.iter().map(|spec| result(spec, failed(), None)));
                }
            }
        }
        self.left = left;
        Ok(taken)
    }

    /// The runs of searches that others do.
    pub(in crate::supervisor) fn left(&self) -> impl Iterator<Item = &RunSpec> {
        self.left.iter().flatten()
    }

    /// What became of the runs of searches that could not be opened.
    pub(in crate::supervisor) fn broken(&mut self) -> Vec<RunResult> {
        std::mem::take(&mut self.broken)
    }

    /// Whether others do some.
    pub(in crate::supervisor) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }
}

/// The name of a search among supervisors: that of its study, whatever seeds its winner is for.
fn key(finals: &[RunSpec]) -> String {
    format!("search-{}", finals.first().map_or("", |base| &base.id))
}
