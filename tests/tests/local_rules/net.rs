//! Fully connected and recurrent networks, literally.

use crate::bench::{Bench, Data, relative};
use neurotrain_plugin_api::{Graph, Lif, Surrogate};
use serde_json::{Value, json};

pub(crate) const INPUTS: usize = 12;
pub(crate) const CLASSES: usize = 4;
pub(crate) const BETA: f64 = 0.9;
pub(crate) const THETA: f64 = 1.0;

/// A matrix by rows.
pub(crate) type Rows = Vec<Vec<f64>>;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// The reset of a spike follows one step later.
    Lif,
    /// At once.
    Immediate,
    Integrator,
}

#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) kind: Kind,
    pub(crate) weight: Rows,
    pub(crate) recurrent: Rows,
    pub(crate) bias: Vec<f64>,
    names: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Net {
    pub(crate) layers: Vec<Layer>,
    /// Layer 2 reads the sum of layers 0 and 1.
    pub(crate) shortcut: bool,
}

/// What a layer has computed in a step.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Input.
    pub(crate) x: Vec<f64>,
    /// Membrane that was compared with the threshold.
    pub(crate) v: Vec<f64>,
    /// Membrane after an immediate reset.
    pub(crate) m: Vec<f64>,
    pub(crate) s: Vec<f64>,
    /// Spikes of the step before.
    pub(crate) last: Vec<f64>,
}

/// A network of the engine and its literal copy, strong enough to fire.
pub(crate) fn networks(model: &str, hidden: &[usize], integrator: bool) -> (Bench, Net) {
    let values = json!({ "hidden_sizes": hidden, "out_integrator": integrator });
    let bench = Bench::new(model, values, INPUTS, CLASSES, 5);
    copied(bench, model == "r_snn", hidden, integrator)
}

/// As [`networks`], fully connected and integrating, where the layers 0 and 1 feed layer 2.
pub(crate) fn with_shortcut(hidden: [usize; 3]) -> (Bench, Net) {
    let neuron = Lif {
        beta: BETA,
        threshold: THETA,
        reset: "subtract".into(),
        reset_order: "delayed".into(),
        surrogate: Surrogate::FastSigmoid { slope: 25.0 },
    };
    let bench = Bench::with(CLASSES, 5, |_| {
        let mut graph = Graph::new("fc");
        let mut below = graph.input(&[INPUTS]);
        let (mut width, mut spikes) = (INPUTS, Vec::new());
        for (l, size) in hidden.into_iter().enumerate() {
            let weight = format!("synapses.{l}.weight");
            let current = graph.linear(&format!("synapses.{l}"), &weight, width, size, &below);
            below = graph.lif(&format!("neurons.{l}"), &neuron, &current);
            spikes.push(below.clone());
            if l == 1 {
                below = graph.node("add", "add", json!({}), &[&spikes[0], &spikes[1]]);
            }
            width = size;
        }
        let current = graph.linear("synapses.3", "synapses.3.weight", width, CLASSES, &below);
        let readout = graph.integrator("neurons.3", 1.0, &current);
        graph.output(&readout);
        graph
    });
    let (bench, net) = copied(bench, false, &hidden, true);
    let net = Net {
        shortcut: true,
        ..net
    };
    (bench, net)
}

/// The network made stronger, and its copy.
fn copied(bench: Bench, recurrent: bool, hidden: &[usize], integrator: bool) -> (Bench, Net) {
    let mut widths = vec![INPUTS];
    widths.extend(hidden);
    widths.push(CLASSES);
    let mut layers = Vec::new();
    for l in 0..=hidden.len() {
        let (rows, cols) = (widths[l + 1], widths[l]);
        let name = match (recurrent, l == hidden.len()) {
            (false, _) => format!("synapses.{l}.weight"),
            (true, false) => format!("input_layers.{l}.weight"),
            (true, true) => "fc_out.weight".to_owned(),
        };
        let values: Vec<f64> = bench.param(&name).iter().map(|w| 3.0 * w).collect();
        bench.set(&name, &[rows, cols], &values);
        let mut layer = Layer {
            kind: match (l == hidden.len(), integrator) {
                (true, true) => Kind::Integrator,
                (true, false) => Kind::Lif,
                _ if recurrent => Kind::Immediate,
                _ => Kind::Lif,
            },
            weight: rows_of(&values, cols),
            recurrent: Vec::new(),
            bias: Vec::new(),
            names: vec![name],
        };
        if layer.kind == Kind::Immediate {
            let name = format!("recurrent_layers.{l}.recurrent.weight");
            layer.recurrent = rows_of(&bench.param(&name), rows);
            layer.names.push(name);
            let name = format!("recurrent_layers.{l}.recurrent.bias");
            layer.bias = bench.param(&name);
            layer.names.push(name);
        }
        layers.push(layer);
    }
    let shortcut = false;
    (bench, Net { layers, shortcut })
}

impl Net {
    pub(crate) fn states(&self) -> Vec<State> {
        let rest = |l: &Layer| State {
            x: vec![0.0; l.weight[0].len()],
            v: vec![0.0; l.weight.len()],
            m: vec![0.0; l.weight.len()],
            s: vec![0.0; l.weight.len()],
            last: vec![0.0; l.weight.len()],
        };
        self.layers.iter().map(rest).collect()
    }

    /// One step of one sample.
    pub(crate) fn step(&self, states: &mut [State], x: &[f64]) {
        let mut x = x.to_vec();
        for (l, layer) in self.layers.iter().enumerate() {
            layer.step(&mut states[l], x);
            x = self.read_from(l, |l| &states[l].s);
        }
    }

    /// What the layer above `l` reads, for activity `of` each layer.
    pub(crate) fn read_from<'a>(&self, l: usize, of: impl Fn(usize) -> &'a Vec<f64>) -> Vec<f64> {
        let mut sum = of(l).clone();
        if self.shortcut && l == 1 {
            filter(&mut sum, 1.0, of(0));
        }
        sum
    }

    /// Parameters by name.
    pub(crate) fn params(&self) -> Vec<(String, Vec<f64>)> {
        let mut params = Vec::new();
        for layer in &self.layers {
            let values = [
                layer.weight.concat(),
                layer.recurrent.concat(),
                layer.bias.clone(),
            ];
            params.extend(layer.names.iter().cloned().zip(values));
        }
        params
    }

    /// Asserts that the engine's network made the same changes since `start`.
    pub(crate) fn agrees(&self, bench: &Bench, start: &Net, tolerance: f64, what: &str) {
        for ((name, literal), (_, start)) in self.params().into_iter().zip(start.params()) {
            let change = |now: &[f64]| -> Vec<f64> { now.iter().zip(&start).map(|(a, b)| a - b).collect() };
            let (ours, theirs) = (change(&bench.param(&name)), change(&literal));
            if theirs.iter().all(|v| *v == 0.0) {
                assert!(ours.iter().all(|v| *v == 0.0), "{what}: {name} moved");
                continue;
            }
            let error = relative(&ours, &theirs);
            assert!(error <= tolerance, "{what}: {name}: relative error {error:e}");
        }
    }
}

impl Layer {
    fn step(&self, state: &mut State, x: Vec<f64>) {
        let mut current = times(&self.weight, &x);
        if self.kind == Kind::Immediate {
            let own = times(&self.recurrent, &state.s);
            for ((c, r), b) in current.iter_mut().zip(own).zip(&self.bias) {
                *c += r + b;
            }
        }
        state.x = x;
        state.last = state.s.clone();
        for (j, current) in current.into_iter().enumerate() {
            let above = spike(state.m[j]);
            let (decay, reset) = match self.kind {
                Kind::Integrator => (1.0, 0.0),
                _ => (BETA, above * THETA),
            };
            state.v[j] = decay * state.m[j] + current - reset;
            state.s[j] = match self.kind {
                Kind::Integrator => 0.0,
                _ => spike(state.v[j]),
            };
            state.m[j] = match self.kind {
                Kind::Immediate => state.v[j] - (state.s[j] - above) * THETA,
                _ => state.v[j],
            };
        }
    }
}

/// Runs `batches` batches by the plugin and by `literal`, and compares the changes of all parameters.
pub(crate) fn compare(
    (rule, settings): (&str, Value),
    (bench, mut net): (Bench, Net),
    tolerance: f64,
    batches: u64,
    mut literal: impl FnMut(&mut Net, &Data, &Bench),
) {
    let start = net.clone();
    let mut trainer = bench.trainer(rule, settings.clone());
    for seed in 1..=batches {
        let data = Data::random(seed, 7, 5, INPUTS, CLASSES, seed == 2);
        // Before the plugin changes what the rule itself trains.
        literal(&mut net, &data, &bench);
        trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
    }
    net.agrees(&bench, &start, tolerance, &format!("{rule} {settings}"));
}

pub(crate) fn rows_of(values: &[f64], cols: usize) -> Rows {
    values.chunks(cols).map(<[f64]>::to_vec).collect()
}

pub(crate) fn spike(membrane: f64) -> f64 {
    f64::from(u8::from(membrane > THETA))
}

/// The surrogate derivative of these networks.
pub(crate) fn surrogate(membrane: f64) -> f64 {
    (25.0 * (membrane - THETA).abs() + 1.0).powi(-2)
}

/// `W x`.
pub(crate) fn times(matrix: &Rows, x: &[f64]) -> Vec<f64> {
    let row = |row: &Vec<f64>| row.iter().zip(x).map(|(w, x)| w * x).sum();
    matrix.iter().map(row).collect()
}

/// `d W`.
pub(crate) fn left(matrix: &Rows, d: &[f64]) -> Vec<f64> {
    let column = |i: usize| matrix.iter().zip(d).map(|(row, d)| d * row[i]).sum();
    (0..matrix[0].len()).map(column).collect()
}

/// `to += factor · post preᵀ`.
pub(crate) fn add_outer(to: &mut Rows, factor: f64, post: &[f64], pre: &[f64]) {
    for (row, post) in to.iter_mut().zip(post) {
        for (to, pre) in row.iter_mut().zip(pre) {
            *to += factor * post * pre;
        }
    }
}

/// `state <- decay · state + x`.
pub(crate) fn filter(state: &mut [f64], decay: f64, x: &[f64]) {
    state.iter_mut().zip(x).for_each(|(s, x)| *s = decay * *s + x);
}

pub(crate) fn softmax(z: &[f64]) -> Vec<f64> {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = z.iter().map(|z| (z - max).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.iter().map(|e| e / sum).collect()
}

pub(crate) fn one_hot(label: usize) -> Vec<f64> {
    (0..CLASSES).map(|c| f64::from(u8::from(c == label))).collect()
}

pub(crate) fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

pub(crate) fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}
