//! What a campaign consists of, for those who look at its folder: the file `plan.json`.

use super::member::Member;
use crate::report::RunResult;
use crate::supervisor::folders::CampaignFolder;
use crate::worker::spec::RunSpec;
use neurotrain_plugin_api::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// Name of the file.
pub(crate) const PLAN_FILE: &str = "plan.json";

/// The runs of a campaign.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Planned {
    /// Name of the campaign.
    pub(crate) campaign: String,
    /// In order.
    pub(crate) runs: Vec<PlannedRun>,
    /// Names of experiments that cannot run.
    pub(crate) broken: Vec<String>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PlannedRun {
    /// Unique name.
    pub(crate) name: String,
    /// The name without the seed.
    pub(crate) group: String,
    /// Content hash.
    pub(crate) id: String,
    /// Epochs to train.
    pub(crate) epochs: u64,
    /// Whether a search decides its values, and so its id.
    pub(crate) searched: bool,
}

impl Planned {
    /// The plan of `campaign`.
    pub(crate) fn new(campaign: &str, specs: &[RunSpec], broken: &[RunResult]) -> Self {
        let run = |spec: &RunSpec| PlannedRun {
            name: spec.experiment.name.clone(),
            group: spec.experiment.group.clone(),
            id: spec.id.clone(),
            epochs: spec.experiment.runtime.epochs,
            searched: spec.experiment.search.is_some(),
        };
        Planned {
            campaign: campaign.to_owned(),
            runs: specs.iter().map(run).collect(),
            broken: broken.iter().map(|run| run.name.clone()).collect(),
        }
    }

    /// Reads it from the folder of a campaign.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(PLAN_FILE);
        let text = std::fs::read(&path)
            .map_err(|e| Error::from(e).context(format!("{} cannot be read", path.display())))?;
        serde_json::from_slice(&text)
            .map_err(|e| Error::from(e).context(format!("{} is no plan of a campaign", path.display())))
    }

    /// Leaves it in `folder`.
    pub(crate) fn write(&self, folder: &CampaignFolder) -> Result<()> {
        folder.write(PLAN_FILE, &(serde_json::to_string_pretty(self)? + "\n"))?;
        Ok(())
    }

    /// Refuses to join others that mean something else by the same names: every run would be done twice.
    pub(crate) fn agrees_with_others(&self, folder: &CampaignFolder, member: &Member) -> Result<()> {
        let Some(other) = member.others().first() else {
            return Ok(());
        };
        let Ok(theirs) = Planned::read(folder.path()) else {
            return Ok(());
        };
        let ids: HashMap<&str, &str> = theirs
            .runs
            .iter()
            .map(|run| (run.name.as_str(), run.id.as_str()))
            .collect();
        let differs = |run: &&PlannedRun| ids.get(run.name.as_str()).is_some_and(|id| *id != run.id);
        match self.runs.iter().find(differs) {
            None => Ok(()),
            Some(run) => Err(Error::new(
                "busy",
                format!(
                    "`{}` is another run here (id {}) than for {}, who is at work on {} (id {})",
                    run.name,
                    run.id,
                    other.described(),
                    folder.path().display(),
                    ids.get(run.name.as_str()).copied().unwrap_or_default()
                ),
            )
            .with_hint(
                "all machines need the same campaign, settings, plugins, data and cost table; `diff` the `spec.json` \
                 of runs, or give another folder with --out",
            )),
        }
    }
}
