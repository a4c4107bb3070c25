//! How state grows with the number of steps.

use super::measured::{Bytes, Growth};
use super::problem::enliven;
use super::stage::Setup;
use super::weights::Weights;
use neurotrain_plugin_api::Result;
use neurotrain_tensor::Category;

/// Lengths of the sequences.
const STEPS: [usize; 3] = [5, 20, 80];
/// Samples of a batch.
const SAMPLES: usize = 8;

/// Largest bytes of the second batch over sequences of each length: what a rule makes once is there by then.
pub(super) fn growth(setup: &Setup) -> Result<Growth> {
    let mut growth = Growth::default();
    for steps in STEPS {
        let stage = setup.stage("f32")?;
        let batch = setup.batch(&stage, steps, SAMPLES)?;
        let mut weights = Weights::of(&stage.network)?;
        enliven(&stage, &mut weights, &batch)?;
        let mut rule = setup.rule(&stage)?;
        rule.train_batch(batch.bundle())?;
        let meter = stage.session.meter();
        meter.reset_peaks();
        meter.reset_counters();
        rule.train_batch(batch.bundle())?;
        let peak = |category| meter.peak_bytes(category);
        growth.bytes.push(Bytes {
            steps,
            neuron_state: peak(Category::NeuronState),
            rule_state: peak(Category::RuleState),
            activations: peak(Category::Activation),
            scratch: peak(Category::Scratch),
            input: peak(Category::Input),
        });
        growth.spatial_backprop = meter.spatial_backprop();
        growth.temporal_backprop = meter.temporal_backprop();
        let layers = &stage.network.info().layers;
        let neurons: usize = layers.iter().map(|layer| layer.size()).sum();
        growth.bit_per_neuron = (SAMPLES * neurons) as f64 / 8.0;
    }
    if let [.., short, long] = growth.bytes[..] {
        growth.per_step = (long.state() as f64 - short.state() as f64) / (long.steps - short.steps) as f64;
    }
    Ok(growth)
}
