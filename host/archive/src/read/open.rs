//! Opening a run: what the file is, whether it is whole.

use super::{description, metrics, parameters, provenance};
use crate::campaign_file::CONVENTIONS as CAMPAIGN_CONVENTIONS;
use crate::error::code::CORRUPT;
use crate::parameter::{Parameter, ParameterInfo};
use crate::record::RunRecord;
use crate::write::CONVENTIONS;
use crate::{SCHEMA_VERSION, digest, error, h5};
use hdf5::{File, Group};
use neurotrain_plugin_api::Result;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A run read from a file; its weights stay there until they are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// The file.
    pub path: PathBuf,
    /// Where the run is in it: `/`, or its group in a campaign file.
    pub group: String,
    /// Size of the file.
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
    open_group(path, &file, ROOT, bytes)
}

/// Reads the run that is group `name` of an open file.
pub(crate) fn open_group(path: &Path, file: &File, name: &str, bytes: u64) -> Result<StoredRun> {
    let group = file
        .group(name)
        .map_err(|e| error::corrupt(path, format!("group `{name}` cannot be opened: {e}")))?;
    let schema_version = check_layout(path, &group, CONVENTIONS, SCHEMA_VERSION)?;
    let mut run = read(path, &group, bytes, schema_version).map_err(|e| {
        if e.code() == CORRUPT {
            e
        } else {
            error::corrupt(path, e)
        }
    })?;
    name.clone_into(&mut run.group);
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
        let values = file
            .group(&self.group)
            .and_then(|group| parameters::read_values(&group, &self.parameters))
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

/// The group of a run that has a file of its own.
pub(crate) const ROOT: &str = "/";

/// What every HDF5 file without a user block begins with.
const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// The library's own messages for a file it cannot open are many; the common cases are told apart here.
pub(crate) fn open_file(path: &Path) -> Result<(File, u64)> {
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

/// The version of the layout, if it is one of `conventions` that `readable` stands for.
pub(crate) fn check_layout(path: &Path, group: &Group, conventions: &str, readable: &str) -> Result<String> {
    let found = h5::optional_text_attribute(group, "Conventions").unwrap_or_default();
    match found.as_deref() {
        Some(found) if found == conventions => {}
        Some(CAMPAIGN_CONVENTIONS) => {
            return Err(
                error::foreign(path, "it is a campaign file, which holds many runs")
                    .with_hint("`neurotrain archive` takes it wherever it takes run files"),
            );
        }
        _ => return Err(error::foreign(path, "it is an HDF5 file of another kind")),
    }
    let version = h5::text_attribute(group, "schema_version").map_err(|e| error::corrupt(path, e))?;
    let major = |v: &str| v.split('.').next().map(str::to_owned);
    if major(&version) != major(readable) {
        return Err(error::foreign(
            path,
            format!("its layout has version {version}, this program reads {readable}"),
        )
        .with_hint("use the version of neurotrain that wrote it, see its attribute `producer`"));
    }
    Ok(version)
}

fn read(path: &Path, run: &Group, bytes: u64, schema_version: String) -> Result<StoredRun> {
    let damaged = |e: hdf5::Error| error::corrupt(path, e);
    let mut record = description::read_identity(run)?;
    metrics::read_metrics(run, &mut record).map_err(damaged)?;
    description::read_network(run, &mut record)?;
    record.config = description::read_config(run)?;
    record.provenance = provenance::read_provenance(run).map_err(damaged)?;
    Ok(StoredRun {
        path: path.to_owned(),
        group: ROOT.to_owned(),
        bytes,
        schema_version,
        record,
        parameters: parameters::read_infos(run).map_err(damaged)?,
        weights_sha256: h5::text_attribute(run, "weights_sha256").map_err(damaged)?,
        metrics_sha256: h5::text_attribute(run, "metrics_sha256").map_err(damaged)?,
        nir: read_nir(run).map_err(damaged)?,
    })
}

fn read_nir(run: &Group) -> hdf5::Result<NirView> {
    Ok(match h5::optional_text_attribute(run, "nir_absent")? {
        Some(reason) => NirView::Absent { reason },
        None => NirView::Present {
            version: h5::text(run, "version")?,
        },
    })
}
