//! Runs done again, and the cost tables they had.

use super::folders::{ARCHIVE_FILE, CampaignFolder};
use crate::cost::FrozenTable;
use crate::output::Console;
use crate::worker::spec::RunSpec;
use neurotrain_archive::open_run;
use neurotrain_plugin_api::{Error, Result};
use std::path::Path;

/// What a user should know when runs of `specs` are in `folder` already, done with another table.
pub(super) fn other_tables(specs: &[RunSpec], folder: &CampaignFolder) -> Option<String> {
    let earlier: Vec<RunSpec> = folder
        .runs()
        .attempts()
        .into_values()
        .flatten()
        .filter_map(|folder| RunSpec::read(&folder).ok())
        .collect();
    let mut names: Vec<&str> = specs
        .iter()
        .filter(|spec| earlier.iter().any(|old| differs_by_table(spec, old)))
        .map(|spec| spec.experiment.name.as_str())
        .collect();
    names.dedup();
    let (first, others) = names.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let table = specs.first().map(|spec| spec.cost.digest()).unwrap_or_default();
    Some(format!(
        "warning: `{first}`{more} was run here with another cost table and is run again with table {table}: results may \
         differ by rounding (`--cost-table` chooses)"
    ))
}

fn differs_by_table(spec: &RunSpec, old: &RunSpec) -> bool {
    let parts = |s: &RunSpec| [&s.trainer, &s.model, &s.dataset].map(|part| part.sha256.clone());
    let (new, known) = (&spec.experiment, &old.experiment);
    spec.cost.table != old.cost.table
        && new.name == known.name
        && new.trainer_config == known.trainer_config
        && new.model_config == known.model_config
        && new.dataset_config == known.dataset_config
        && parts(spec) == parts(old)
}

/// `spec`, which `folder` holds, with the table that the archive there was made with.
pub(super) fn with_archived_table(mut spec: RunSpec, folder: &Path, console: &Console) -> Result<RunSpec> {
    let file = folder.join(ARCHIVE_FILE);
    if !file.exists() {
        return Ok(spec);
    }
    let Ok(run) = open_run(&file) else {
        // A damaged archive is a reason to repeat the run; the specification says how.
        return Ok(spec);
    };
    let name = &spec.experiment.name;
    match &run.record.provenance.cost_table {
        None => console.note(&format!(
            "warning: `{name}` was run by a program without cost tables and is repeated with table {} ({}): results may \
             differ by rounding",
            spec.cost.digest(),
            spec.cost.origin
        )),
        Some(kept) if kept.digest != spec.cost.digest() => {
            console.note(&format!(
                "warning: spec.json of `{name}` has cost table {}, its archive {}: the archive's is used",
                spec.cost.digest(),
                kept.digest
            ));
            spec.cost = FrozenTable::archived(kept)
                .map_err(|e| Error::bad_data(format!("{}: {e}", file.display())))?;
        }
        Some(_) => {}
    }
    Ok(spec)
}
