//! What each attempt at a run has left.

use super::places::Place;
use crate::supervisor::folders::{ARCHIVE_FILE, METRICS_FILE};
use crate::worker::spec::SPEC_FILE;
use neurotrain_archive::{
    LogContents, LogRecord, RunLog, Status, StoredCampaign, StoredRun, open_campaign, open_run,
};
use neurotrain_plugin_api::Error;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One attempt at a run.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Name of the experiment.
    pub(super) name: String,
    /// Id of the run; empty where nothing tells it.
    pub(super) id: String,
    /// The search it is a trial of; empty for none.
    pub(super) study: String,
    /// The folder, which a file that was named alone has not.
    pub(super) folder: Option<PathBuf>,
    /// The archive, or where it should be.
    pub(super) file: PathBuf,
    /// What is there.
    pub(super) state: State,
}

/// What an attempt has left.
#[derive(Debug)]
pub(super) enum State {
    /// An archive that opens.
    Archived(Box<StoredRun>),
    /// An archive that does not.
    Damaged(Error),
    /// It is still going on.
    Running,
    /// It ended without an archive, after so many epochs.
    Interrupted {
        /// Epochs in the log.
        epochs: usize,
    },
}

/// Looks at every place; `None` of them keeps the others from being looked at.
pub(super) fn attempts(places: &[Place]) -> Vec<Attempt> {
    places
        .iter()
        .flat_map(|place| match place {
            Place::Campaign(_) => Vec::new(),
            Place::Run { folder, study } => vec![in_folder(folder, study)],
            Place::File(file) => vec![lone(file)],
            Place::CampaignFile(file) => in_file(file),
        })
        .collect()
}

impl Attempt {
    /// The run, if its archive opens.
    pub(super) fn run(&self) -> Option<&StoredRun> {
        match &self.state {
            State::Archived(run) => Some(run),
            _ => None,
        }
    }

    /// Whether its archive opens and says that the run is complete.
    pub(super) fn complete(&self) -> bool {
        self.run()
            .is_some_and(|run| run.record.status == Status::Completed)
    }

    /// In a word.
    pub(super) fn status(&self) -> &'static str {
        match &self.state {
            State::Archived(run) if run.record.rebuilt => "rebuilt",
            State::Archived(run) => run.record.status.name(),
            State::Damaged(_) => "damaged",
            State::Running => "running",
            State::Interrupted { .. } => "interrupted",
        }
    }

    /// Why it is not complete.
    pub(super) fn reason(&self) -> String {
        match &self.state {
            State::Archived(run) => match run.record.status.reason() {
                "" => String::new(),
                reason => format!("it failed: {reason}"),
            },
            State::Damaged(e) => e.message().to_owned(),
            State::Running => "it is still running".to_owned(),
            State::Interrupted { epochs } => format!("it was interrupted after {}", counted_epochs(*epochs)),
        }
    }
}

/// `1 epoch`, `2 epochs`.
pub(super) fn counted_epochs(count: usize) -> String {
    if count == 1 {
        "1 epoch".to_owned()
    } else {
        format!("{count} epochs")
    }
}

fn in_folder(folder: &Path, study: &str) -> Attempt {
    let file = folder.join(ARCHIVE_FILE);
    let log_file = folder.join(METRICS_FILE);
    let state = match file.exists() {
        true => opened(&file),
        false if RunLog::in_use(&log_file) => State::Running,
        false => State::Interrupted {
            epochs: RunLog::read(&log_file).map_or(0, |log| epochs_in(&log)),
        },
    };
    let (name, id) = match &state {
        State::Archived(run) => (run.record.name.clone(), run.record.run_id.clone()),
        _ => told_by(folder),
    };
    Attempt {
        name,
        id,
        study: study.to_owned(),
        folder: Some(folder.to_owned()),
        file,
        state,
    }
}

fn lone(file: &Path) -> Attempt {
    let state = opened(file);
    let (name, id) = match &state {
        State::Archived(run) => (run.record.name.clone(), run.record.run_id.clone()),
        _ => (file.display().to_string(), String::new()),
    };
    let beside = file.parent().filter(|folder| folder.join(METRICS_FILE).is_file());
    Attempt {
        name,
        id,
        study: String::new(),
        folder: beside
            .filter(|_| file.file_name().is_some_and(|name| name == ARCHIVE_FILE))
            .map(Path::to_owned),
        file: file.to_owned(),
        state,
    }
}

fn in_file(file: &Path) -> Vec<Attempt> {
    let attempt = |name: String, study: String, state: State| Attempt {
        id: match &state {
            State::Archived(run) => run.record.run_id.clone(),
            _ => String::new(),
        },
        name,
        study,
        folder: None,
        file: file.to_owned(),
        state,
    };
    match open_campaign(file) {
        Err(e) => vec![attempt(
            file.display().to_string(),
            String::new(),
            State::Damaged(e),
        )],
        Ok(campaign) => campaign
            .runs
            .into_iter()
            .map(|(place, run)| {
                let study = StoredCampaign::study_of(&place).to_owned();
                match run {
                    Ok(run) => attempt(run.record.name.clone(), study, State::Archived(Box::new(run))),
                    Err(e) => attempt(place, study, State::Damaged(e)),
                }
            })
            .collect(),
    }
}

fn opened(file: &Path) -> State {
    match open_run(file) {
        Ok(run) => State::Archived(Box::new(run)),
        Err(e) => State::Damaged(e),
    }
}

/// Name and id of a run without an archive: from its specification, its log, or the name of its folder.
fn told_by(folder: &Path) -> (String, String) {
    let spec = std::fs::read_to_string(folder.join(SPEC_FILE)).ok();
    let spec = spec.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let told = spec.and_then(|spec| Some((word(&spec["experiment"]["name"])?, word(&spec["id"])?)));
    told.or_else(|| {
        let log = RunLog::read(&folder.join(METRICS_FILE)).ok()?;
        log.entries.into_iter().find_map(|entry| match entry.record {
            LogRecord::Started { name, run_id, .. } => Some((name, run_id)),
            _ => None,
        })
    })
    .unwrap_or_else(|| {
        let folder = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match folder.rsplit_once('-') {
            Some((name, id)) => (name.to_owned(), id.split('.').next().unwrap_or(id).to_owned()),
            None => (folder, String::new()),
        }
    })
}

fn epochs_in(log: &LogContents) -> usize {
    let epochs = log.entries.iter();
    epochs
        .filter(|entry| matches!(entry.record, LogRecord::Epoch { .. }))
        .count()
}
