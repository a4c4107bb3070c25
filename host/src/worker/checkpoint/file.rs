//! The file of a checkpoint: safetensors, with a digest of all that is in it.

use super::{Reached, Snapshot};
use neurotrain_plugin_api::{Error, Result};
use safetensors::{SafeTensors, serialize_to_file};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Its name in a run's folder.
pub(crate) const FILE: &str = "checkpoint.safetensors";
/// Version of its format.
const FORMAT: &str = "neurotrain-checkpoint/2";
/// What the names of the best epoch's arrays begin with.
const BEST: &str = "best.";

/// What a checkpoint holds.
pub(crate) struct Saved {
    /// How far the run had come.
    pub(crate) reached: Reached,
    /// Weights and rule as they were.
    pub(crate) now: Snapshot,
    /// As they were after the best epoch, where the run keeps that one.
    pub(crate) best: Option<Snapshot>,
}

/// Writes `folder/checkpoint.safetensors` aside and renames it.
///
/// # Errors
/// Those of the file system; an earlier checkpoint stays as it is.
pub(crate) fn write(folder: &Path, reached: &Reached, now: &Snapshot, best: Option<&Snapshot>) -> Result<()> {
    let path = folder.join(FILE);
    write_to(&path, folder, reached, now, best)
        .map_err(|e| e.context(format!("{} cannot be written", path.display())))
}

fn write_to(
    path: &Path,
    folder: &Path,
    reached: &Reached,
    now: &Snapshot,
    best: Option<&Snapshot>,
) -> Result<()> {
    let mut texts = BTreeMap::from([
        ("format".to_owned(), FORMAT.to_owned()),
        ("reached".to_owned(), serde_json::to_string(reached)?),
    ]);
    let mut arrays = BTreeMap::new();
    for (prefix, snapshot) in [("", Some(now)), (BEST, best)] {
        if let Some(snapshot) = snapshot {
            texts.insert(format!("{prefix}rule"), snapshot.entries()?);
            arrays.extend(snapshot.arrays(prefix));
        }
    }
    let digest = digest(&texts, arrays.iter().map(|(name, a)| (name.as_str(), a.bytes())));
    texts.insert("sha256".to_owned(), digest);
    let aside = tempfile::Builder::new()
        .prefix(".checkpoint")
        .tempfile_in(folder)?;
    let metadata: HashMap<String, String> = texts.into_iter().collect();
    serialize_to_file(arrays, Some(metadata), aside.path()).map_err(|e| Error::new("io", e.to_string()))?;
    let file = std::fs::File::open(aside.path())?;
    file.sync_all()?;
    aside.persist(path).map_err(|e| Error::from(e.error))?;
    // The name reaches the disk with its folder.
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// `bad-checkpoint` when the file is not whole, was changed, or is of another version.
pub(crate) fn read(path: &Path) -> Result<Saved> {
    let bad = |what: String| Error::new("bad-checkpoint", format!("{}: {what}", path.display()));
    let bytes = std::fs::read(path)?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
    let arrays = SafeTensors::deserialize(&bytes).map_err(|e| bad(e.to_string()))?;
    let mut texts: BTreeMap<String, String> = header
        .metadata()
        .clone()
        .unwrap_or_default()
        .into_iter()
        .collect();
    let written = texts.remove("sha256");
    let text = |key: &str| texts.get(key).ok_or_else(|| bad(format!("it has no `{key}`")));
    if text("format")? != FORMAT {
        return Err(bad(format!("format {} instead of {FORMAT}", text("format")?)));
    }
    let mut named: Vec<_> = arrays.iter().collect();
    named.sort_by_key(|(name, _)| *name);
    let found = digest(&texts, named.iter().map(|(name, view)| (*name, view.data())));
    if written != Some(found) {
        return Err(bad("its content is not what was written".to_owned()));
    }
    let best = texts.get(&format!("{BEST}rule"));
    Ok(Saved {
        reached: serde_json::from_str(text("reached")?)?,
        now: Snapshot::read(&arrays, "", text("rule")?)?,
        best: best
            .map(|entries| Snapshot::read(&arrays, BEST, entries))
            .transpose()?,
    })
}

/// Removes the checkpoint of a run's `folder`, if there is one: once the run is archived, it is of no more use.
pub(crate) fn remove(folder: &Path) {
    let path = folder.join(FILE);
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("{} is left over: {e}", path.display());
        }
        _ => {}
    }
}

fn digest<'a>(texts: &BTreeMap<String, String>, arrays: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for (key, text) in texts {
        add(key.as_bytes());
        add(text.as_bytes());
    }
    for (name, bytes) in arrays {
        add(name.as_bytes());
        add(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
