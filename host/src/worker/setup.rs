//! Opens everything a run needs: device, data, network, rule.

use super::phases::{Phase, Phases};
use super::spec::{PluginFile, RunSpec};
use crate::profile::span;
use crate::runtime::{
    FrameSource, ModelFamily, Plugin, ServiceSettings, Trainer, config, frame_cache, open_session_with,
};
use neurotrain_engine::Network;
use neurotrain_loader::{Loader, LoaderConfig};
use neurotrain_plugin_api::{Error, Graph, Result};
use neurotrain_tensor::Session;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A run that is ready to begin.
pub(super) struct Prepared {
    pub(super) session: Arc<Session>,
    pub(super) loader: Loader,
    pub(super) graph: Graph,
    pub(super) network: Network,
    pub(super) trainer: Trainer,
    /// Where the time goes.
    pub(super) phases: Phases,
    /// Largest live size of all tensors in the epochs before the present one.
    largest_bytes: u64,
    // The network calls nodes of the family's own.
    _family: ModelFamily,
}

impl Prepared {
    /// The most bytes of all categories that were live together in the whole run.
    pub(super) fn peak_tensor_bytes(&self) -> u64 {
        self.largest_bytes.max(self.session.meter().peak_bytes_of_all())
    }

    /// Takes the peak of an earlier process into account.
    pub(super) fn raise_peak(&mut self, bytes: u64) {
        self.largest_bytes = self.largest_bytes.max(bytes);
    }

    /// Lets the peaks of an epoch start again.
    pub(super) fn restart_peaks(&mut self) {
        self.largest_bytes = self.peak_tensor_bytes();
        self.session.meter().reset_peaks();
    }
}

/// Opens it all, in the order in which a user would look for a mistake.
pub(super) fn prepare(spec: &RunSpec, stop: &Arc<AtomicBool>) -> Result<Prepared> {
    let started = Instant::now();
    let _span = span::stage("set-up");
    let experiment = &spec.experiment;
    let runtime = &experiment.runtime;
    let session = open_session_with(
        &runtime.device,
        &runtime.dtype,
        experiment.seed,
        spec.cost.table.clone(),
    )?;
    let settings = ServiceSettings {
        data: spec.data.clone(),
        stop: Arc::clone(stop),
    };

    let dataset_config = config(&experiment.dataset_config);
    let dataset = open(&spec.dataset)?.dataset(&experiment.dataset, &dataset_config, &session, &settings)?;
    let settings_of_loader = LoaderConfig {
        batch_size: runtime.batch_size,
        validation_fraction: runtime.validation,
        seed: experiment.seed,
        cache: frame_cache(&FrameSource {
            setting: &runtime.cache,
            max_bytes: runtime.cache_bytes,
            dataset: &experiment.dataset,
            plugin: &spec.dataset.sha256,
            config: &experiment.dataset_config,
        }),
        ..LoaderConfig::default()
    };
    let loader = Loader::open(
        dataset.raw,
        &session,
        settings_of_loader.with_params(&dataset_config)?,
    )?;

    let family = open(&spec.model)?.model(&experiment.model, &session, &settings)?;
    let (shape, classes) = (loader.info().shape.clone(), loader.info().classes);
    let (graph, network) = family.network(&session, &config(&experiment.model_config), &shape, classes)?;

    tracing::info!(
        "{} of shape {shape:?} in {classes} classes; {} layers; {} on {}",
        experiment.dataset,
        network.info().layers.len(),
        runtime.dtype,
        session.device_name()
    );

    let plugin = open(&spec.trainer)?;
    let trainer_config = config(&experiment.trainer_config);
    plugin.check_trainer(&experiment.trainer, &trainer_config, network.info())?;
    let trainer = plugin.trainer(
        &experiment.trainer,
        &trainer_config,
        &network,
        &session,
        &settings,
    )?;
    let phases = Phases::default();
    phases.add(Phase::SetUp, started.elapsed());
    Ok(Prepared {
        session,
        loader,
        graph,
        network,
        trainer,
        phases,
        largest_bytes: 0,
        _family: family,
    })
}

fn open(file: &PluginFile) -> Result<Plugin> {
    let shown = file.path.display();
    let bytes =
        std::fs::read(&file.path).map_err(|e| Error::from(e).context(format!("{shown} cannot be read")))?;
    let hash: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if hash != file.sha256 {
        return Err(Error::new(
            "changed",
            format!("plugin {shown} has changed since this run was planned"),
        )
        .with_hint("restore the file, or start the campaign again: that is another run"));
    }
    Plugin::open(&file.path, &file.name, &file.version)
}
