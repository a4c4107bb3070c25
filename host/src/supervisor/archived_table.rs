//! Runs done again, and the cost tables they had.

use super::folders::ARCHIVE_FILE;
use crate::cost::FrozenTable;
use crate::output::Console;
use crate::worker::spec::RunSpec;
use neurotrain_archive::open_run;
use neurotrain_plugin_api::{Error, Result};
use std::path::Path;

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
            let archived = FrozenTable::archived(kept)
                .map_err(|e| Error::bad_data(format!("{}: {e}", file.display())))?;
            // The text of an older program's table may be another one with the same figures.
            if archived.digest() != spec.cost.digest() {
                console.note(&format!(
                    "warning: spec.json of `{name}` has cost table {}, its archive {}: the archive's is used",
                    spec.cost.digest(),
                    kept.digest
                ));
            }
            spec.cost = archived;
        }
        Some(_) => {}
    }
    Ok(spec)
}
