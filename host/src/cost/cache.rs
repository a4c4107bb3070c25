//! The measured table of this machine, in the user's cache folder.

use super::frozen::{described, digest};
use crate::process::keep_freed_memory;
use neurotrain_discovery::cache_folder;
use neurotrain_kernels::cost::{CostTable, Machine, calibrate};
use neurotrain_plugin_api::{Error, Result};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that measuring may take, about.
const BUDGET: Duration = Duration::from_millis(2500);

/// The table of this machine; measured if there is none. `note` gets a line for the user whenever something is done.
pub(crate) fn cached_or_measured(note: &dyn Fn(&str)) -> CostTable {
    let file = cache_file(&Machine::current());
    match file.as_deref().map(load) {
        Some(Ok(Some(table))) => return table,
        Some(Err(why)) => note(&format!("warning: {why}; measuring again")),
        _ => {}
    }
    note(
        "Measuring what products cost on this machine, once, for about 5 seconds (`--cost-table builtin` does without).",
    );
    keep_freed_memory();
    let table = calibrate(BUDGET);
    let Some(file) = file else { return table };
    // Whoever was first is right, so that campaigns started together get the same table.
    match load(&file) {
        Ok(Some(other)) => other,
        _ => {
            if let Err(e) = store(&file, &table) {
                note(&format!("warning: the cost table is not kept: {e}"));
            }
            table
        }
    }
}

/// Measures, and replaces the table of this machine; the path is where it is kept, if anywhere.
///
/// # Errors
/// When the cache folder cannot be written.
pub(crate) fn measure_and_store(budget: Option<Duration>) -> Result<(CostTable, Option<PathBuf>)> {
    keep_freed_memory();
    let table = calibrate(budget.unwrap_or(BUDGET));
    let file = cache_file(table.machine());
    if let Some(file) = &file {
        store(file, &table)?;
    }
    Ok((table, file))
}

/// The table of this machine if it was measured, and its file.
///
/// # Errors
/// When the file is there and damaged.
pub(crate) fn stored() -> Result<Option<(CostTable, PathBuf)>> {
    let Some(file) = cache_file(&Machine::current()) else {
        return Ok(None);
    };
    let table =
        load(&file).map_err(|why| Error::bad_data(why).with_hint("run `neurotrain bench calibrate`"))?;
    Ok(table.map(|table| (table, file)))
}

/// One file per processor, instruction set and program: home folders are shared among machines.
fn cache_file(machine: &Machine) -> Option<PathBuf> {
    let key: String = Sha256::digest(described(machine))
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(cache_folder()?.join(format!("cost-table-{key}.json")))
}

/// `None` where there is no file; the reason why there is no table in it.
fn load(file: &Path) -> std::result::Result<Option<CostTable>, String> {
    let ignored =
        |why: &dyn std::fmt::Display| format!("the cost table in {} is ignored: {why}", file.display());
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(ignored(&e)),
    };
    CostTable::from_json(&text).map(Some).map_err(|e| ignored(&e))
}

/// Written aside and renamed, so that others see the old table or the new one.
fn store(file: &Path, table: &CostTable) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let write = || {
        std::fs::create_dir_all(folder)?;
        let mut aside = tempfile::NamedTempFile::new_in(folder)?;
        aside.write_all(table.to_json().as_bytes())?;
        aside.as_file().sync_data()?;
        aside.persist(file).map_err(|e| e.error)
    };
    write().map_err(|e| Error::from(e).context(format!("{} cannot be written", file.display())))?;
    tracing::debug!("cost table {} in {}", digest(table), file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{load, store};
    use neurotrain_kernels::cost::CostTable;

    #[test]
    fn kept_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sub/table.json");
        assert_eq!(load(&file), Ok(None));
        store(&file, &CostTable::builtin()).unwrap();
        assert_eq!(load(&file), Ok(Some(CostTable::builtin())));
        std::fs::write(&file, "{\"version\":1,").unwrap();
        let why = load(&file).unwrap_err();
        assert!(why.contains("table.json") && why.contains("ignored"), "{why}");
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}
