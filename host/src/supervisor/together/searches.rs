//! Searches among several supervisors: one has a whole search, with all its trials, and each takes them one by one.

use super::member::Member;
use crate::supervisor::folders::CampaignFolder;
use crate::supervisor::studies::Searching;
use crate::worker::spec::RunSpec;
use neurotrain_claims::{Claim, Taken};
use neurotrain_plugin_api::Result;
use sha2::{Digest, Sha256};

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
    anew: bool,
}

impl Searches {
    /// `searched` are to be done, `anew` or where they were left.
    pub(in crate::supervisor) fn new(searched: Vec<Vec<RunSpec>>, anew: bool) -> Self {
        Searches { left: searched, anew }
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
            taken.push(TakenSearch {
                searching: Searching::open(finals, folder, self.anew)?,
                claim,
            });
        }
        self.left = left;
        Ok(taken)
    }

    /// The runs of searches that others do.
    pub(in crate::supervisor) fn left(&self) -> impl Iterator<Item = &RunSpec> {
        self.left.iter().flatten()
    }

    /// Whether others do some.
    pub(in crate::supervisor) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }
}

/// The name of a search among supervisors.
fn key(finals: &[RunSpec]) -> String {
    let mut hash = Sha256::new();
    for spec in finals {
        hash.update(format!("{}\n", spec.id));
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("search-{digest}")
}
