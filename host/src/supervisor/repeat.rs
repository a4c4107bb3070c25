//! Runs done again as their folders say.

use super::campaign::{LaunchOptions, exit_of, launch_all};
use super::folders::CampaignFolder;
use super::tables::with_archived_table;
use crate::cli::Exit;
use crate::output::Console;
use crate::process::Interrupts;
use crate::report::{Results, text};
use crate::worker::spec::RunSpec;
use neurotrain_plugin_api::{Error, Result};
use std::path::{Path, PathBuf};

/// Repeats the runs of `folders`, each into a new folder beside the old one.
pub(crate) fn repeat_runs(
    folders: &[PathBuf],
    options: &LaunchOptions,
    interrupts: &Interrupts,
    console: &Console,
) -> Result<Exit> {
    let mut by_campaign: Vec<(PathBuf, Vec<RunSpec>)> = Vec::new();
    for folder in folders {
        let spec = with_archived_table(RunSpec::read(folder)?, folder, console)?;
        let root = campaign_of(folder)?;
        match by_campaign.iter_mut().find(|(known, _)| *known == root) {
            Some((_, specs)) => specs.push(spec),
            None => by_campaign.push((root, vec![spec])),
        }
    }
    let mut exit = Exit::Done;
    for (root, specs) in by_campaign {
        let name = specs.first().map(|s| s.campaign.clone()).unwrap_or_default();
        let folder = CampaignFolder::existing(&root)?;
        let done = launch_all(specs, Vec::new(), &folder, options, &name, interrupts, console);
        console.print(&text(&Results {
            campaign: &name,
            folder: root,
            runs: &done.runs,
            searches: &[],
            skipped: &[],
            taken: None,
        }));
        match exit_of(&done.runs, done.interrupted) {
            Exit::Interrupted => return Ok(Exit::Interrupted),
            Exit::Done => {}
            other => exit = other,
        }
    }
    Ok(exit)
}

/// The campaign folder of a run folder `CAMPAIGN/runs/NAME`.
fn campaign_of(folder: &Path) -> Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    let runs = folder
        .parent()
        .filter(|parent| parent.file_name().is_some_and(|name| name == "runs"));
    runs.and_then(Path::parent).map(Path::to_owned).ok_or_else(|| {
        Error::new(
            "usage",
            format!("{} is not in the `runs` folder of a campaign", folder.display()),
        )
        .with_hint(
            "a repeated run goes into a new folder beside the old one; leave run folders where they are",
        )
    })
}
