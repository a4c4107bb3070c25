//! A rule on a network with a batch, as a worker would have them.

use super::memory::Resident;
use super::settings::{Settings, configure};
use super::shape::Shape;
use super::synthetic;
use crate::process::attentive;
use crate::runtime::{DataSearch, ModelFamily, Plugin, ServiceSettings, Trained, Trainer, open_session};
use anyhow::{Context, Result};
use neurotrain_discovery::{Found, Registry};
use neurotrain_engine::Network;
use neurotrain_loader::{Batch, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::{Config, Error};
use neurotrain_tensor::{Category, HostTensor, Session};
use serde_json::json;
use std::sync::Arc;

/// Seed of everything random in a measurement.
const SEED: u64 = 1;

/// One combination to be measured.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) rule: String,
    pub(super) model: String,
    pub(super) input: Input,
    /// Neurons of the hidden layers; empty for the network's own.
    pub(super) hidden: Vec<usize>,
    pub(super) batch: usize,
}

/// Where a batch comes from.
#[derive(Debug, Clone)]
pub(super) enum Input {
    Synthetic {
        shape: Shape,
        steps: usize,
        density: f64,
    },
    Real {
        dataset: String,
        /// The data set's own number where there is none.
        steps: Option<usize>,
    },
}

/// Everything open, and the rule told that training begins.
pub(super) struct Subject {
    pub(super) session: Arc<Session>,
    pub(super) network: Network,
    pub(super) trainer: Trainer,
    pub(super) batch: Batch,
    /// The process's memory before the network was made: plugins and batch are in it.
    pub(super) before: Resident,
    // The network calls nodes of the family's own.
    _family: ModelFamily,
}

impl Subject {
    /// Opens what `case` names.
    ///
    /// # Errors
    /// What is not installed, cannot be configured so, or does not go together.
    pub(super) fn open(
        case: &Case,
        registry: &Registry,
        data: &DataSearch,
        settings: &Settings,
    ) -> Result<Self> {
        let rule = registry.component("trainer", &case.rule)?;
        let model = registry.component("model", &case.model)?;
        let session = open_session("cpu", "f32", SEED)?;
        let services = ServiceSettings {
            data: data.clone(),
            ..ServiceSettings::default()
        };

        let (batch, sample, dataset) = match &case.input {
            Input::Synthetic {
                shape,
                steps,
                density,
            } => {
                let batch = synthetic::batch(&session, shape, *steps, case.batch, *density)?;
                (batch, shape.input.clone(), shape.dataset)
            }
            Input::Real { dataset, steps } => {
                let loader = loader(
                    registry, dataset, *steps, case.batch, &session, &services, settings,
                )?;
                (
                    first_batch(&loader)?,
                    loader.info().shape.clone(),
                    dataset.as_str(),
                )
            }
        };

        let assigned = &settings.model;
        let mut config = configure(model.component, &[dataset, &case.rule], assigned)?;
        if !case.hidden.is_empty() && config.get("hidden_sizes").is_some() {
            config.set("hidden_sizes", json!(case.hidden));
        }
        let family = open(&model)?.model(&case.model, &session, &services)?;
        let plugin = open(&rule)?;
        let before = Resident::now();
        let (graph, network) = family.network(&session, &config, &sample, batch.classes)?;

        let trains = &rule.component.network_types;
        if !trains.is_empty() && !trains.contains(&graph.net_type) {
            let reason = format!(
                "the rule trains {} networks, this is {}",
                trains.join(", "),
                graph.net_type
            );
            return Err(Error::refused(reason).into());
        }
        let config = configure(rule.component, &[dataset, &case.model], &settings.trainer)?;
        plugin.check_trainer(&case.rule, &config, network.info())?;
        let mut trainer = plugin.trainer(&case.rule, &config, &network, &session, &services)?;
        trainer.begin_training()?;
        trainer.begin_epoch(0)?;
        Ok(Subject {
            session,
            network,
            trainer,
            batch,
            before,
            _family: family,
        })
    }

    /// Learns from the batch.
    pub(super) fn train(&mut self) -> Result<Trained> {
        self.renew_input();
        let trained = self.trainer.train_batch(self.batch.bundle())?;
        let loss = trained.loss;
        anyhow::ensure!(
            loss.is_finite(),
            "the loss is {loss} after some steps on one batch"
        );
        Ok(trained)
    }

    /// Class scores of the batch, as a worker gets them: by the rule's readout where it has one.
    pub(super) fn scores(&mut self) -> Result<HostTensor> {
        self.renew_input();
        Ok(match self.trainer.predict(self.batch.bundle())? {
            Some(scores) => scores,
            None => attentive(|| self.network.scores(&self.batch.input))?,
        })
    }

    /// A tensor that nothing is known of but its spikes, as that of a new batch would be: what the engine finds out about
    /// them belongs to the step.
    fn renew_input(&mut self) {
        let input = &self.batch.input;
        if let Some(events) = input.event_index() {
            self.batch.input = HostTensor::events(&self.session, events, &input.shape()[..], Category::Input);
        }
    }
}

/// The loader of data set `key` as a worker opens it.
pub(super) fn loader(
    registry: &Registry,
    key: &str,
    steps: Option<usize>,
    batch: usize,
    session: &Arc<Session>,
    services: &ServiceSettings,
    settings: &Settings,
) -> Result<Loader> {
    let found = registry.component("dataset", key)?;
    let mut config: Config = configure(found.component, &[], &settings.dataset)?;
    if let Some(steps) = steps {
        config.set("T", steps);
    }
    let dataset = open(&found)?.dataset(key, &config, session, services)?;
    let base = LoaderConfig {
        batch_size: batch,
        seed: session.seed(),
        ..LoaderConfig::default()
    };
    Ok(Loader::open(dataset.raw, session, base.with_params(&config)?)?)
}

fn first_batch(loader: &Loader) -> Result<Batch> {
    let first = loader.epoch(Split::Train, 0)?.next();
    Ok(first.context("the data set gave no batch")??)
}

fn open(found: &Found<'_>) -> Result<Plugin> {
    Ok(Plugin::open(
        &found.plugin.path,
        &found.component.name,
        &found.component.version,
    )?)
}
