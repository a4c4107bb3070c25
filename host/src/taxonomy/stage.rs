//! A rule, a network and a batch, opened afresh for every measurement.

use super::measured::Part;
use super::weights::Weights;
use crate::bench::spikes;
use crate::runtime::{ModelFamily, Plugin, ServiceSettings, Trained, Trainer, open_session};
use neurotrain_engine::{Activity, Network};
use neurotrain_loader::Batch;
use neurotrain_plugin_api::{Config, Field, Network as View, Result, Tensor};
use neurotrain_tensor::Session;
use std::sync::Arc;

/// Seed of everything random.
const SEED: u64 = 7;
/// Classes of the problems.
pub(super) const CLASSES: usize = 5;
/// Share of ones of the input: much, so that neurons fire from the first step on.
const DENSITY: f64 = 0.5;

/// Rule, network and their configurations, which go together.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) rule: Part,
    pub(super) model: Part,
    pub(super) rule_config: Config,
    pub(super) model_config: Config,
    pub(super) sample: Vec<usize>,
}

/// A network without a rule.
pub(super) struct Stage {
    pub(super) session: Arc<Session>,
    pub(super) network: Network,
    // The network calls nodes of the family's own.
    _family: ModelFamily,
}

impl Setup {
    /// The network with its initial parameters.
    pub(super) fn stage(&self, dtype: &str) -> Result<Stage> {
        let session = open_session("cpu", dtype, SEED)?;
        let family = open(&self.model)?.model(&self.model.component.key, &session, &services())?;
        let (_, network) = family.network(&session, &self.model_config, &self.sample, CLASSES)?;
        Ok(Stage {
            session,
            network,
            _family: family,
        })
    }

    /// A rule bound to the network of `stage`.
    pub(super) fn rule(&self, stage: &Stage) -> Result<Trainer> {
        let rule = open(&self.rule)?;
        let key = &self.rule.component.key;
        rule.check_trainer(key, &self.rule_config, stage.network.info())?;
        let mut trainer = rule.trainer(
            key,
            &self.rule_config,
            &stage.network,
            &stage.session,
            &services(),
        )?;
        trainer.begin_training()?;
        trainer.begin_epoch(0)?;
        Ok(trainer)
    }

    /// A batch of random spikes.
    pub(super) fn batch(&self, stage: &Stage, steps: usize, samples: usize) -> Result<Batch> {
        spikes(&stage.session, &self.sample, CLASSES, steps, samples, DENSITY)
    }
}

/// What one batch did.
#[derive(Debug)]
pub(super) struct Learnt {
    pub(super) before: Weights,
    pub(super) after: Weights,
    pub(super) loss: f64,
    pub(super) activity: Vec<Activity>,
}

impl Stage {
    /// Learns `batch` once.
    pub(super) fn learn(&self, trainer: &mut Trainer, batch: &Batch) -> Result<Learnt> {
        let before = Weights::of(&self.network)?;
        self.network.clear_activity()?;
        let Trained { loss, .. } = trainer.train_batch(batch.bundle())?;
        Ok(Learnt {
            before,
            after: Weights::of(&self.network)?,
            loss,
            activity: self.network.activity()?,
        })
    }

    /// A field of every layer over the sequence of `batch`, with the present weights.
    pub(super) fn fields(&self, batch: &Batch, field: Field) -> Result<Vec<Vec<f64>>> {
        let view = View::from_raw(self.network.raw())?;
        view.run(&Tensor::from_raw(batch.input.clone().into_raw()))?;
        let fields = view
            .layers()
            .iter()
            .map(|layer| view.field(layer, field)?.to_vec());
        let fields = fields.collect();
        self.network.clear_state()?;
        fields
    }
}

pub(super) fn open(part: &Part) -> Result<Plugin> {
    Plugin::open(&part.path, &part.component.name, &part.component.version)
}

pub(super) fn services() -> ServiceSettings {
    ServiceSettings::default()
}
