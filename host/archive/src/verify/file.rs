//! Looking at one file.

use super::everything::read_everything;
use super::log::{contradictions, damage};
use crate::campaign_file::open_campaign;
use crate::digest;
use crate::read::{StoredRun, open_file, open_run};
use crate::run_log::LogContents;
use neurotrain_plugin_api::Error;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// The run, where it can be read.
    pub run: Option<StoredRun>,
    /// What is wrong; empty for a file that is what was written.
    pub flaws: Vec<Flaw>,
    /// Whether the whole file was compared with its digest in the log, so that not one bit can be wrong unnoticed.
    pub every_bit: bool,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flaw", content = "reason", rename_all = "kebab-case")]
pub enum Flaw {
    /// The archive is truncated, changed or damaged.
    Archive(String),
    /// The log is damaged.
    Log(String),
    /// Archive and log are whole, and contradict each other.
    Disagreement(String),
}

impl Flaw {
    /// What is wrong, in words.
    pub fn reason(&self) -> &str {
        match self {
            Flaw::Archive(reason) | Flaw::Log(reason) | Flaw::Disagreement(reason) => reason,
        }
    }
}

/// Checks the run file `path` against the digests in it, against its log where there is one, and reads all that the
/// library can check.
///
/// With the digest of the file in the log no changed bit goes unnoticed, and a changed file never reaches the HDF5
/// library. Without it, changes are found in weights and metrics (digests), in compressed arrays, and in most of the
/// structure (checksums of HDF5); not found are changes of texts (configuration, provenance, network) that leave them
/// readable, and of what was measured of the machine.
pub fn verify_run(path: &Path, log: Option<&LogContents>) -> Verdict {
    let mut verdict = Verdict::default();
    if let Some((bytes, sha256)) = log.and_then(LogContents::archived) {
        if let Err(reason) = compare_with_log(path, bytes, sha256) {
            verdict.flaws.push(Flaw::Archive(reason));
            verdict.flaws.extend(log.map(damage).unwrap_or_default());
            return verdict;
        }
        verdict.every_bit = true;
    }
    match read_all(path) {
        Ok(run) => {
            if let Some(log) = log
                && !run.record.rebuilt
            {
                verdict.flaws.extend(contradictions(&run.record, log));
            }
            verdict.run = Some(run);
        }
        Err(e) => {
            verdict.flaws.push(Flaw::Archive(e.message().to_owned()));
            verdict.flaws.extend(log.map(damage).unwrap_or_default());
        }
    }
    verdict
}

/// Checks the campaign file `path` and each run in it, weights included, by their digests; with links that is what they
/// lead to. Returns what is wrong, each with the run it concerns; none for the file itself.
pub fn verify_campaign(path: &Path) -> Vec<(Option<String>, Flaw)> {
    let flaw = |e: &Error| Flaw::Archive(e.message().to_owned());
    let campaign = match open_campaign(path) {
        Ok(campaign) => campaign,
        Err(e) => return vec![(None, flaw(&e))],
    };
    let mut flaws = Vec::new();
    for (place, run) in &campaign.runs {
        let read = match run {
            Ok(run) => run.read_parameters().map(drop).err(),
            Err(e) => Some(e.clone()),
        };
        flaws.extend(read.map(|e| (Some(place.clone()), flaw(&e))));
    }
    // What lies behind a broken link is told already.
    if flaws.is_empty() {
        let read = open_file(path).map_err(|e| e.message().to_owned());
        let read = read.and_then(|(file, bytes)| read_everything(&file, bytes));
        flaws.extend(read.err().map(|reason| (None, Flaw::Archive(reason))));
    }
    flaws
}

fn compare_with_log(path: &Path, bytes: u64, sha256: &str) -> Result<(), String> {
    let (found, digest) = digest::stored_sha256(path).map_err(|e| format!("it cannot be read: {e}"))?;
    if found < bytes {
        return Err(format!("it is truncated: {found} bytes of {bytes} are left"));
    }
    if found > bytes {
        return Err(format!("it has {found} bytes instead of {bytes}"));
    }
    if digest != sha256 {
        return Err("it was changed since it was written: its SHA-256 is not that in the log".to_owned());
    }
    Ok(())
}

fn read_all(path: &Path) -> Result<StoredRun, Error> {
    let run = open_run(path)?;
    let (file, bytes) = open_file(path)?;
    read_everything(&file, bytes).map_err(|reason| crate::error::corrupt(path, reason))?;
    run.read_parameters()?;
    Ok(run)
}
