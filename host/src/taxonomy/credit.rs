//! What the updates of hidden layers depend on, found by changing one thing at a time.
//!
//! Every second hidden neuron is made a copy of its neighbour. Exchanging the weights that two such neurons send upwards
//! changes nothing forwards, but everything for a rule that sends errors back through these weights.

use super::measured::Credit;
use super::problem::enliven;
use super::stage::{CLASSES, Learnt, Setup};
use super::weights::{Weights, params_of};
use neurotrain_engine::ParamKind;
use neurotrain_plugin_api::{Field, LayerInfo, NetworkInfo, Result};
use neurotrain_tensor::HostTensor;

/// Lengths of the sequence that are tried, until hidden weights change. One step is the clearest: nothing that an update
/// does comes back within the batch.
const STEPS: [usize; 4] = [1, 4, 16, 64];
const SAMPLES: usize = 12;
/// Noise of weights that is to leave all spikes as they are.
const SMALL: f64 = 1e-4;
/// Relative difference of updates that is more than rounding in double precision.
pub(super) const ROUNDING: f64 = 1e-9;

/// What is changed before a batch is learnt.
#[derive(Debug, Clone, Copy)]
enum Change<'a> {
    Nothing,
    Labels,
    /// Quite other weights.
    Upset(&'a LayerInfo),
    /// Noise that is too small to matter.
    SmallNoise(&'a LayerInfo),
    /// Weights from the two of each pair of neurons below.
    Exchange(&'a LayerInfo),
}

/// Learns one batch under several changes.
pub(super) fn credit(setup: &Setup) -> Result<Credit> {
    let info = setup.stage("f64")?.network.info().clone();
    let mut found = Credit::default();
    let Some((probe, base)) = Probe::start(setup, &info, &mut found)? else {
        return Ok(found);
    };
    let again = probe.learn(Change::Nothing)?;
    if again.after != base.after {
        found
            .notes
            .push("the same batch changes the weights in another way when it is learnt again".to_owned());
        return Ok(found);
    }
    let hidden: Vec<usize> = info
        .layers
        .iter()
        .filter(|layer| !layer.readout)
        .flat_map(params_of)
        .collect();
    let all: Vec<usize> = (0..info.params.len()).collect();
    let other = probe.learn(Change::Labels)?;
    found.labels_anywhere = Some(differ(&base, &other, &all) > ROUNDING);
    found.labels = Some(differ(&base, &other, &hidden) > ROUNDING);
    if let Some(readout) = info.layers.last() {
        let other = probe.learn(Change::Upset(readout))?;
        found.readout = Some(differ(&base, &other, &hidden) > ROUNDING);
    }
    found.transport = probe.transport(&base, &mut found.notes)?;
    found.chain = probe.chain(&base, &mut found.notes)?;
    Ok(found)
}

struct Probe<'a> {
    setup: &'a Setup,
    info: &'a NetworkInfo,
    weights: Weights,
    steps: usize,
}

impl<'a> Probe<'a> {
    /// The shortest sequence that changes hidden weights, and what it does.
    fn start(setup: &'a Setup, info: &'a NetworkInfo, found: &mut Credit) -> Result<Option<(Self, Learnt)>> {
        for steps in STEPS {
            let stage = setup.stage("f64")?;
            let batch = setup.batch(&stage, steps, SAMPLES)?;
            let mut weights = Weights::of(&stage.network)?;
            weights.twin(info);
            enliven(&stage, &mut weights, &batch)?;
            let probe = Probe {
                setup,
                info,
                weights,
                steps,
            };
            let mut rule = setup.rule(&stage)?;
            let base = stage.learn(&mut rule, &batch)?;
            let own = stage.network.params()?;
            let own = || own.iter().filter(|p| p.kind != ParamKind::Network);
            found.own_parameters = own().next().is_some();
            found.own_classifier =
                own().any(|p| p.kind == ParamKind::OwnTrainable && p.shape.contains(&CLASSES));
            found.steps = steps;
            let hidden = info.layers.iter().filter(|layer| !layer.readout);
            if hidden.flat_map(params_of).any(|p| moved(&base, p)) {
                return Ok(Some((probe, base)));
            }
        }
        found.notes.push(format!(
            "no weight of a hidden layer was changed by a batch of {} steps",
            found.steps
        ));
        Ok(None)
    }

    fn learn(&self, change: Change<'_>) -> Result<Learnt> {
        let stage = self.setup.stage("f64")?;
        let mut batch = self.setup.batch(&stage, self.steps, SAMPLES)?;
        self.changed(change).write(&stage.network, &stage.session)?;
        if let Change::Labels = change {
            batch
                .label_values
                .iter_mut()
                .for_each(|label| *label = (*label + 1) % CLASSES as i64);
            batch.labels = HostTensor::labels(&stage.session, &batch.label_values)?;
        }
        let mut rule = self.setup.rule(&stage)?;
        stage.learn(&mut rule, &batch)
    }

    fn changed(&self, change: Change<'_>) -> Weights {
        let mut weights = self.weights.clone();
        match change {
            Change::Nothing | Change::Labels => {}
            Change::Upset(layer) => weights.upset(layer),
            Change::SmallNoise(layer) => weights.jitter(layer, SMALL),
            Change::Exchange(layer) => {
                weights.exchange(self.info, layer);
            }
        }
        weights
    }

    /// Whether layers below one depend on its weights, where these make no difference forwards.
    fn transport(&self, base: &Learnt, notes: &mut Vec<String>) -> Result<Option<bool>> {
        let mut answer = None;
        for layer in self.above_others() {
            if !self.weights.clone().exchange(self.info, layer) {
                continue;
            }
            let other = self.learn(Change::Exchange(layer))?;
            if !same_activity(base, &other) {
                notes.push(format!(
                    "`{}`: the updates of one batch change what the network does within it",
                    layer.name
                ));
                continue;
            }
            if differ(base, &other, &self.below(layer)) > ROUNDING {
                return Ok(Some(true));
            }
            // Otherwise there would be nothing to see.
            if layer.sources.iter().any(|source| self.twins_move(base, *source)) {
                answer = Some(false);
            }
        }
        Ok(answer)
    }

    /// Whether layers below a hidden one depend on anything of it but its spikes.
    fn chain(&self, base: &Learnt, notes: &mut Vec<String>) -> Result<Option<bool>> {
        let mut answer = None;
        for layer in self.above_others().filter(|layer| !layer.readout) {
            if self.spikes(Change::Nothing)? != self.spikes(Change::SmallNoise(layer))? {
                notes.push(format!(
                    "`{}`: a small change of weights changed its spikes",
                    layer.name
                ));
                continue;
            }
            let other = self.learn(Change::SmallNoise(layer))?;
            if !same_activity(base, &other) {
                continue;
            }
            // Whatever is left of a difference has come from there: all else is equal to the last bit.
            if differ(base, &other, &self.below(layer)) > 0.0 {
                return Ok(Some(true));
            }
            answer = Some(false);
        }
        Ok(answer)
    }

    fn spikes(&self, change: Change<'_>) -> Result<Vec<Vec<f64>>> {
        let stage = self.setup.stage("f64")?;
        let batch = self.setup.batch(&stage, self.steps, SAMPLES)?;
        self.changed(change).write(&stage.network, &stage.session)?;
        stage.fields(&batch, Field::Output)
    }

    fn above_others(&self) -> impl Iterator<Item = &'a LayerInfo> {
        let layers: &'a [LayerInfo] = &self.info.layers;
        layers.iter().filter(|layer| !layer.sources.is_empty())
    }

    /// Parameters of the layers below one.
    fn below(&self, layer: &LayerInfo) -> Vec<usize> {
        let mut below = vec![false; self.info.layers.len()];
        let mut open = layer.sources.clone();
        while let Some(source) = open.pop() {
            if !std::mem::replace(&mut below[source], true) {
                open.extend(&self.info.layers[source].sources);
            }
        }
        let layers = self.info.layers.iter().filter(|layer| below[layer.index]);
        layers.flat_map(params_of).collect()
    }

    /// Whether weights of both neurons of some pair changed.
    fn twins_move(&self, learnt: &Learnt, layer: usize) -> bool {
        let weight = self.info.layers[layer].weight;
        let row = self.info.params[weight].shape.iter().skip(1).product::<usize>();
        let (before, after) = (&learnt.before.0[weight], &learnt.after.0[weight]);
        let mut rows = before.chunks(row.max(1)).zip(after.chunks(row.max(1)));
        let mut pairs = std::iter::from_fn(|| Some((rows.next()?, rows.next()?)));
        pairs.any(|(one, two)| one.0 != one.1 && two.0 != two.1)
    }
}

fn moved(learnt: &Learnt, param: usize) -> bool {
    learnt.before.0[param] != learnt.after.0[param]
}

/// The same spikes in each layer and the same loss, up to rounding.
fn same_activity(one: &Learnt, other: &Learnt) -> bool {
    one.activity == other.activity && (one.loss - other.loss).abs() <= ROUNDING * one.loss.abs().max(1.0)
}

/// Relative difference of the changes of some parameters.
pub(super) fn differ(one: &Learnt, other: &Learnt, params: &[usize]) -> f64 {
    let change = |learnt: &Learnt, p: usize| -> Vec<f64> {
        let pairs = learnt.after.0[p].iter().zip(&learnt.before.0[p]);
        pairs.map(|(after, before)| after - before).collect()
    };
    let (mut apart, mut size) = (0.0, 0.0);
    for p in params {
        for (a, b) in change(one, *p).into_iter().zip(change(other, *p)) {
            apart += (a - b) * (a - b);
            size += a * a + b * b;
        }
    }
    if apart == 0.0 { 0.0 } else { (apart / size).sqrt() }
}
