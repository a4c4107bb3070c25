//! Spike-timing-dependent plasticity of one layer, sample by sample and event by event.
//!
//! Pair rule with online traces (Morrison, Diesmann, Gerstner, Biol. Cybern. 98, 2008): with the traces `x̄`, `ȳ` left by
//! the previous step, a postsynaptic spike adds `modulator a₊ (w_max - w)^μ x̄`, a presynaptic spike subtracts
//! `modulator a₋ (w - w_min)^μ ȳ`; both together use the same `w`. Optional winner-take-all inhibition, adaptive thresholds
//! and normalisation follow the discrete form of Diehl & Cook, Front. Comput. Neurosci. 9:99 (2015).

use crate::neuron::{Lif, Reset, ResetOrder};
use crate::product::sum_lists;
use crate::{Events, Real};

/// Constants of the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stdp<R> {
    /// Presynaptic trace decay per step.
    pub pre_decay: R,
    /// Postsynaptic trace decay per step.
    pub post_decay: R,
    /// Potentiation rate, with the modulator.
    pub a_plus: R,
    /// Depression rate, with the modulator.
    pub a_minus: R,
    /// Weight dependence; 0 is additive.
    pub mu: R,
    /// Traces saturate at 1 instead of adding up.
    pub nearest: bool,
    /// Least weight.
    pub w_min: R,
    /// Greatest weight.
    pub w_max: R,
    /// Only the neuron with the highest membrane above its threshold fires, and all membranes are set to 0.
    pub winner: bool,
    /// Added to a neuron's threshold at each of its spikes.
    pub threshold_plus: R,
    /// Factor of a threshold's adaptive part per step.
    pub threshold_decay: R,
}

/// Runs one sample `input [steps, inputs]` through neurons with transposed weights `[inputs, n]`, which change, as do the
/// `thresholds [n]` (their adaptive part is what exceeds the neurons' own threshold). Returns the spikes `[steps, n]`.
///
/// # Panics
/// When the sizes do not fit.
pub fn run<R: Real>(
    stdp: &Stdp<R>,
    lif: &Lif<R>,
    input: &Events,
    weights: &mut [R],
    thresholds: &mut [R],
) -> Events {
    let n = thresholds.len();
    assert_eq!(weights.len(), input.cols * n, "weights under plasticity");
    let mut state = State {
        membrane: vec![R::ZERO; n],
        reset: vec![false; n],
        current: vec![R::ZERO; n],
        pre: vec![R::ZERO; input.cols],
        post: vec![R::ZERO; n],
        fired: vec![R::ZERO; n],
    };
    let mut spikes = Events::empty(0, n);
    for step in 0..input.rows {
        let events = input.row(step);
        let start = spikes.index.len();
        if n > 0 {
            sum_lists(&[events], weights, n, &mut state.current);
        }
        state.fire(stdp, lif, thresholds, &mut spikes.index);
        let fired = &spikes.index[start..];
        state.change(stdp, events, fired, weights);
        state.trace(stdp, events, fired);
        adapt(stdp, lif.threshold, fired, thresholds);
        spikes.offsets.push(spikes.index.len() as u32);
        spikes.rows += 1;
    }
    spikes
}

/// Scales the weights `[inputs, n]` of every neuron to sum to `total`; a neuron whose weights sum to 0 stays as it is. The
/// result may leave the bounds of the rule until the next change.
pub fn normalise<R: Real>(total: R, weights: &mut [R], n: usize) {
    let mut factors = crate::dense::sum_of_rows(weights, n);
    for f in &mut factors {
        *f = if *f > R::ZERO { total / *f } else { R::ONE };
    }
    for row in weights.chunks_exact_mut(n.max(1)) {
        row.iter_mut().zip(&factors).for_each(|(w, f)| *w *= *f);
    }
}

struct State<R> {
    membrane: Vec<R>,
    /// Whether the delayed reset acts in the next step.
    reset: Vec<bool>,
    current: Vec<R>,
    pre: Vec<R>,
    post: Vec<R>,
    /// 1 for the neurons that fired in this step.
    fired: Vec<R>,
}

impl<R: Real> State<R> {
    /// Advances the membranes and appends the neurons that fire.
    fn fire(&mut self, stdp: &Stdp<R>, lif: &Lif<R>, thresholds: &[R], fired: &mut Vec<u32>) {
        let beta = lif.decay();
        let start = fired.len();
        let above = |u: R, threshold: R| {
            if lif.inclusive {
                u >= threshold
            } else {
                u > threshold
            }
        };
        for (j, u) in self.membrane.iter_mut().enumerate() {
            let kept = if self.reset[j] && lif.reset == Reset::Zero {
                R::ZERO
            } else {
                *u
            };
            *u = beta * kept + self.current[j];
            if self.reset[j] && lif.reset == Reset::Subtract {
                *u -= thresholds[j];
            }
            self.reset[j] = false;
            if above(*u, thresholds[j]) {
                fired.push(j as u32);
            }
        }
        if fired.len() == start {
            return;
        }
        if stdp.winner {
            let mut best = fired[start];
            for &j in &fired[start + 1..] {
                if self.membrane[j as usize] > self.membrane[best as usize] {
                    best = j;
                }
            }
            fired.truncate(start);
            fired.push(best);
            self.membrane.fill(R::ZERO);
            return;
        }
        for &j in &fired[start..] {
            let j = j as usize;
            match (lif.order, lif.reset) {
                (ResetOrder::Delayed, _) => self.reset[j] = true,
                (ResetOrder::Immediate, Reset::Subtract) => self.membrane[j] -= thresholds[j],
                (ResetOrder::Immediate, Reset::Zero) => self.membrane[j] = R::ZERO,
                (ResetOrder::Immediate, Reset::None) => {}
            }
        }
    }

    /// Potentiation and depression with the traces of the previous step.
    fn change(&mut self, stdp: &Stdp<R>, events: &[u32], fired: &[u32], weights: &mut [R]) {
        let n = self.membrane.len();
        fired.iter().for_each(|j| self.fired[*j as usize] = R::ONE);
        let mut next = events.iter().copied().peekable();
        for (i, &trace) in self.pre.iter().enumerate() {
            let row = &mut weights[i * n..(i + 1) * n];
            if next.next_if_eq(&(i as u32)).is_some() {
                // The presynaptic neuron fires: every weight is depressed, those onto firing neurons change both ways.
                for ((w, &post), &fires) in row.iter_mut().zip(&self.post).zip(&self.fired) {
                    let up = stdp.a_plus * power(stdp.w_max - *w, stdp.mu) * trace * fires;
                    let down = stdp.a_minus * power(*w - stdp.w_min, stdp.mu) * post;
                    *w = (*w + (up - down)).max(stdp.w_min).min(stdp.w_max);
                }
            } else if trace != R::ZERO {
                for &j in fired {
                    let w = &mut row[j as usize];
                    let up = stdp.a_plus * power(stdp.w_max - *w, stdp.mu) * trace;
                    *w = (*w + up).max(stdp.w_min).min(stdp.w_max);
                }
            }
        }
        fired.iter().for_each(|j| self.fired[*j as usize] = R::ZERO);
    }

    fn trace(&mut self, stdp: &Stdp<R>, events: &[u32], fired: &[u32]) {
        for (trace, decay, spikes) in [
            (&mut self.pre, stdp.pre_decay, events),
            (&mut self.post, stdp.post_decay, fired),
        ] {
            trace.iter_mut().for_each(|x| *x *= decay);
            for &i in spikes {
                let x = &mut trace[i as usize];
                *x = if stdp.nearest { R::ONE } else { *x + R::ONE };
            }
        }
    }
}

/// Thresholds relax towards the neurons' own and rise at spikes.
fn adapt<R: Real>(stdp: &Stdp<R>, base: R, fired: &[u32], thresholds: &mut [R]) {
    if stdp.threshold_decay != R::ONE {
        thresholds
            .iter_mut()
            .for_each(|t| *t = base + (*t - base) * stdp.threshold_decay);
    }
    fired
        .iter()
        .for_each(|j| thresholds[*j as usize] += stdp.threshold_plus);
}

/// `base^mu` for a distance to a bound, which rounding or a weight from elsewhere may have made negative.
#[inline(always)]
fn power<R: Real>(base: R, mu: R) -> R {
    if mu == R::ZERO {
        R::ONE
    } else if mu == R::ONE {
        base.max(R::ZERO)
    } else {
        base.max(R::ZERO).powf(mu)
    }
}

#[cfg(test)]
mod tests {
    use super::{Stdp, normalise, run};
    use crate::Events;
    use crate::neuron::{Lif, Reset, ResetOrder};

    const LIF: Lif<f64> = Lif {
        beta: 0.5,
        threshold: 1.0,
        reset: Reset::Subtract,
        order: ResetOrder::Delayed,
        inclusive: false,
    };

    fn stdp() -> Stdp<f64> {
        Stdp {
            pre_decay: 0.5,
            post_decay: 0.25,
            a_plus: 0.1,
            a_minus: 0.2,
            mu: 0.0,
            nearest: false,
            w_min: 0.0,
            w_max: 2.0,
            winner: false,
            threshold_plus: 0.0,
            threshold_decay: 1.0,
        }
    }

    fn events(rows: usize, cols: usize, dense: &[f64]) -> Events {
        Events::from_dense(dense, rows, cols).expect("binary")
    }

    #[test]
    fn pairs_change_the_weight_by_hand_computed_amounts() {
        // Two inputs onto one neuron; the first fires at step 0, the second at steps 1 and 2.
        let input = events(3, 2, &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
        let (mut w, mut theta) = ([0.6, 1.2], [1.0]);
        let spikes = run(&stdp(), &LIF, &input, &mut w, &mut theta);
        // u0 = 0.6; u1 = 0.3 + 1.2 = 1.5 fires with x̄ = (1, 0): w0 += 0.1; u2 = 0.75 + w1 - 1 = 0.95 is silent, and the
        // presynaptic spike meets ȳ = 1: w1 -= 0.2.
        assert_eq!(spikes, events(3, 1, &[0.0, 1.0, 0.0]));
        assert!((w[0] - 0.7).abs() < 1e-12 && (w[1] - 1.0).abs() < 1e-12, "{w:?}");
    }

    #[test]
    fn soft_bounds_scale_the_change() {
        let rule = Stdp { mu: 1.0, ..stdp() };
        let input = events(2, 2, &[1.0, 0.0, 0.0, 1.0]);
        let (mut w, mut theta) = ([0.6, 1.2], [1.0]);
        run(&rule, &LIF, &input, &mut w, &mut theta);
        assert!((w[0] - (0.6 + 0.1 * 1.4)).abs() < 1e-12, "{w:?}");
    }

    #[test]
    fn the_winner_alone_fires_and_its_threshold_adapts() {
        let rule = Stdp {
            winner: true,
            threshold_plus: 0.5,
            threshold_decay: 0.5,
            ..stdp()
        };
        let input = events(2, 1, &[1.0, 1.0]);
        let (mut w, mut theta) = ([1.2, 1.4, 0.3], [1.0, 1.0, 1.0]);
        let spikes = run(&rule, &LIF, &input, &mut w, &mut theta);
        // Step 0: neuron 1 wins, all membranes go to 0, its threshold rises to 1.5. Step 1: currents 1.2 and 1.4, of which
        // only the first is above its threshold (the depression of step 1 comes after the spikes).
        assert_eq!(spikes, events(2, 3, &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0]));
        assert_eq!(theta, [1.5, 1.25, 1.0]);
    }

    #[test]
    fn normalisation_gives_every_neuron_the_sum() {
        let mut w = [0.2f64, 0.0, 0.6, 0.0];
        normalise(2.0, &mut w, 2);
        assert!(
            (w[0] - 0.5).abs() < 1e-12 && (w[2] - 1.5).abs() < 1e-12 && w[1] == 0.0 && w[3] == 0.0,
            "{w:?}"
        );
    }
}
