//! Opening a run file: what it is, whether it is whole.

use super::{description, metrics, parameters, provenance};
use crate::error::code::CORRUPT;
use crate::parameter::{Parameter, ParameterInfo};
use crate::record::RunRecord;
use crate::write::CONVENTIONS;
use crate::{SCHEMA_VERSION, digest, error, h5};
use hdf5::File;
use neurotrain_plugin_api::Result;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A run read from a file; its weights stay there until they are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Layout of the file.
    pub schema_version: String,
    /// The run.
    pub record: RunRecord,
    /// Its parameters, in the order in which they were written.
    pub parameters: Vec<ParameterInfo>,
    /// Digest of all parameters.
    pub weights_sha256: String,
    /// Digest of the metrics that do not depend on the machine.
    pub metrics_sha256: String,
    /// Whether the network is there as a NIR graph.
    pub nir: NirView,
}

/// Whether a run file holds the network as a NIR graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NirView {
    /// Under `/node`.
    Present {
        /// The NIR version that the layout follows.
        version: String,
    },
    /// NIR cannot say what this network does.
    Absent {
        /// What it cannot say.
        reason: String,
    },
}

/// Reads a run, except the values of its parameters.
///
/// # Errors
/// `archive-unreadable` (missing, no permission), `archive-foreign` (not HDF5, not ours, a newer layout),
/// `archive-corrupt` (truncated, damaged, or metrics that do not match their digest).
pub fn open_run(path: &Path) -> Result<StoredRun> {
    let (file, bytes) = open_file(path)?;
    let schema_version = check_layout(path, &file)?;
    let run = read(path, &file, bytes, schema_version).map_err(|e| {
        if e.code() == CORRUPT {
            e
        } else {
            error::corrupt(path, e)
        }
    })?;
    if digest::metrics_sha256(&run.record) != run.metrics_sha256 {
        return Err(error::corrupt(path, "the metrics do not match their digest"));
    }
    Ok(run)
}

impl StoredRun {
    /// Reads all parameters with their values, and checks them against the digest in the file.
    ///
    /// # Errors
    /// As [`open_run`].
    pub fn read_parameters(&self) -> Result<Vec<Parameter<'static>>> {
        let (file, _) = open_file(&self.path)?;
        let values = parameters::read_values(&file, &self.parameters)
            .map_err(|e| error::corrupt(&self.path, format!("the parameters cannot be read: {e}")))?;
        if digest::weights_sha256(&values) != self.weights_sha256 {
            return Err(error::corrupt(
                &self.path,
                "the parameters do not match their digest",
            ));
        }
        Ok(values)
    }
}

/// What every HDF5 file without a user block begins with.
const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// The library's own messages for a file it cannot open are many; the common cases are told apart here.
fn open_file(path: &Path) -> Result<(File, u64)> {
    let mut file = std::fs::File::open(path).map_err(|e| error::reading(path, &e))?;
    let metadata = file.metadata().map_err(|e| error::reading(path, &e))?;
    if !metadata.is_file() {
        return Err(error::foreign(path, "it is not a regular file"));
    }
    let mut begin = [0; 8];
    let bytes = metadata.len();
    if bytes < begin.len() as u64 {
        return Err(error::corrupt(path, format!("it has {bytes} bytes only")));
    }
    file.read_exact(&mut begin)
        .map_err(|e| error::reading(path, &e))?;
    if &begin != SIGNATURE {
        return Err(error::foreign(path, "it is not an HDF5 file"));
    }
    drop(file);
    if path.to_str().is_none() {
        let cause = std::io::Error::other("the HDF5 library opens only names in UTF-8");
        return Err(error::reading(path, &cause));
    }
    // A finished file never changes, so no lock is needed, and file systems without locks will do.
    let opened = File::with_options()
        .with_fapl(|p| p.sec2().file_locking(false))
        .open(path);
    opened.map(|f| (f, bytes)).map_err(|e| match e.to_string() {
        text if text.contains("truncated") => {
            error::corrupt(path, format!("it is truncated at {bytes} bytes"))
        }
        text => error::corrupt(path, text),
    })
}

fn check_layout(path: &Path, file: &File) -> Result<String> {
    let conventions = h5::optional_text_attribute(file, "Conventions").unwrap_or_default();
    if conventions.as_deref() != Some(CONVENTIONS) {
        return Err(error::foreign(path, "it is an HDF5 file of another kind"));
    }
    let version = h5::text_attribute(file, "schema_version").map_err(|e| error::corrupt(path, e))?;
    let major = |v: &str| v.split('.').next().map(str::to_owned);
    if major(&version) != major(SCHEMA_VERSION) {
        return Err(error::foreign(
            path,
            format!("its layout has version {version}, this program reads {SCHEMA_VERSION}"),
        )
        .with_hint("use the version of neurotrain that wrote it, see its attribute `producer`"));
    }
    Ok(version)
}

fn read(path: &Path, file: &File, bytes: u64, schema_version: String) -> Result<StoredRun> {
    let damaged = |e: hdf5::Error| error::corrupt(path, e);
    let mut record = description::read_identity(file)?;
    metrics::read_metrics(file, &mut record).map_err(damaged)?;
    description::read_network(file, &mut record)?;
    record.config = description::read_config(file)?;
    record.provenance = provenance::read_provenance(file).map_err(damaged)?;
    Ok(StoredRun {
        path: path.to_owned(),
        bytes,
        schema_version,
        record,
        parameters: parameters::read_infos(file).map_err(damaged)?,
        weights_sha256: h5::text_attribute(file, "weights_sha256").map_err(damaged)?,
        metrics_sha256: h5::text_attribute(file, "metrics_sha256").map_err(damaged)?,
        nir: read_nir(file).map_err(damaged)?,
    })
}

fn read_nir(file: &File) -> hdf5::Result<NirView> {
    Ok(match h5::optional_text_attribute(file, "nir_absent")? {
        Some(reason) => NirView::Absent { reason },
        None => NirView::Present {
            version: h5::text(file, "version")?,
        },
    })
}
