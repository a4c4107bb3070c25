//! Which table a campaign uses.

use super::cache::cached_or_measured;
use super::frozen::{FrozenTable, described};
use neurotrain_kernels::cost::{CostTable, Machine};
use neurotrain_plugin_api::{Error, Result};
use std::fs::Permissions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The table of a campaign, in its folder.
pub(crate) const COST_TABLE_FILE: &str = "cost-table.json";

const HINT: &str = "give `auto`, `builtin` or a file that `neurotrain bench calibrate --write FILE` wrote";

/// The table that `wanted` (`auto`, `builtin` or a file) stands for, for a campaign in `folder`. With `auto` a campaign
/// that was begun keeps its table, so that what is finished need not be done again.
///
/// # Errors
/// When a named file cannot be read or holds no table.
pub(crate) fn resolve(wanted: &str, folder: &Path, note: &dyn Fn(&str)) -> Result<FrozenTable> {
    match wanted {
        "builtin" => Ok(FrozenTable::builtin()),
        "auto" => Ok(FrozenTable {
            origin: wanted.to_owned(),
            table: begun(&folder.join(COST_TABLE_FILE), note).unwrap_or_else(|| cached_or_measured(note)),
        }),
        file => Ok(FrozenTable {
            origin: file.to_owned(),
            table: read_table(Path::new(file))?,
        }),
    }
}

/// The same for one of several machines that share `folder`, which exists: the first to measure decides for all.
///
/// # Errors
/// Those of [`resolve`], and those of the file system.
pub(crate) fn resolve_together(wanted: &str, folder: &Path, note: &dyn Fn(&str)) -> Result<FrozenTable> {
    let own = resolve(wanted, folder, note)?;
    if wanted != "auto" {
        return Ok(own);
    }
    let file = folder.join(COST_TABLE_FILE);
    let mut aside = tempfile::Builder::new().prefix(".cost").tempfile_in(folder)?;
    aside.write_all(own.table.to_json().as_bytes())?;
    aside.as_file().set_permissions(Permissions::from_mode(0o644))?;
    match aside.persist_noclobber(&file) {
        Ok(_) => Ok(own),
        Err(e) if e.error.kind() == ErrorKind::AlreadyExists => resolve(wanted, folder, note),
        Err(e) => Err(e.error.into()),
    }
}

/// Reads a table that the user named.
///
/// # Errors
/// When the file cannot be read or holds no table.
pub(crate) fn read_table(file: &Path) -> Result<CostTable> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::new("bad-config", format!("`cost_table`: {shown} cannot be read: {e}")).with_hint(HINT)
    })?;
    CostTable::from_json(&text)
        .map_err(|e| Error::new("bad-config", format!("`cost_table`: {shown}: {e}")).with_hint(HINT))
}

/// The measured table that the campaign was begun with, unless it is of another version of the program.
fn begun(file: &Path, note: &dyn Fn(&str)) -> Option<CostTable> {
    let text = std::fs::read_to_string(file).ok()?;
    let table = match CostTable::from_json(&text) {
        Ok(table) => table,
        Err(e) => {
            note(&format!("warning: {} is ignored: {e}", file.display()));
            return None;
        }
    };
    let here = Machine::current();
    if table.is_builtin() || table.machine().version != here.version {
        return None;
    }
    if *table.machine() != here {
        note(&format!(
            "The campaign keeps the cost table that it was begun with, of another machine: {}.",
            described(table.machine())
        ));
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use neurotrain_kernels::cost::{CostTable, Machine};

    #[test]
    fn a_named_file_must_hold_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |name: &str| {
            let path = folder.path().join(name);
            let error = resolve(path.to_str().unwrap(), folder.path(), &|_| ()).unwrap_err();
            assert!(
                error.message().contains(name) && error.hint().contains("calibrate"),
                "{error}"
            );
            error.message().to_owned()
        };
        refused("absent.json");
        std::fs::write(folder.path().join("other.json"), r#"{"version": 9}"#).unwrap();
        assert!(refused("other.json").contains("version 9"));
        let path = folder.path().join("good.json");
        std::fs::write(&path, CostTable::builtin().to_json()).unwrap();
        let found = resolve(path.to_str().unwrap(), folder.path(), &|_| ()).unwrap();
        assert!(found.table.is_builtin() && found.origin.ends_with("good.json"));
    }

    #[test]
    fn a_begun_campaign_keeps_its_table() {
        let folder = tempfile::tempdir().unwrap();
        // As if measured: some figure differs from the built-in table.
        let text = CostTable::builtin()
            .to_json()
            .replacen("\"nanoseconds\":[", "\"nanoseconds\":[0.5,", 1);
        let text = text.replacen("\"elements\":[", "\"elements\":[1,", 1);
        let of = |version: &str| format!("\"version\":\"{version}\"");
        let built_in = CostTable::builtin().machine().version.clone();
        let text = text.replacen(&of(&built_in), &of(&Machine::current().version), 1);
        std::fs::write(folder.path().join(super::COST_TABLE_FILE), &text).unwrap();
        let found = resolve("auto", folder.path(), &|_| ()).unwrap();
        assert_eq!(found.table, CostTable::from_json(&text).unwrap());
    }
}
