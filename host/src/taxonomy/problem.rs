//! Small problems that a rule accepts.

use super::measured::Part;
use super::stage::{CLASSES, Setup, Stage, open, services};
use super::weights::Weights;
use crate::bench::configure;
use crate::runtime::open_session;
use neurotrain_loader::Batch;
use neurotrain_plugin_api::{Component, Config, Field, Result};
use serde_json::json;

/// Data set whose sections apply: of its small images.
const DATASET: &str = "digits";
/// Sides of images that are tried.
const SIDES: [usize; 3] = [8, 16, 32];
/// Hidden layers that are tried.
const HIDDEN: [&[usize]; 2] = [&[16, 12], &[16]];
/// Most feature maps of a convolution.
const CHANNELS: i64 = 8;
/// Share of neurons below the threshold in each step, about.
const QUIET: f64 = 0.5;

impl Setup {
    /// The first problem with a network of `model` that `rule` accepts, with its default parameters.
    ///
    /// # Errors
    /// Why the last one was not accepted.
    pub(super) fn find(rule: &Part, model: &Part) -> Result<Setup> {
        let rule_config = configure(&rule.component, &[DATASET, &model.component.key], &[])?;
        let mut last = None;
        for side in SIDES {
            for hidden in HIDDEN {
                let setup = Setup {
                    rule: rule.clone(),
                    model: model.clone(),
                    rule_config: rule_config.clone(),
                    model_config: small(&model.component, &rule.component.key, hidden)?,
                    sample: vec![1, side, side],
                };
                match setup.is_accepted() {
                    Ok(()) => return Ok(setup),
                    Err(e) => last = Some(e),
                }
            }
        }
        Err(last.unwrap_or_else(|| neurotrain_plugin_api::Error::refused("no problem was tried")))
    }

    fn is_accepted(&self) -> Result<()> {
        let session = open_session("cpu", "f64", 0)?;
        let key = &self.model.component.key;
        let family = open(&self.model)?.model(key, &session, &services())?;
        let info = family.info(&self.model_config, &self.sample, CLASSES)?;
        open(&self.rule)?.check_trainer(&self.rule.component.key, &self.rule_config, &info)
    }
}

/// A small network of a family.
fn small(model: &Component, rule: &str, hidden: &[usize]) -> Result<Config> {
    let mut config = configure(model, &[DATASET, rule], &[])?;
    if config.get("hidden_sizes").is_some() {
        config.set("hidden_sizes", json!(hidden));
    }
    if let Some(maps) = config.get("channels").and_then(|value| value.as_array()) {
        let few: Vec<i64> = maps
            .iter()
            .map(|n| n.as_i64().map_or(CHANNELS, |n| n.min(CHANNELS)))
            .collect();
        config.set("channels", json!(few));
    }
    Ok(config)
}

/// Scales the weights of `stage`, layer by layer, so that its neurons fire on `batch`.
pub(super) fn enliven(stage: &Stage, weights: &mut Weights, batch: &Batch) -> Result<()> {
    let layers = stage.network.info().layers.clone();
    for layer in layers.iter().filter(|layer| layer.spiking()) {
        weights.write(&stage.network, &stage.session)?;
        let mut membrane = stage.fields(batch, Field::Membrane)?.swap_remove(layer.index);
        membrane.iter_mut().for_each(|m| *m = m.abs());
        membrane.sort_by(f64::total_cmp);
        membrane.dedup();
        let at = (QUIET * membrane.len() as f64) as usize;
        // Half-way between two, so that no membrane is near the threshold.
        if let Some([below, above]) = membrane.get(at..at + 2)
            && *above > 0.0
        {
            weights.scale(layer, layer.neuron.threshold / (0.5 * (below + above)));
        }
    }
    weights.write(&stage.network, &stage.session)
}
