//! Networks of LIF layers and rules that keep an eligibility for every sample and synapse, written down
//! literally. The inputs of a layer are one vector: what reaches it, its own last spikes, and a constant 1.

use crate::bench::Data;

const BETA: f64 = 0.9;
pub(crate) const THETA: f64 = 1.0;

/// A matrix by rows.
pub(crate) type Rows = Vec<Vec<f64>>;

/// A layer with its weights.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) weight: Rows,
    /// Matrix and bias of the recurrence; such a layer resets at once.
    pub(crate) recurrent: Option<(Rows, Vec<f64>)>,
    pub(crate) zero_reset: bool,
}

/// Which eligibilities `ε_t` a rule has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Eligibility {
    /// The input filtered with the membrane's decay.
    Trace,
    /// Filtered with a gain of each neuron.
    Diagonal,
    /// With all neurons of a recurrent layer acting on each other.
    Complete,
    /// With rows of a recurrent layer's eligibilities mixed.
    RowMixing,
}

/// How a layer's last state acts on the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Gain {
    /// As of a reset to zero.
    Zero,
    /// As of the reset the layer has.
    Matched,
    /// As of a reset that waits for the next step.
    Delayed,
}

/// Where the learning signal of hidden layers comes from.
#[derive(Debug, Clone)]
pub(crate) enum Signal {
    /// The layer above, through its weights.
    Weights,
    /// The layer above, through fixed matrices `[n_{l+1}, n_l]`.
    Matrices(Vec<Rows>),
    /// The label, through fixed matrices `[C, n]`.
    Labels(Vec<Rows>),
}

/// What the readout is compared with the label by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Readout {
    Spikes,
    /// Squared error of the membrane, times the pseudo-derivative.
    MembraneTimesPsi,
    /// Cross-entropy of the membrane.
    CrossEntropy,
    /// Cross-entropy of the membrane, times the pseudo-derivative.
    CrossEntropyTimesPsi,
}

/// A rule with plain descent.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) lr: f64,
    pub(crate) online: bool,
    pub(crate) eligibility: Eligibility,
    pub(crate) gain: Gain,
    pub(crate) signal: Signal,
    pub(crate) readout: Readout,
    /// Pseudo-derivative at membrane minus threshold.
    pub(crate) psi: fn(f64) -> f64,
    pub(crate) post_reset: bool,
    /// The trace of a recurrence takes in this step's spikes.
    pub(crate) early: bool,
    pub(crate) train_bias: bool,
    /// The steps whose gradients count.
    pub(crate) teaches: fn(usize) -> bool,
}

/// What a layer did in one step, for one sample.
struct Step {
    inputs: Vec<f64>,
    membrane: Vec<f64>,
    spikes: Vec<f64>,
    psi: Vec<f64>,
}

/// What is kept for one sample and layer.
#[derive(Clone)]
struct Memory {
    stored: Vec<f64>,
    spikes: Vec<f64>,
    /// `[j][i]`, or `[j][p][i]` flattened for complete eligibilities.
    eligibility: Rows,
    last: Option<(Vec<f64>, Vec<f64>, Vec<f64>)>,
}

/// Trains `layers` on one batch.
pub(crate) fn train(layers: &mut [Layer], data: &Data, rule: &Rule) {
    let mut memories: Vec<Vec<Memory>> = (0..data.batch())
        .map(|_| layers.iter().map(|l| Memory::new(l, rule)).collect())
        .collect();
    let mut gradients = zeros(layers);
    for t in 0..data.steps {
        for (b, memories) in memories.iter_mut().enumerate() {
            let mut x = data.frame(t, b).to_vec();
            let steps: Vec<Step> = layers
                .iter()
                .zip(memories.iter_mut())
                .map(|(layer, memory)| {
                    let step = layer.step(&x, memory, rule);
                    x.clone_from(&step.spikes);
                    memory.advance(layer, &step, rule);
                    step
                })
                .collect();
            let posts = signals(layers, &steps, data.labels[b], rule);
            for ((gradient, memory), post) in gradients.iter_mut().zip(&*memories).zip(posts) {
                if (rule.teaches)(t) {
                    memory.add_gradient(&post, gradient, 1.0 / data.batch() as f64);
                }
            }
        }
        if rule.online {
            descend(layers, &gradients, rule);
            gradients = zeros(layers);
        }
    }
    descend(layers, &gradients, rule);
}

impl Layer {
    fn width(&self) -> usize {
        let recurrent = self.recurrent.as_ref().map_or(0, |_| self.weight.len() + 1);
        self.weight[0].len() + recurrent
    }

    fn step(&self, x: &[f64], memory: &mut Memory, rule: &Rule) -> Step {
        let mut inputs = x.to_vec();
        let mut drive = times(&self.weight, x);
        if let Some((matrix, bias)) = &self.recurrent {
            let own = times(matrix, &memory.spikes);
            for (d, (own, bias)) in drive.iter_mut().zip(own.iter().zip(bias)) {
                *d += own + bias;
            }
        }
        let (mut fired, mut membrane) = (Vec::new(), Vec::new());
        for (stored, drive) in memory.stored.iter_mut().zip(drive) {
            let above = step_function(*stored - THETA);
            let v = match self.zero_reset {
                true => BETA * (1.0 - above) * *stored + drive,
                false => BETA * *stored + drive - above * THETA,
            };
            let spike = step_function(v - THETA);
            let reset = match (self.recurrent.is_some(), self.zero_reset) {
                (false, _) => v,
                (true, true) => v * (1.0 - spike),
                (true, false) => v - (spike - above) * THETA,
            };
            *stored = reset;
            fired.push(spike);
            membrane.push(if rule.post_reset { reset } else { v });
        }
        if self.recurrent.is_some() {
            inputs.extend(if rule.early { &fired } else { &memory.spikes });
            inputs.push(1.0);
        }
        memory.spikes.clone_from(&fired);
        let psi = membrane.iter().map(|v| (rule.psi)(v - THETA)).collect();
        Step {
            inputs,
            membrane,
            spikes: fired,
            psi,
        }
    }

    fn gain(&self, rule: &Rule, membrane: f64, spike: f64, psi: f64) -> f64 {
        let zero = BETA * ((1.0 - spike) - membrane * psi);
        match rule.gain {
            _ if rule.eligibility == Eligibility::Trace => BETA,
            Gain::Zero => zero,
            _ if self.zero_reset => zero,
            Gain::Matched if self.recurrent.is_some() => BETA * (1.0 - THETA * psi),
            _ => BETA - THETA * psi,
        }
    }
}

impl Memory {
    fn new(layer: &Layer, rule: &Rule) -> Self {
        let n = layer.weight.len();
        let width = match rule.eligibility {
            Eligibility::Complete => n * layer.width(),
            _ => layer.width(),
        };
        Memory {
            stored: vec![0.0; n],
            spikes: vec![0.0; n],
            eligibility: vec![vec![0.0; width]; n],
            last: None,
        }
    }

    fn advance(&mut self, layer: &Layer, step: &Step, rule: &Rule) {
        let n = layer.weight.len();
        let before = self.eligibility.clone();
        for j in 0..n {
            let row = &mut self.eligibility[j];
            row.iter_mut().for_each(|e| *e = 0.0);
            if let Some((membrane, spikes, psi)) = &self.last {
                let gain = layer.gain(rule, membrane[j], spikes[j], psi[j]);
                row.iter_mut().zip(&before[j]).for_each(|(e, b)| *e += gain * b);
                let mixes = matches!(rule.eligibility, Eligibility::Complete | Eligibility::RowMixing);
                if let Some((matrix, _)) = layer.recurrent.as_ref().filter(|_| mixes) {
                    for (k, before) in before.iter().enumerate() {
                        let factor = matrix[j][k] * psi[k];
                        row.iter_mut().zip(before).for_each(|(e, b)| *e += factor * b);
                    }
                }
            }
            let own = match rule.eligibility {
                Eligibility::Complete => &mut row[j * step.inputs.len()..],
                _ => &mut row[..],
            };
            own.iter_mut().zip(&step.inputs).for_each(|(e, x)| *e += x);
        }
        self.last = Some((step.membrane.clone(), step.spikes.clone(), step.psi.clone()));
    }

    fn add_gradient(&self, post: &[f64], gradient: &mut Rows, share: f64) {
        let (n, width) = (post.len(), gradient[0].len());
        let complete = self.eligibility[0].len() > width || n == 1;
        for (j, (post, eligibility)) in post.iter().zip(&self.eligibility).enumerate() {
            for (at, e) in eligibility.iter().enumerate() {
                let p = if complete { at / width } else { j };
                gradient[p][at % width] += share * post * e;
            }
        }
    }
}

/// Learning signal times what leads from the membrane to it, of every layer.
fn signals(layers: &[Layer], steps: &[Step], label: usize, rule: &Rule) -> Vec<Vec<f64>> {
    let top = &steps[steps.len() - 1];
    let output = match rule.readout {
        Readout::Spikes => top.spikes.clone(),
        Readout::MembraneTimesPsi => top.membrane.clone(),
        Readout::CrossEntropy | Readout::CrossEntropyTimesPsi => softmax(&top.membrane),
    };
    let factor = |psi: f64| {
        if rule.readout == Readout::CrossEntropy {
            1.0
        } else {
            psi
        }
    };
    let mut posts = vec![
        output
            .iter()
            .zip(&top.psi)
            .enumerate()
            .map(|(c, (o, psi))| (o - f64::from(u8::from(c == label))) * factor(*psi))
            .collect::<Vec<f64>>(),
    ];
    for l in (0..layers.len() - 1).rev() {
        let signal = match &rule.signal {
            Signal::Weights => left(&posts[0], &layers[l + 1].weight),
            Signal::Matrices(matrices) => left(&posts[0], &matrices[l]),
            Signal::Labels(matrices) => matrices[l][label].clone(),
        };
        posts.insert(0, signal.iter().zip(&steps[l].psi).map(|(s, p)| s * p).collect());
    }
    posts
}

fn zeros(layers: &[Layer]) -> Vec<Rows> {
    layers
        .iter()
        .map(|l| vec![vec![0.0; l.width()]; l.weight.len()])
        .collect()
}

fn descend(layers: &mut [Layer], gradients: &[Rows], rule: &Rule) {
    for (layer, gradient) in layers.iter_mut().zip(gradients) {
        let inputs = layer.weight[0].len();
        for (j, gradient) in gradient.iter().enumerate() {
            let (feed_forward, rest) = gradient.split_at(inputs);
            subtract(&mut layer.weight[j], rule.lr, feed_forward);
            if let Some((matrix, bias)) = &mut layer.recurrent {
                let (own, one) = rest.split_at(matrix.len());
                subtract(&mut matrix[j], rule.lr, own);
                if rule.train_bias {
                    bias[j] -= rule.lr * one[0];
                }
            }
        }
    }
}

fn subtract(weights: &mut [f64], lr: f64, gradient: &[f64]) {
    weights.iter_mut().zip(gradient).for_each(|(w, g)| *w -= lr * g);
}

fn step_function(x: f64) -> f64 {
    f64::from(u8::from(x > 0.0))
}

fn times(matrix: &Rows, x: &[f64]) -> Vec<f64> {
    matrix
        .iter()
        .map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum())
        .collect()
}

fn left(d: &[f64], matrix: &Rows) -> Vec<f64> {
    (0..matrix[0].len())
        .map(|i| d.iter().zip(matrix).map(|(d, row)| d * row[i]).sum())
        .collect()
}

fn softmax(z: &[f64]) -> Vec<f64> {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = z.iter().map(|z| (z - max).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.iter().map(|e| e / sum).collect()
}
