//! Looking at a campaign's folder while others write there.

use super::attempt::Attempt;
use super::estimate::seconds_left;
use super::state::{Phase, RunState, Status, Study, Supervisor, Totals};
use crate::supervisor::folders::RunFolders;
use crate::supervisor::together::{CLAIMS_FOLDER, PLAN_FILE, Planned, PlannedRun, is_membership};
use neurotrain_claims::{Listed, list};
use neurotrain_plugin_api::{Error, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Looks again and again; what is finished is read once.
#[derive(Debug)]
pub(in crate::campaign_commands) struct Viewer {
    folder: PathBuf,
    finished: HashMap<PathBuf, Attempt>,
}

impl Viewer {
    /// A viewer of the campaign in `folder`.
    ///
    /// # Errors
    /// When that is no folder of a campaign.
    pub(in crate::campaign_commands) fn new(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder)?;
        if !folder.join(PLAN_FILE).is_file() {
            return Err(Error::new(
                "usage",
                format!(
                    "{} is no folder of a campaign: it has no {PLAN_FILE}",
                    folder.display()
                ),
            )
            .with_hint(
                "give the folder that `neurotrain run` names at its end, for instance runs/quickstart",
            ));
        }
        Ok(Viewer {
            folder,
            finished: HashMap::new(),
        })
    }

    /// The state now.
    pub(in crate::campaign_commands) fn look(&mut self) -> Result<Status> {
        // Claims first: what is given back after this look has left its result before.
        let claims = list(&self.folder.join(CLAIMS_FOLDER))?;
        let planned = Planned::read(&self.folder)?;
        let attempts = RunFolders::of(&self.folder).attempts();
        let holders: HashMap<&str, &Listed> = claims
            .iter()
            .filter(|claim| !claim.stale)
            .map(|claim| (claim.key.as_str(), claim))
            .collect();
        let runs: Vec<RunState> = planned
            .runs
            .iter()
            .map(|run| {
                let mut ids = vec![run.id.as_str()];
                if run.searched {
                    // The winner's values give it another id.
                    let of_run =
                        |folders: &&Vec<PathBuf>| folders.iter().any(|f| RunFolders::is_of(f, &run.name));
                    ids.extend(
                        attempts
                            .iter()
                            .filter(|(_, f)| of_run(f))
                            .map(|(id, _)| id.as_str()),
                    );
                }
                let folders: Vec<PathBuf> = ids
                    .iter()
                    .filter_map(|id| attempts.get(*id))
                    .flatten()
                    .cloned()
                    .collect();
                let holder = ids.iter().find_map(|id| holders.get(id).copied());
                self.run(run, &folders, holder)
            })
            .collect();
        let supervisors: Vec<Supervisor> = claims.iter().filter_map(supervisor).collect();
        Ok(Status {
            campaign: planned.campaign,
            folder: self.folder.clone(),
            totals: Totals::count(runs.iter().map(|run| &run.phase)),
            seconds_left: seconds_left(&runs),
            supervisors,
            studies: self.studies(&holders)?,
            runs,
            broken: planned.broken,
        })
    }

    fn run(&mut self, run: &PlannedRun, folders: &[PathBuf], holder: Option<&Listed>) -> RunState {
        let attempts: Vec<Attempt> = folders.iter().map(|folder| self.attempt(folder)).collect();
        let begun = |attempt: &&Attempt| attempt.time.map(|(begin, _)| begin);
        let finished = attempts.iter().find(|attempt| attempt.phase == Phase::Finished);
        let latest = finished.or_else(|| attempts.iter().max_by_key(begun));
        let phase = match (holder, latest) {
            (_, Some(latest)) if latest.phase == Phase::Finished => Phase::Finished,
            (Some(holder), _) => Phase::Running {
                holder: holder.described(),
            },
            (None, Some(latest)) => latest.phase.clone(),
            (None, None) => Phase::Waiting,
        };
        let growing = matches!(phase, Phase::Running { .. }).then(OffsetDateTime::now_utc);
        RunState {
            name: run.name.clone(),
            group: run.group.clone(),
            id: run.id.clone(),
            epoch: latest.map_or(0, |latest| latest.epoch),
            epochs: run.epochs,
            attempts: attempts.len(),
            folder: latest.map(|latest| latest.folder.clone()),
            seconds: latest.and_then(|latest| latest.seconds(growing)),
            phase,
        }
    }

    fn attempt(&mut self, folder: &Path) -> Attempt {
        if let Some(known) = self.finished.get(folder) {
            return known.clone();
        }
        let attempt = Attempt::read(folder);
        if attempt.phase == Phase::Finished {
            self.finished.insert(folder.to_owned(), attempt.clone());
        }
        attempt
    }

    /// Searches: folders of trials below `studies`.
    fn studies(&mut self, holders: &HashMap<&str, &Listed>) -> Result<Vec<Study>> {
        let mut studies = Vec::new();
        for study in folders_in(&self.folder.join("studies")) {
            let mut phases = Vec::new();
            for trial in folders_in(&study.join("trials")) {
                let name = trial
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let id = name.rsplit_once('-').map_or(name.as_str(), |(_, id)| id);
                // A search is taken as a whole, or by a supervisor that does everything.
                let held = !holders.is_empty() && !id.is_empty();
                let phase = self.attempt(&trial).phase;
                phases.push(if held && phase == Phase::Stopped {
                    Phase::Running {
                        holder: String::new(),
                    }
                } else {
                    phase
                });
            }
            studies.push(Study {
                name: study
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                trials: Totals::count(&phases),
            });
        }
        Ok(studies)
    }
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn supervisor(claim: &Listed) -> Option<Supervisor> {
    let holder = claim.holder.as_ref().filter(|_| is_membership(&claim.key))?;
    Some(Supervisor {
        host: holder.host.clone(),
        pid: holder.pid,
        worker: holder.worker.clone(),
        since: holder.created.clone(),
        silent_seconds: claim.age.as_secs_f64(),
        lost: claim.stale,
    })
}
