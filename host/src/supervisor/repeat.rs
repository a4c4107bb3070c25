//! Runs done again as their folders say.

use super::archived_table::with_archived_table;
use super::campaign::exit_of;
use super::folders::RunFolders;
use super::launch::{LaunchOptions, Site, launch_all};
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
    let mut by_place: Vec<(PathBuf, Vec<RunSpec>)> = Vec::new();
    for folder in folders {
        let mut spec = with_archived_table(RunSpec::read(folder)?, folder, console)?;
        if let Some(trial) = &mut spec.trial {
            (trial.judged, trial.repeated) = (false, true);
        }
        let place = place_of(folder)?;
        match by_place.iter_mut().find(|(known, _)| *known == place) {
            Some((_, specs)) => specs.push(spec),
            None => by_place.push((place, vec![spec])),
        }
    }
    let mut exit = Exit::Done;
    for (place, specs) in by_place {
        let name = specs.first().map(|s| s.campaign.clone()).unwrap_or_default();
        let runs = RunFolders::create(place.clone())?;
        let site = Site {
            folders: &runs,
            member: None,
            options,
            interrupts,
            console,
        };
        let done = launch_all(specs, Vec::new(), &name, site);
        console.print(&text(&Results {
            campaign: &name,
            folder: place,
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

/// The folder that a run folder `CAMPAIGN/runs/NAME`, or that of a trial, is in.
fn place_of(folder: &Path) -> Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    let place = folder.parent().filter(|parent| {
        parent
            .file_name()
            .is_some_and(|name| name == "runs" || name == "trials")
    });
    place.map(Path::to_owned).ok_or_else(|| {
        Error::new(
            "usage",
            format!(
                "{} is not in the `runs` folder of a campaign, or the `trials` folder of a study",
                folder.display()
            ),
        )
        .with_hint(
            "a repeated run goes into a new folder beside the old one; leave run folders where they are",
        )
    })
}
