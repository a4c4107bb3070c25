//! The archive of a run: one HDF5 file that h5py, xarray and NIR tools open, and the append-only log that
//! holds the run while it is in progress.
//!
//! - [`write_run`] writes a [`RunRecord`] and its [`Parameter`]s as a new file: built in memory, written
//!   aside, flushed to the disk, renamed. An existing file is never touched.
//! - [`open_run`] reads a run back, [`StoredRun::read_parameters`] its weights, checked against the digest
//!   in the file.
//! - [`write_campaign`] puts many runs into one file, copied or linked; [`open_campaign`] and [`open_runs`] read it.
//! - [`runs_table`] and [`epochs_table`] give runs as columns.
//! - [`verify_run`] and [`verify_campaign`] say whether a file is what was written; [`rebuild_record`] saves the metrics
//!   of a run whose archive was lost from its log.
//! - [`diff_runs`] says in what two runs differ; [`same_results`] judges two runs by their weights and deterministic metrics, never by what was measured
//!   of the machine.
//! - [`render_text`] and [`render_json`] show a run.
//! - [`ArrayReader`] reads arrays of other HDF5 files for data sets, [`write_spikes`] writes recordings of spikes.
//! - [`RunLog`] appends records with a checksum each and survives being killed at any moment.
//!
//! # Layout of a run's file
//!
//! | path | content |
//! |---|---|
//! | `/` | attributes: `Conventions`, `schema_version`, `producer`, `created`, `run_id`, what was trained on what, status, protocol, split sizes, digests |
//! | `/metrics` | per epoch (`epoch` is a dimension scale): accuracy and loss of each split, `activation_sparsity` by `layer`; the default plot |
//! | `/metrics/rule` | scalars that the rule reported, mean over the epoch |
//! | `/results` | final test accuracy and loss, parameter count, memory footprint, synaptic operations |
//! | `/measured` | what depends on the machine: seconds, samples/s, peak training state |
//! | `/parameters` | all weights and arrays of the rule, dimensions labelled |
//! | `/network` | the network graph and its layer view, as JSON |
//! | `/config` | resolved configuration, origin of each value, configuration as requested |
//! | `/provenance` | host, plugins, data files with their hashes, machine, cost table of products |
//! | `/node`, `/version` | the network as a NIR graph, where NIR can say it; weights are links into `/parameters` |

mod arrays;
mod aside;
mod campaign_file;
mod compare;
mod diff;
mod digest;
mod error;
mod h5;
mod metrics;
mod names;
mod nir;
mod number;
mod parameter;
mod read;
mod rebuild;
mod record;
mod run_log;
mod show;
mod table;
mod verify;
mod write;

pub use arrays::{ArrayReader, SpikeFile, write_spikes};
pub use aside::{Replaced, check_folder};
pub use campaign_file::{CampaignMember, Content, StoredCampaign, open_campaign, open_runs, write_campaign};
pub use compare::{Comparison, compare_runs, same_results};
pub use diff::{Change, MetricDifference, RunDiff, Side, WeightDifference, WeightGap, diff_runs};
pub use error::code;
pub use parameter::{DataType, Parameter, ParameterData, ParameterFlags, ParameterInfo};
pub use read::{NirView, StoredRun, open_run};
pub use rebuild::rebuild_record;
pub use record::{
    ConfigRecord, CostTableProvenance, DatasetProvenance, EpochMetrics, FileProvenance, Machine, Measured,
    PluginProvenance, Protocol, Provenance, RunRecord, Scores, SplitSizes, Status, SynapticOperations,
    Totals, now_utc,
};
pub use run_log::{Damage, LogContents, LogEntry, LogRecord, RunLog};
pub use show::{render_json, render_text};
pub use table::{Column, Table, TableRow, Values, epochs_table, runs_table};
pub use verify::{Flaw, Verdict, verify_campaign, verify_run};
pub use write::{Written, write_run, write_run_measured};

/// Version of the layout of a run file. Readers accept every minor version of their major version.
pub const SCHEMA_VERSION: &str = "1.0";
