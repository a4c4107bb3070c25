//! A run as a new file.

use super::{description, metrics, parameters, provenance};
use crate::nir::{self, NirGraph};
use crate::parameter::Parameter;
use crate::record::{Measured, RunRecord};
use crate::{aside, digest, error, h5};
use hdf5::File;
use neurotrain_plugin_api::Result;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the file, for the run's log.
    pub file_sha256: String,
    /// Digest of all parameters: equal for runs with bit-equal weights.
    pub weights_sha256: String,
    /// Digest of the metrics that do not depend on the machine.
    pub metrics_sha256: String,
    /// Why the file has no NIR view; `None` if it has one.
    pub nir_absent: Option<String>,
}

/// Writes a run as the new file `path`: all of it, or nothing.
///
/// The file is built in memory (about its own size, twice, at the end), written under a temporary name in
/// the same folder, flushed to the disk and renamed.
///
/// # Errors
/// `archive-exists`, `archive-full`, `archive-unwritable`; `archive-invalid` or `shape-mismatch` for a record
/// that contradicts itself. No file is left behind.
pub fn write_run(path: &Path, record: &RunRecord, parameters: &[Parameter<'_>]) -> Result<Written> {
    write_run_measured(path, record, parameters, || record.measured.clone())
}

/// As [`write_run`], with the whole run's figures of the machine as `measured` gives them once everything else is in
/// the file's image: so that they include what making it took.
///
/// # Errors
/// As [`write_run`].
pub fn write_run_measured(
    path: &Path,
    record: &RunRecord,
    parameters: &[Parameter<'_>],
    measured: impl FnOnce() -> Measured,
) -> Result<Written> {
    check(record, parameters)?;
    let weights_sha256 = digest::weights_sha256(parameters);
    let metrics_sha256 = digest::metrics_sha256(record);
    let view = nir::view(record, parameters);
    let expected = parameters.iter().map(|p| p.info().bytes() as usize).sum();
    let image = h5::file_image(expected, |file| {
        description::write_identity(file, record, &weights_sha256, &metrics_sha256)?;
        metrics::write_metrics(file, record)?;
        let links = parameters::write_parameters(file, parameters)?;
        description::write_network(file, record)?;
        description::write_config(file, &record.config)?;
        provenance::write_provenance(file, &record.provenance)?;
        write_nir(file, &view, &links, record)?;
        metrics::write_measured(file, &record.epochs, &measured())
    })?;
    aside::write_new_file(path, &image).map_err(|e| e.context(format!("run `{}`", record.run_id)))?;
    Ok(Written {
        path: path.to_owned(),
        bytes: image.len() as u64,
        file_sha256: digest::file_sha256(&image),
        weights_sha256,
        metrics_sha256,
        nir_absent: view.err(),
    })
}

fn write_nir(
    file: &File,
    view: &std::result::Result<NirGraph, String>,
    links: &parameters::Links,
    record: &RunRecord,
) -> Result<()> {
    match view {
        Ok(graph) => nir::write_graph(file, graph, links, &record.run_id),
        Err(reason) => h5::put_text_attribute(file, "nir_absent", reason),
    }
}

fn check(record: &RunRecord, parameters: &[Parameter<'_>]) -> Result<()> {
    let mut names = BTreeSet::new();
    for parameter in parameters {
        parameter.check()?;
        if !names.insert(&parameter.name) {
            return Err(error::invalid(format!(
                "two parameters are named `{}`",
                parameter.name
            )));
        }
    }
    let layers: BTreeSet<&String> = record.layers.iter().collect();
    if layers.len() != record.layers.len() {
        return Err(error::invalid(format!(
            "the layer names {:?} are not unique",
            record.layers
        )));
    }
    for (index, epoch) in record.epochs.iter().enumerate() {
        let given = epoch.activation_sparsity.len();
        if given != 0 && given != record.layers.len() {
            return Err(error::invalid(format!(
                "epoch {} has the activation sparsity of {given} layers, the network has {}",
                index + 1,
                record.layers.len()
            )));
        }
    }
    Ok(())
}
