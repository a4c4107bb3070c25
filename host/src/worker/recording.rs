//! What a run leaves behind: the log while it goes on, the archive at its end.

use super::checkpoint::Reached;
use super::machine::{commit, machine, peak_resident_bytes};
use super::phases;
use super::protocol::RunSummary;
use super::reserve::Reserve;
use super::setup::Prepared;
use super::spec::{PluginFile, RunSpec};
use crate::profile::span;
use crate::supervisor::folders::{ARCHIVE_FILE, METRICS_FILE};
use neurotrain_archive::{
    ConfigRecord, DatasetProvenance, EpochMetrics, FileProvenance, LogRecord, Measured, Parameter,
    ParameterFlags, PluginProvenance, Protocol, Provenance, RunLog, RunRecord, Scores, SplitSizes, Status,
    SynapticOperations, Totals, now_utc, write_run_measured,
};
use neurotrain_engine::{NamedParam, ParamKind};
use neurotrain_loader::Split;
use neurotrain_plugin_api::{DatasetInfo, Result};
use neurotrain_tensor::{Meter, Phase};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of a real number, at most.
const REAL_BYTES: u64 = 8;

/// Collects a run's record, and writes it down as it grows.
pub(super) struct Recorder {
    folder: PathBuf,
    log: RunLog,
    record: RunRecord,
    started: Instant,
    /// Wall time of the processes that came before.
    before: Duration,
    reserve: Option<Reserve>,
}

impl Recorder {
    /// Begins the log in `folder`.
    pub(super) fn create(spec: &RunSpec, folder: &Path) -> Result<Self> {
        let mut log = RunLog::create(&folder.join(METRICS_FILE))?;
        let record = initial_record(spec);
        log.write(&LogRecord::Started {
            run_id: record.run_id.clone(),
            name: record.name.clone(),
            trainer: record.trainer.clone(),
            model: record.model.clone(),
            dataset: record.dataset.clone(),
            seed: record.seed,
            host_version: record.provenance.host_version.clone(),
        })?;
        Ok(Recorder {
            folder: folder.to_owned(),
            log,
            record,
            started: Instant::now(),
            before: Duration::ZERO,
            reserve: None,
        })
    }

    /// Adds what is known once everything is open.
    pub(super) fn begin(&mut self, run: &Prepared) -> Result<()> {
        let _span = span::stage("archive");
        let bytes = run
            .network
            .params()?
            .iter()
            .map(|p| p.shape.iter().product::<usize>() as u64 * REAL_BYTES)
            .sum();
        let reserving = Instant::now();
        self.reserve = Some(Reserve::new(&self.folder, bytes)?);
        run.phases.add(phases::Phase::Archive, reserving.elapsed());
        let record = &mut self.record;
        record.splits = SplitSizes {
            train: run.loader.samples(Split::Train) as u64,
            validation: run.loader.samples(Split::Validation) as u64,
            test: run.loader.samples(Split::Test) as u64,
        };
        record.graph = Some(run.graph.clone());
        record.layers = run
            .network
            .info()
            .layers
            .iter()
            .map(|layer| layer.name.clone())
            .collect();
        record.totals = totals(run)?;
        record.provenance.dataset = data_provenance(&record.dataset, run.loader.info());
        self.log.write(&LogRecord::Prepared {
            layers: record.layers.clone(),
            splits: record.splits,
            totals: record.totals,
            dataset: record.provenance.dataset.clone(),
        })
    }

    /// Takes over what an interrupted attempt had recorded.
    pub(super) fn resume(&mut self, reached: &Reached) -> Result<()> {
        self.log.write(&LogRecord::Message {
            level: "info".to_owned(),
            text: format!("goes on from a checkpoint: {}", reached.place()),
        })?;
        for (epoch, metrics) in reached.epochs.iter().enumerate() {
            self.log.write(&LogRecord::Epoch {
                epoch: epoch as u64 + 1,
                metrics: metrics.clone(),
            })?;
        }
        self.before = Duration::try_from_secs_f64(reached.seconds).unwrap_or_default();
        let record = &mut self.record;
        record.epochs.clone_from(&reached.epochs);
        record.warnings.clone_from(&reached.warnings);
        record.test = reached.test;
        record.test_touches = reached.test_touches;
        Ok(())
    }

    /// The run's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What has been recorded, wall time included.
    pub(super) fn recorded(&self) -> (&RunRecord, Duration) {
        (&self.record, self.before + self.started.elapsed())
    }

    /// Scalars of the network.
    pub(super) fn parameter_count(&self) -> u64 {
        self.record.totals.parameter_count
    }

    /// Adds a finished epoch.
    pub(super) fn epoch(&mut self, epoch: u64, metrics: EpochMetrics) -> Result<()> {
        let _span = span::stage("archive");
        if let Some(test) = metrics.test {
            self.touched_test(test);
        }
        self.log.write(&LogRecord::Epoch {
            epoch: epoch + 1,
            metrics: metrics.clone(),
        })?;
        self.record.epochs.push(metrics);
        Ok(())
    }

    /// The weights are those after `epoch`, from 0.
    pub(super) fn keeps(&mut self, epoch: u64) {
        self.record.kept_epoch = Some(epoch);
        // Where every epoch is tested, the score is that of the weights.
        if let Some(test) = self.record.epochs.get(epoch as usize).and_then(|e| e.test) {
            self.record.test = Some(test);
        }
    }

    /// Adds a warning.
    pub(super) fn warn(&mut self, text: &str) -> Result<()> {
        self.record.warnings.push(text.to_owned());
        self.log.write(&LogRecord::Message {
            level: "warn".to_owned(),
            text: text.to_owned(),
        })
    }

    /// Adds the final test.
    pub(super) fn test(&mut self, scores: Option<Scores>) -> Result<()> {
        let Some(scores) = scores else { return Ok(()) };
        self.touched_test(scores);
        self.log.write(&LogRecord::Test { scores })
    }

    fn touched_test(&mut self, scores: Scores) {
        self.record.test = Some(scores);
        self.record.test_touches += 1;
    }

    /// Writes the archive, with the weights as they are, and closes the log. An archive without the log's last line is a
    /// result all the same.
    pub(super) fn finish(&mut self, run: Option<&Prepared>, status: Status) -> Result<RunSummary> {
        let _span = span::stage("archive");
        self.record.created = now_utc();
        self.record.status = status;
        let archived = match run {
            Some(run) => self.archive(run),
            None => {
                // Nothing was opened: the log says all there is.
                self.record.measured.execution_seconds = self.recorded().1.as_secs_f64();
                Ok(())
            }
        };
        let last = match (&archived, &self.record.status) {
            (Err(e), _) => LogRecord::Failed {
                reason: format!("the archive was not written: {e}"),
            },
            (Ok(()), Status::Completed | Status::Pruned) => LogRecord::Finished {
                archive: ARCHIVE_FILE.to_owned(),
            },
            (Ok(()), Status::Failed { reason }) => LogRecord::Failed {
                reason: reason.clone(),
            },
        };
        let logged = self.log.write(&last);
        archived?;
        // The archive is what counts.
        if let Err(e) = logged {
            tracing::warn!("the log has no end: {e}");
        }
        Ok(RunSummary::of(&self.record))
    }

    fn archive(&mut self, run: &Prepared) -> Result<()> {
        let begun = Instant::now();
        self.reserve = None;
        self.record.network = Some(run.network.info().clone());
        self.record.totals.synaptic_operations = Some(operations(run.session.meter()));
        let parameters: Vec<Parameter<'static>> = run
            .network
            .params()?
            .iter()
            .map(parameter)
            .collect::<Result<_>>()?;
        let (started, before) = (self.started, self.before);
        let whole = || before + started.elapsed();
        let mut measured = Measured::default();
        let written = write_run_measured(&self.folder.join(ARCHIVE_FILE), &self.record, &parameters, || {
            run.phases.add(phases::Phase::Archive, begun.elapsed());
            measured = measure(whole(), run);
            measured.clone()
        });
        self.record.measured = measured;
        let written = written?;
        self.log.write(&LogRecord::Archived {
            archive: ARCHIVE_FILE.to_owned(),
            bytes: written.bytes,
            sha256: written.file_sha256,
        })
    }
}

/// What is known of a run before it begins.
pub(crate) fn initial_record(spec: &RunSpec) -> RunRecord {
    let experiment = &spec.experiment;
    let plugins = [
        ("trainer", &experiment.trainer, &spec.trainer),
        ("model", &experiment.model, &spec.model),
        ("dataset", &experiment.dataset, &spec.dataset),
    ];
    let (requested, requested_format) = spec.requested.clone();
    RunRecord {
        run_id: spec.id.clone(),
        name: experiment.name.clone(),
        trainer: experiment.trainer.clone(),
        model: experiment.model.clone(),
        dataset: experiment.dataset.clone(),
        seed: experiment.seed,
        protocol: match experiment.runtime.protocol {
            neurotrain_campaign::Protocol::Honest => Protocol::Honest,
            neurotrain_campaign::Protocol::Neurotrain => Protocol::Neurotrain,
        },
        config: ConfigRecord {
            resolved: resolved(spec),
            origins: experiment
                .origins
                .iter()
                .map(|(key, origin)| (key.clone(), json!(origin.to_string())))
                .collect(),
            requested,
            requested_format,
        },
        provenance: Provenance {
            host_version: env!("CARGO_PKG_VERSION").to_owned(),
            host_commit: commit(),
            plugins: plugins
                .iter()
                .map(|(role, key, file)| plugin_provenance(role, key, file))
                .collect(),
            machine: machine(spec.threads),
            cost_table: Some(spec.cost.provenance()),
            ..Provenance::default()
        },
        ..RunRecord::default()
    }
}

fn resolved(spec: &RunSpec) -> Value {
    let experiment = &spec.experiment;
    let mut resolved = json!({
        "trainer": experiment.trainer_config,
        "model": experiment.model_config,
        "dataset": experiment.dataset_config,
        "runtime": experiment.runtime,
        "seed": experiment.seed,
    });
    if let Some(trial) = &spec.trial {
        resolved["trial"] = json!(trial);
    }
    if let Some(search) = &spec.chosen_by {
        resolved["search"] = search.clone();
    }
    resolved
}

fn plugin_provenance(role: &str, key: &str, file: &PluginFile) -> PluginProvenance {
    PluginProvenance {
        role: role.to_owned(),
        key: key.to_owned(),
        name: file.name.clone(),
        version: file.version.clone(),
        file: file
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        sha256: file.sha256.clone(),
    }
}

fn data_provenance(key: &str, info: &DatasetInfo) -> DatasetProvenance {
    let file = |f: &neurotrain_plugin_api::FileInfo| FileProvenance {
        name: f.name.clone(),
        bytes: f.bytes,
        sha256: f.sha256.clone(),
    };
    DatasetProvenance {
        name: key.to_owned(),
        variant: info.variant.clone(),
        attribution: info.attribution.clone(),
        files: info.files.iter().map(file).collect(),
    }
}

/// Counts of the network itself; what a rule adds is its own affair.
fn totals(run: &Prepared) -> Result<Totals> {
    let params = run.network.params()?;
    let network = params.iter().filter(|p| p.kind == ParamKind::Network);
    let scalars = network.map(|p| p.shape.iter().product::<usize>() as u64).sum();
    let bytes = run.session.dtype().size_in_bytes() as u64;
    Ok(Totals {
        parameter_count: scalars,
        memory_footprint_bytes: scalars * bytes,
        ..Totals::default()
    })
}

fn operations(meter: &Meter) -> SynapticOperations {
    let forward = meter.synaptic_ops(Phase::Forward);
    let learning = meter.synaptic_ops(Phase::Learning);
    SynapticOperations {
        forward_dense: forward.dense_mac,
        forward_effective: forward.effective_ac + forward.effective_mac,
        learning_dense: learning.dense_mac,
        learning_effective: learning.effective_ac + learning.effective_mac,
    }
}

/// Time and memory of the run so far.
fn measure(whole: Duration, run: &Prepared) -> Measured {
    let bytes = [
        ("peak_resident_bytes", peak_resident_bytes()),
        ("peak_tensor_bytes", Some(run.peak_tensor_bytes())),
    ];
    Measured {
        execution_seconds: whole.as_secs_f64(),
        scalars: bytes
            .into_iter()
            .filter_map(|(name, bytes)| Some((name.to_owned(), bytes? as f64)))
            .chain(run.phases.seconds(whole))
            .collect(),
    }
}

fn parameter(param: &NamedParam) -> Result<Parameter<'static>> {
    let flags = ParameterFlags {
        trainable: param.kind != ParamKind::OwnFixed,
        trained: param.trained,
        own: param.kind != ParamKind::Network,
        fixed: param.kind == ParamKind::OwnFixed,
    };
    let single = param
        .tensor
        .with_slice::<f32, _>(|values| Parameter::f32(&param.name, &param.shape, values.to_vec()));
    match single {
        Ok(parameter) => Ok(parameter.with_flags(flags)),
        Err(_) => param
            .tensor
            .with_slice::<f64, _>(|values| Parameter::f64(&param.name, &param.shape, values.to_vec()))
            .map(|parameter| parameter.with_flags(flags)),
    }
}
