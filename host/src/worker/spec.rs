//! What a worker is told to do: the file `spec.json` of a run's folder.

use crate::cost::FrozenTable;
use crate::runtime::DataSearch;
use neurotrain_campaign::Experiment;
use neurotrain_plugin_api::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the file.
pub(crate) const SPEC_FILE: &str = "spec.json";
/// Version of its format.
const FORMAT: u32 = 1;

/// A run, complete: the same file gives the same result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunSpec {
    /// Version of this format.
    pub(crate) format: u32,
    /// Hash of everything that decides the result.
    pub(crate) id: String,
    /// The campaign it belongs to.
    pub(crate) campaign: String,
    /// The resolved experiment.
    pub(crate) experiment: Experiment,
    /// The file of the trainer's plugin.
    pub(crate) trainer: PluginFile,
    /// The file of the model's plugin.
    pub(crate) model: PluginFile,
    /// The file of the data set's plugin.
    pub(crate) dataset: PluginFile,
    /// Where data are looked for.
    pub(crate) data: DataSearch,
    /// Threads.
    pub(crate) threads: usize,
    /// The campaign as its author wrote it, and its format.
    pub(crate) requested: (String, String),
    /// What decides between dense and event-driven products. Programs before it had one rule for all machines.
    #[serde(default = "FrozenTable::builtin")]
    pub(crate) cost: FrozenTable,
    /// Hash of the data, one of the things that decide the result. Programs before it did not keep it.
    #[serde(default)]
    pub(crate) data_hash: String,
    /// The trial that this run is, if it is one.
    #[serde(default)]
    pub(crate) trial: Option<Trial>,
    /// The search that chose the configuration, for the archive.
    #[serde(default)]
    pub(crate) chosen_by: Option<Value>,
    /// Checkpoints of earlier attempts, best first.
    #[serde(default)]
    pub(crate) checkpoints: Vec<PathBuf>,
}

/// A run as one trial of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trial {
    /// Name of the study.
    pub(crate) study: String,
    /// Number of the trial.
    pub(crate) number: u64,
    /// Whether it waits after every epoch for the word that it may go on.
    pub(crate) judged: bool,
    /// Whether it is done again for its own sake: its study takes no notice.
    #[serde(default)]
    pub(crate) repeated: bool,
}

/// A plugin file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct PluginFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Package name.
    pub(crate) name: String,
    /// Package version.
    pub(crate) version: String,
    /// SHA-256 of the file, hexadecimal.
    pub(crate) sha256: String,
}

impl RunSpec {
    /// A run on one thread; `data_hash` stands for the data.
    pub(crate) fn new(
        campaign: &str,
        experiment: Experiment,
        [trainer, model, dataset]: [PluginFile; 3],
        (data, data_hash): (DataSearch, String),
        requested: (String, String),
        cost: FrozenTable,
    ) -> Self {
        let mut spec = RunSpec {
            format: FORMAT,
            id: String::new(),
            campaign: campaign.to_owned(),
            experiment,
            trainer,
            model,
            dataset,
            data,
            threads: 1,
            requested,
            cost,
            data_hash,
            trial: None,
            chosen_by: None,
            checkpoints: Vec::new(),
        };
        spec.identify();
        spec
    }

    /// Computes the id anew, after a change.
    pub(crate) fn identify(&mut self) {
        self.id = self.experiment.id(&self.deciding_hashes(), &self.data_hash);
    }

    /// What decides a result beside configuration and data: the plugins, the engine's version, the cost table unless it
    /// is the one of that version, and the trial that the run is, which ends without a test.
    fn deciding_hashes(&self) -> BTreeMap<String, String> {
        let measured = (!self.cost.table.is_builtin()).then(|| ("cost-table", self.cost.digest()));
        // Trials with the same values are runs of their own, since what is pruned depends on the number.
        let trial = self
            .trial
            .as_ref()
            .map(|trial| ("trial", format!("{} of {}", trial.number, trial.study)));
        [
            ("trainer", self.trainer.sha256.clone()),
            ("model", self.model.sha256.clone()),
            ("dataset", self.dataset.sha256.clone()),
            ("host", env!("CARGO_PKG_VERSION").to_owned()),
        ]
        .into_iter()
        .chain(measured)
        .chain(trial)
        .map(|(role, hash)| (role.to_owned(), hash))
        .collect()
    }

    /// Reads `folder/spec.json`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(SPEC_FILE);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Error::from(e)
                .context(format!("{} cannot be read", path.display()))
                .with_hint("give the folder of a run: it holds spec.json, run.log and run.h5")
        })?;
        let spec: RunSpec = serde_json::from_str(&text)
            .map_err(|e| Error::from(e).context(format!("{} is no run specification", path.display())))?;
        if spec.format != FORMAT {
            return Err(Error::new(
                "unsupported",
                format!(
                    "{} has format {}, this program reads {FORMAT}",
                    path.display(),
                    spec.format
                ),
            ));
        }
        Ok(spec)
    }

    /// As the file holds it.
    pub(crate) fn to_json(&self) -> Result<String> {
        let mut value = serde_json::to_value(self)?;
        // A thousand figures, kept out of the readable part.
        let cost = value.as_object_mut().and_then(|fields| fields.remove("cost"));
        let readable = serde_json::to_string_pretty(&value)?;
        let body = readable.strip_suffix("\n}").unwrap_or(&readable);
        Ok(format!(
            "{body},\n  \"cost\": {}\n}}\n",
            serde_json::to_string(&cost)?
        ))
    }
}
