//! The service `hdf5_array`, through which data set plugins read HDF5 files.

use super::{heap, numbers, texts};
use hdf5::{Dataset, File};
use neurotrain_plugin_api::{Bundle, Error, NO_SUCH_ARRAY, Result};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Reads arrays; keeps the files open that were read last, since samples are asked for batch by batch.
///
/// HDF5 is not safe for threads. Every call of the wrapped library takes the lock that all users of HDF5 in this process
/// share, so that readers and writers in other threads wait for each other.
#[derive(Debug, Default)]
pub struct ArrayReader {
    open: Mutex<VecDeque<Open>>,
}

#[derive(Debug)]
struct Open {
    path: String,
    file: File,
    /// Whether the lists of the file can be walked through.
    lists_checked: bool,
}

/// More than a data set has.
const OPEN_FILES: usize = 8;
/// The most that deflated bytes grow by.
const MAX_RATIO: u64 = 1032;

impl ArrayReader {
    /// Answers a request of `path`, `array`, `kind` and perhaps `rows`:
    ///
    /// | kind | array | answer |
    /// |---|---|---|
    /// | `numbers` | numbers of any type and shape | `dims`, `values` |
    /// | `ragged` | one axis of lists of numbers | `dims`, `offsets`, `values` of `rows`, or of all; `length`, the number of all |
    /// | `texts` | one axis of texts | `texts` joined, their `lengths` in bytes |
    ///
    /// # Errors
    /// `io`, `bad-data` or [`NO_SUCH_ARRAY`], naming file and array; `bad-bundle` for a request that lacks something.
    pub fn answer(&self, request: &Bundle) -> Result<Bundle> {
        let (path, name) = (request.text("path")?, request.text("array")?);
        let kind = request.text("kind")?;
        let rows = match request.get("rows") {
            Some(_) => Some(request.ints("rows")?),
            None => None,
        };
        // Texts of any length lie in the same heaps.
        let file = self.file(path, kind != "numbers")?;
        if !exists(&file, name) {
            let message = format!("{path}: there is no array `{name}`");
            return Err(Error::new(NO_SUCH_ARRAY, message).with_hint(
                "the file is of another kind, or damaged; compare its layout with the data set's documentation",
            ));
        }
        let fail = |why: String| damaged(&format!("{path}: array `{name}`: {why}"));
        let dataset = file.dataset(name).map_err(|e| fail(e.to_string()))?;
        check_size(&dataset, path).map_err(fail)?;
        let answer = match kind {
            "numbers" => numbers::all(&dataset),
            "ragged" => numbers::ragged(&dataset, rows.as_deref()),
            "texts" => texts::all(&dataset),
            other => {
                let message = format!("arrays are read as numbers, ragged or texts, not as `{other}`");
                return Err(Error::new("unsupported", message).with_hint("a newer host may do it"));
            }
        };
        answer.map_err(fail)
    }

    fn file(&self, path: &str, lists: bool) -> Result<File> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match open.iter().position(|o| o.path == path) {
            Some(at) => at,
            None => {
                let file = open_file(path)?;
                if open.len() == OPEN_FILES {
                    open.pop_front();
                }
                open.push_back(Open {
                    path: path.to_owned(),
                    file,
                    lists_checked: false,
                });
                open.len() - 1
            }
        };
        if lists && !open[at].lists_checked {
            heap::check(Path::new(path)).map_err(|why| damaged(&format!("{path}: {why}")))?;
            open[at].lists_checked = true;
        }
        Ok(open[at].file.clone())
    }
}

fn open_file(path: &str) -> Result<File> {
    // The library's messages do not tell a missing file from a damaged one.
    std::fs::File::open(path)
        .map_err(|e| Error::new("io", format!("{path}: {e}")).with_hint("check that the file may be read"))?;
    // Data sets are only read, and may lie on file systems without locks.
    let opened = File::with_options()
        .with_fapl(|p| p.sec2().file_locking(false))
        .open(path);
    opened.map_err(|e| damaged(&format!("{path}: cannot be opened as an HDF5 file: {e}")))
}

fn damaged(message: &str) -> Error {
    Error::bad_data(message.to_owned())
        .with_hint("the file is damaged, cut short or of another kind; replace it")
}

/// Each group on the way must exist, or the library takes the question itself for an error.
fn exists(file: &File, name: &str) -> bool {
    let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().all(|end| file.link_exists(&name[..end]))
}

/// A damaged length must not become an allocation that ends the process.
fn check_size(dataset: &Dataset, path: &str) -> std::result::Result<(), String> {
    let shape = dataset.shape();
    let item = dataset.dtype().map_err(|e| e.to_string())?.size().max(1);
    let bytes = shape.iter().try_fold(item, |n, d| n.checked_mul(*d));
    let file = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    match bytes.is_some_and(|b| b as u64 <= file.saturating_mul(MAX_RATIO)) {
        true => Ok(()),
        false => Err(format!(
            "has shape {shape:?}, more than a file of {file} bytes can hold"
        )),
    }
}
