//! Per-synapse traces that are advanced and used in one pass over their memory.

use crate::Real;
use crate::parallel::{COLUMNS, column_blocks_mut, tasks};
use multiversion::multiversion;

/// What a trace is multiplied by in a step.
#[derive(Debug, Clone, Copy)]
pub enum Gain<'a, R> {
    /// The same everywhere.
    All(R),
    /// One number per sample and neuron, `[batch, n]`.
    Each(&'a [R]),
}

/// One step of `batch` samples.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a, R> {
    /// Gain of the trace.
    pub gain: Gain<'a, R>,
    /// Postsynaptic factor `[batch, n]`.
    pub post: &'a [R],
    /// Presynaptic factor `[batch, inputs]`.
    pub pre: &'a [R],
    /// What the trace is weighted with in the gradient, `[batch, n]`.
    pub signal: &'a [R],
    /// Neurons.
    pub n: usize,
    /// Inputs.
    pub inputs: usize,
}

/// In place on `trace [batch, n, inputs]` and `gradient [n, inputs]`: `e <- gain e + post preᵀ` for every sample, then
/// `gradient += Σ_b signal e`, samples in ascending order.
///
/// # Panics
/// When the sizes do not fit.
pub fn step<R: Real>(step: &Step<'_, R>, trace: &mut [R], gradient: &mut [R]) {
    let Step { n, inputs, .. } = *step;
    let batch = step.post.len() / n.max(1);
    assert_eq!(trace.len(), batch * n * inputs, "eligibility traces");
    assert_eq!(gradient.len(), n * inputs, "gradient of eligibility traces");
    assert_eq!(
        step.pre.len(),
        batch * inputs,
        "presynaptic side of eligibility traces"
    );
    assert_eq!(step.signal.len(), batch * n, "signal of eligibility traces");
    if let Gain::Each(gains) = step.gain {
        assert_eq!(gains.len(), batch * n, "gains of eligibility traces");
    }
    if trace.is_empty() {
        return;
    }
    let block = (COLUMNS / inputs).max(1) * inputs;
    let work = trace.len();
    let all: Vec<_> = column_blocks_mut(trace, n * inputs, block)
        .into_iter()
        .zip(gradient.chunks_mut(block))
        .enumerate()
        .collect();
    tasks(all, work, |(task, (mut samples, gradient))| {
        for (k, gradient) in gradient.chunks_exact_mut(inputs).enumerate() {
            let neuron = task * (block / inputs) + k;
            for (b, sample) in samples.iter_mut().enumerate() {
                let at = b * n + neuron;
                let gain = match step.gain {
                    Gain::All(gain) => gain,
                    Gain::Each(gains) => gains[at],
                };
                let row = &mut sample[k * inputs..][..inputs];
                let pre = &step.pre[b * inputs..][..inputs];
                advance_and_use(gain, step.post[at], pre, step.signal[at], row, gradient);
            }
        }
    });
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn advance_and_use<R: Real>(gain: R, post: R, pre: &[R], signal: R, trace: &mut [R], gradient: &mut [R]) {
    for ((e, &x), g) in trace.iter_mut().zip(pre).zip(gradient) {
        *e = gain * *e + post * x;
        *g += signal * *e;
    }
}

#[cfg(test)]
mod tests {
    use super::{Gain, Step, step};

    #[test]
    fn traces_and_gradient_follow_their_definition() {
        let (batch, n, inputs) = (3, 5, 7);
        let number = |i: usize, f: f64| (i as f64 * f + 0.3).sin();
        let side = |len: usize, f: f64| (0..len).map(|i| number(i, f)).collect::<Vec<f64>>();
        let gains = side(batch * n, 0.9);
        for gain in [Gain::All(0.8), Gain::Each(&gains)] {
            let (post, pre, signal) = (
                side(batch * n, 1.1),
                side(batch * inputs, 0.7),
                side(batch * n, 2.3),
            );
            let (mut trace, mut gradient) = (side(batch * n * inputs, 0.1), side(n * inputs, 0.2));
            let (before, base) = (trace.clone(), gradient.clone());
            let at = Step {
                gain,
                post: &post,
                pre: &pre,
                signal: &signal,
                n,
                inputs,
            };
            step(&at, &mut trace, &mut gradient);
            for j in 0..n {
                for i in 0..inputs {
                    let mut want = base[j * inputs + i];
                    for b in 0..batch {
                        let factor = match gain {
                            Gain::All(g) => g,
                            Gain::Each(gains) => gains[b * n + j],
                        };
                        let e =
                            factor * before[(b * n + j) * inputs + i] + post[b * n + j] * pre[b * inputs + i];
                        assert!((trace[(b * n + j) * inputs + i] - e).abs() < 1e-14);
                        want += signal[b * n + j] * e;
                    }
                    assert!((gradient[j * inputs + i] - want).abs() < 1e-13);
                }
            }
        }
    }
}
