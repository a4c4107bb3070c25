//! The equations of the rules written down literally, one synapse and one sample at a time.

use crate::bench::Data;

const BETA: f64 = 0.9;
const THETA: f64 = 1.0;

/// A matrix `[rows, cols]`.
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    pub(crate) cols: usize,
    pub(crate) values: Vec<f64>,
}

impl Matrix {
    pub(crate) fn new(cols: usize, values: Vec<f64>) -> Self {
        Matrix { cols, values }
    }

    fn zeros_like(&self) -> Self {
        Matrix {
            cols: self.cols,
            values: vec![0.0; self.values.len()],
        }
    }

    fn rows(&self) -> usize {
        self.values.len() / self.cols
    }

    fn at(&mut self, row: usize, col: usize) -> &mut f64 {
        &mut self.values[row * self.cols + col]
    }

    /// `W x`.
    fn times(&self, x: &[f64]) -> Vec<f64> {
        self.values
            .chunks(self.cols)
            .map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum())
            .collect()
    }

    /// `d W`.
    fn left(&self, d: &[f64]) -> Vec<f64> {
        (0..self.cols)
            .map(|i| {
                d.iter()
                    .enumerate()
                    .map(|(j, d)| d * self.values[j * self.cols + i])
                    .sum()
            })
            .collect()
    }

    fn add_outer(&mut self, post: &[f64], pre: &[f64]) {
        for (j, post) in post.iter().enumerate() {
            for (i, pre) in pre.iter().enumerate() {
                *self.at(j, i) += post * pre;
            }
        }
    }

    fn descend(&mut self, rate: f64, gradient: &Matrix) {
        self.values
            .iter_mut()
            .zip(&gradient.values)
            .for_each(|(w, g)| *w -= rate * g);
    }
}

/// Weights of a recurrent layer with its readout.
#[derive(Debug, Clone)]
pub(crate) struct Recurrent {
    pub(crate) input: Matrix,
    pub(crate) recurrent: Matrix,
    /// `[n, 1]`.
    pub(crate) bias: Matrix,
    pub(crate) readout: Matrix,
}

/// What e-prop is asked to do.
#[derive(Debug, Clone)]
pub(crate) struct EProp {
    pub(crate) lr: f64,
    pub(crate) alpha: f64,
    pub(crate) kappa: f64,
    pub(crate) gamma: f64,
    /// Where ψ is centred.
    pub(crate) centre: f64,
    /// ψ at the membrane after its reset.
    pub(crate) post_reset: bool,
    pub(crate) train_bias: bool,
    /// Only the last step teaches.
    pub(crate) last: bool,
    pub(crate) per_step: bool,
    pub(crate) every: usize,
    /// Factors of the input, recurrent and readout gradients.
    pub(crate) rates: [f64; 3],
    /// Random feedback `[C, n]` instead of the readout's weights.
    pub(crate) feedback: Option<Matrix>,
}

/// One batch of e-prop with plain descent, an eligibility for every sample and synapse.
pub(crate) fn eprop(net: &mut Recurrent, data: &Data, rule: &EProp) {
    let (n, samples) = (net.recurrent.cols, data.batch());
    let zero = |width: usize| vec![vec![0.0; width]; samples];
    let (mut m, mut s, mut y, mut s_bar) = (zero(n), zero(n), zero(data.classes), zero(n));
    let (mut x_bar, mut z_bar, mut one_bar) = (zero(data.inputs), zero(n), 0.0);
    let mut e_input = vec![net.input.zeros_like(); samples];
    let mut e_recurrent = vec![net.recurrent.zeros_like(); samples];
    let mut e_bias = vec![net.bias.zeros_like(); samples];
    let zeros =
        |net: &Recurrent| [&net.input, &net.recurrent, &net.bias, &net.readout].map(Matrix::zeros_like);
    let mut gradients = zeros(net);
    for t in 0..data.steps {
        one_bar = rule.alpha * one_bar + 1.0;
        for b in 0..samples {
            let x = data.frame(t, b);
            let (from_input, from_self) = (net.input.times(x), net.recurrent.times(&s[b]));
            filter(&mut x_bar[b], rule.alpha, x);
            filter(&mut z_bar[b], rule.alpha, &s[b]);
            for j in 0..n {
                let was_above = f64::from(u8::from(m[b][j] > THETA));
                let v =
                    BETA * m[b][j] + from_input[j] + from_self[j] + net.bias.values[j] - was_above * THETA;
                s[b][j] = f64::from(u8::from(v > THETA));
                m[b][j] = v - (s[b][j] - was_above) * THETA;
                let (q, centre) = (if rule.post_reset { m[b][j] } else { v }, rule.centre);
                let psi = rule.gamma / centre * (1.0 - ((q - centre) / centre).abs()).max(0.0);
                for (i, x) in x_bar[b].iter().enumerate() {
                    *e_input[b].at(j, i) = rule.kappa * *e_input[b].at(j, i) + psi * x;
                }
                for (k, z) in z_bar[b].iter().enumerate() {
                    *e_recurrent[b].at(j, k) = rule.kappa * *e_recurrent[b].at(j, k) + psi * z;
                }
                *e_bias[b].at(j, 0) = rule.kappa * *e_bias[b].at(j, 0) + psi * one_bar;
            }
            filter(&mut s_bar[b], rule.kappa, &s[b]);
            let current = net.readout.times(&s[b]);
            filter(&mut y[b], rule.kappa, &current);
        }
        if (t + 1) % rule.every != 0 || (rule.last && t + 1 < data.steps) {
            continue;
        }
        for b in 0..samples {
            let mut error = softmax(&y[b]);
            error[data.labels[b]] -= 1.0;
            error.iter_mut().for_each(|e| *e /= samples as f64);
            let signal = rule.feedback.as_ref().unwrap_or(&net.readout).left(&error);
            for (gradient, eligibility) in
                gradients
                    .iter_mut()
                    .zip([&e_input[b], &e_recurrent[b], &e_bias[b]])
            {
                for (at, e) in eligibility.values.iter().enumerate() {
                    gradient.values[at] += signal[at / eligibility.cols] * e;
                }
            }
            gradients[3].add_outer(&error, &s_bar[b]);
        }
        if rule.per_step {
            descend(net, rule, &gradients);
            gradients = zeros(net);
        }
    }
    descend(net, rule, &gradients);
}

fn descend(net: &mut Recurrent, rule: &EProp, gradients: &[Matrix; 4]) {
    let [input, recurrent, readout] = rule.rates.map(|rate| rate * rule.lr);
    net.input.descend(input, &gradients[0]);
    net.recurrent.descend(recurrent, &gradients[1]);
    if rule.train_bias {
        net.bias.descend(recurrent, &gradients[2]);
    }
    net.readout.descend(readout, &gradients[3]);
}

/// Gradients of OTTT on a feed-forward network, summed over a sequence in which no weight moves.
pub(crate) fn ottt(layers: &[Matrix], data: &Data, slope: f64, mse_share: f64) -> Vec<Matrix> {
    let mut gradients: Vec<Matrix> = layers.iter().map(Matrix::zeros_like).collect();
    let (samples, steps) = (data.batch() as f64, data.steps as f64);
    for b in 0..data.batch() {
        let mut u: Vec<Vec<f64>> = layers.iter().map(|w| vec![0.0; w.rows()]).collect();
        let mut traces: Vec<Vec<f64>> = layers.iter().map(|w| vec![0.0; w.cols]).collect();
        for t in 0..data.steps {
            let mut x = data.frame(t, b).to_vec();
            for (l, weights) in layers.iter().enumerate() {
                // The first matrix sees the plain input.
                filter(&mut traces[l], if l == 0 { 0.0 } else { BETA }, &x);
                let current = weights.times(&x);
                for (u, current) in u[l].iter_mut().zip(current) {
                    let reset = f64::from(u8::from(*u > THETA));
                    *u = BETA * *u + current - reset * THETA;
                }
                x = u[l].iter().map(|u| f64::from(u8::from(*u > THETA))).collect();
            }
            let q = &u[layers.len() - 1];
            let classes = q.len() as f64;
            let mut post: Vec<f64> = softmax(q)
                .iter()
                .zip(q)
                .enumerate()
                .map(|(c, (p, q))| {
                    let y = f64::from(u8::from(c == data.labels[b]));
                    let (ce, mse) = ((p - y) / samples, 2.0 * (q - y) / (samples * classes));
                    ((1.0 - mse_share) * ce + mse_share * mse) / steps
                })
                .collect();
            for l in (0..layers.len()).rev() {
                gradients[l].add_outer(&post, &traces[l]);
                if l > 0 {
                    let below = layers[l].left(&post);
                    post = below
                        .iter()
                        .zip(&u[l - 1])
                        .map(|(credit, u)| credit / (slope * (u - THETA).abs() + 1.0).powi(2))
                        .collect();
                }
            }
        }
    }
    gradients
}

fn filter(state: &mut [f64], decay: f64, x: &[f64]) {
    state.iter_mut().zip(x).for_each(|(s, x)| *s = decay * *s + x);
}

fn softmax(z: &[f64]) -> Vec<f64> {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = z.iter().map(|z| (z - max).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.iter().map(|e| e / sum).collect()
}
