//! Reading a campaign file.

use super::{CONVENTIONS, RUN, SCHEMA_VERSION, STUDIES, SUMMARY};
use crate::error;
use crate::h5;
use crate::read::{StoredRun, check_layout, open_file, open_group, open_run};
use neurotrain_plugin_api::Result;
use std::path::{Path, PathBuf};

/// The runs of a campaign file, those that can be read and those that cannot.
#[derive(Debug)]
pub struct StoredCampaign {
    /// The file.
    pub path: PathBuf,
    /// Name of the campaign.
    pub name: String,
    /// Each run by its path in the file, in the order of the table.
    pub runs: Vec<(String, Result<StoredRun>)>,
}

/// Reads a campaign file, links included. A run that cannot be read does not keep the others from being read.
///
/// # Errors
/// As [`open_run`], for the file itself.
pub fn open_campaign(path: &Path) -> Result<StoredCampaign> {
    let (file, bytes) = open_file(path)?;
    check_layout(path, &file, CONVENTIONS, SCHEMA_VERSION)?;
    let damaged = |e: hdf5::Error| error::corrupt(path, format!("the table of runs cannot be read: {e}"));
    let name = h5::text_attribute(&file, "campaign").map_err(damaged)?;
    let group = file.group(SUMMARY).map_err(damaged)?;
    let places = h5::texts(&group, RUN).map_err(damaged)?;
    let runs = places
        .into_iter()
        .map(|place| {
            let run = open_group(path, &file, &place, bytes).map_err(|e| e.context(format!("run `{place}`")));
            (place, run)
        })
        .collect();
    Ok(StoredCampaign {
        path: path.to_owned(),
        name,
        runs,
    })
}

/// Every run of a file, be it of one run or of a campaign.
///
/// # Errors
/// As [`open_run`]; the first run that cannot be read is the error.
pub fn open_runs(path: &Path) -> Result<Vec<StoredRun>> {
    if is_campaign(path) {
        open_campaign(path)?
            .runs
            .into_iter()
            .map(|(_, run)| run)
            .collect()
    } else {
        open_run(path).map(|run| vec![run])
    }
}

impl StoredCampaign {
    /// The search that the run at `place` is a trial of; empty for a run of the campaign itself.
    pub fn study_of(place: &str) -> &str {
        place
            .strip_prefix(STUDIES)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|rest| rest.split_once('/'))
            .map_or("", |(study, _)| study)
    }

    /// Whether `path` is a campaign file, as far as its first attribute tells.
    pub fn is_at(path: &Path) -> bool {
        is_campaign(path)
    }
}

fn is_campaign(path: &Path) -> bool {
    let conventions = || -> Result<Option<String>> {
        let (file, _) = open_file(path)?;
        h5::optional_text_attribute(&file, "Conventions").map_err(|e| error::corrupt(path, e))
    };
    matches!(conventions(), Ok(Some(found)) if found == CONVENTIONS)
}
