//! Reverse sweeps against finite differences: the spike function is replaced by a smooth one whose derivative is the
//! surrogate, and what the rule takes for constant is held at its recorded value.
#![allow(missing_docs)]

use neurotrain_kernels::adjoint::{Sweep, reverse, reverse_integrator};
use neurotrain_kernels::neuron::{Lif, Reset, ResetOrder};
use neurotrain_kernels::surrogate::Surrogate;

const STEPS: usize = 5;
const BATCH: usize = 3;
const N: usize = 4;
const WIDTH: usize = BATCH * N;

/// A function whose derivative is the surrogate.
fn smooth(surrogate: Surrogate, x: f64) -> f64 {
    match surrogate {
        Surrogate::FastSigmoid { slope } => x / (slope * x.abs() + 1.0),
        Surrogate::Sigmoid { slope } => 1.0 / (1.0 + (-slope * x).exp()),
        Surrogate::Atan { scale } => scale / std::f64::consts::PI * (std::f64::consts::PI * x).atan(),
        Surrogate::Tanh => x.tanh(),
        Surrogate::Triangular { scale, width } => {
            let y = x.clamp(-width, width);
            scale * (y - y * y.abs() / (2.0 * width))
        }
        Surrogate::Boxcar { half_width } => x.clamp(-half_width, half_width),
    }
}

struct Problem {
    lif: Lif<f64>,
    surrogate: Surrogate,
    recurrent: Vec<f64>,
    detach: bool,
    spike_weights: Vec<f64>,
    membrane_weights: Vec<f64>,
}

impl Problem {
    /// Loss and membranes; `held` are membranes at which constants are evaluated, absent for the recording itself.
    ///
    /// The smooth spike enters the loss, the recurrence and the live reset as its value at the recorded point plus its
    /// change, so that the recorded trajectory is the one with true spikes.
    fn run(&self, current: &[f64], held: Option<&Held>) -> (f64, Held) {
        let lif = &self.lif;
        let (mut m, mut s) = (vec![0.0; WIDTH], vec![0.0; WIDTH]);
        let mut record = Held::default();
        let mut loss = 0.0;
        for t in 0..STEPS {
            let mut rec = [0.0; WIDTH];
            if !self.recurrent.is_empty() {
                for b in 0..BATCH {
                    for j in 0..N {
                        rec[b * N + j] = (0..N)
                            .map(|k| self.recurrent[j * N + k] * s[b * N + k])
                            .sum::<f64>();
                    }
                }
            }
            for i in 0..WIDTH {
                let at = t * WIDTH + i;
                let r = held.map_or_else(|| f64::from(u8::from(lif.fires(m[i]))), |h| h.reset[at]);
                let kept = if lif.reset == Reset::Zero {
                    (1.0 - r) * m[i]
                } else {
                    m[i]
                };
                let mut v = lif.beta * kept + current[at] + rec[i];
                if lif.reset == Reset::Subtract {
                    v -= r * lif.threshold;
                }
                let spike = match held {
                    None => f64::from(u8::from(lif.fires(v))),
                    Some(h) => {
                        h.spike[at] + smooth(self.surrogate, v - lif.threshold)
                            - smooth(self.surrogate, h.fired[at] - lif.threshold)
                    }
                };
                let for_reset = match held {
                    Some(h) if self.detach => h.spike[at],
                    _ => spike,
                };
                m[i] = match (lif.order, lif.reset) {
                    (ResetOrder::Immediate, Reset::Subtract) => v - (for_reset - r) * lif.threshold,
                    (ResetOrder::Immediate, Reset::Zero) => v - (for_reset - r) * v,
                    _ => v,
                };
                s[i] = spike;
                loss += self.spike_weights[at] * spike + self.membrane_weights[at] * m[i];
                record.fired.push(v);
                record.spike.push(spike);
                record.reset.push(r);
            }
        }
        (loss, record)
    }
}

#[derive(Default)]
struct Held {
    fired: Vec<f64>,
    spike: Vec<f64>,
    reset: Vec<f64>,
}

fn numbers(n: usize, f: f64, scale: f64) -> Vec<f64> {
    (0..n).map(|i| scale * (i as f64 * f + 0.3).sin()).collect()
}

fn check(lif: Lif<f64>, surrogate: Surrogate, recurrent: bool, detach: bool) {
    let total = STEPS * WIDTH;
    let problem = Problem {
        lif,
        surrogate,
        recurrent: if recurrent {
            numbers(N * N, 1.9, 0.8)
        } else {
            Vec::new()
        },
        detach,
        spike_weights: numbers(total, 0.71, 1.0),
        membrane_weights: numbers(total, 1.13, 1.0),
    };
    let current = numbers(total, 0.37, 1.6);
    let (_, held) = problem.run(&current, None);
    assert!(held.spike.iter().sum::<f64>() > 5.0, "the case must spike");
    let gradient = reverse(&Sweep {
        lif,
        surrogate,
        fired: &held.fired,
        spikes: &problem.spike_weights,
        membrane: &problem.membrane_weights,
        next: &[],
        recurrent: &problem.recurrent,
        detach_reset: detach,
        batch: BATCH,
        n: N,
    });
    let step = 1e-6;
    for i in 0..total {
        let mut moved = current.clone();
        moved[i] += step;
        let up = problem.run(&moved, Some(&held)).0;
        moved[i] -= 2.0 * step;
        let down = problem.run(&moved, Some(&held)).0;
        let numeric = (up - down) / (2.0 * step);
        let error = (numeric - gradient[i]).abs() / numeric.abs().max(1.0);
        assert!(
            error < 1e-5,
            "{lif:?} {surrogate:?} recurrent {recurrent} detach {detach}: {i}: {numeric} against {}",
            gradient[i]
        );
    }
}

const ALL: [Surrogate; 6] = [
    Surrogate::FastSigmoid { slope: 25.0 },
    Surrogate::Sigmoid { slope: 4.0 },
    Surrogate::Atan { scale: 1.0 },
    Surrogate::Tanh,
    Surrogate::Triangular {
        scale: 0.3,
        width: 1.0,
    },
    Surrogate::Boxcar { half_width: 0.4 },
];

#[test]
fn every_form_and_surrogate() {
    for surrogate in ALL {
        for order in [ResetOrder::Delayed, ResetOrder::Immediate] {
            for reset in [Reset::Subtract, Reset::Zero, Reset::None] {
                for recurrent in [false, true] {
                    for detach in [false, true] {
                        let inclusive = surrogate.fires_at_threshold();
                        let lif = Lif {
                            beta: 0.9,
                            threshold: 1.0,
                            reset,
                            order,
                            inclusive,
                        };
                        check(lif, surrogate, recurrent, detach);
                    }
                }
            }
        }
    }
}

/// Samples do not meet each other, in whichever blocks they are worked on.
#[test]
fn many_samples_equal_each_on_its_own() {
    let (steps, batch, n) = (4, 37, 6);
    let total = steps * batch * n;
    let (fired, spikes) = (numbers(total, 0.37, 1.5), numbers(total, 0.91, 1.0));
    let (membrane, next) = (numbers(total, 1.7, 0.5), numbers(batch * n, 0.23, 0.7));
    let recurrent = numbers(n * n, 0.53, 0.4);
    for (recurrent, given) in [(&recurrent[..], true), (&recurrent[..], false), (&[][..], true)] {
        let sweep = |batch: usize, fired: &[f64], spikes: &[f64], membrane: &[f64], next: &[f64]| {
            reverse(&Sweep {
                lif: Lif {
                    beta: 0.9,
                    threshold: 1.0,
                    reset: Reset::Subtract,
                    order: ResetOrder::Immediate,
                    inclusive: false,
                },
                surrogate: Surrogate::FastSigmoid { slope: 2.0 },
                fired,
                spikes,
                membrane: if given { membrane } else { &[] },
                next: if given { next } else { &[] },
                recurrent,
                detach_reset: false,
                batch,
                n,
            })
        };
        let all = sweep(batch, &fired, &spikes, &membrane, &next);
        for b in 0..batch {
            let own = |values: &[f64]| -> Vec<f64> {
                let steps = values.chunks_exact(batch * n);
                steps.flat_map(|step| step[b * n..(b + 1) * n].to_vec()).collect()
            };
            let one = sweep(1, &own(&fired), &own(&spikes), &own(&membrane), &own(&next));
            let found = own(&all);
            assert!(
                one.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-12),
                "sample {b}"
            );
        }
    }
}

#[test]
fn absent_gradients_are_zeros() {
    let lif = Lif {
        beta: 0.9,
        threshold: 1.0,
        reset: Reset::Subtract,
        order: ResetOrder::Immediate,
        inclusive: false,
    };
    let fired = numbers(STEPS * WIDTH, 0.37, 1.6);
    let zeros = vec![0.0; fired.len()];
    let some = numbers(fired.len(), 0.9, 1.0);
    let recurrent = numbers(N * N, 1.9, 0.8);
    let sweep = Sweep {
        lif,
        surrogate: Surrogate::FastSigmoid { slope: 25.0 },
        fired: &fired,
        spikes: &some,
        membrane: &[],
        next: &[],
        recurrent: &recurrent,
        detach_reset: false,
        batch: BATCH,
        n: N,
    };
    assert_eq!(
        reverse(&sweep),
        reverse(&Sweep {
            membrane: &zeros,
            ..sweep
        })
    );
    let sweep = Sweep {
        spikes: &[],
        membrane: &some,
        ..sweep
    };
    assert_eq!(
        reverse(&sweep),
        reverse(&Sweep {
            spikes: &zeros,
            ..sweep
        })
    );
}

#[test]
fn integrators_sum_backwards() {
    let mut gradient = [1.0, 2.0, 4.0];
    reverse_integrator(0.5, &[], &mut gradient, 1);
    assert_eq!(gradient, [3.0, 4.0, 4.0]);
}

/// Two segments, the later first, give the same bits as the whole sequence at once.
#[test]
fn segments_equal_the_whole_sequence_in_bits() {
    let cut = 2 * WIDTH;
    for order in [ResetOrder::Delayed, ResetOrder::Immediate] {
        for reset in [Reset::Subtract, Reset::Zero, Reset::None] {
            for recurrent in [Vec::new(), numbers(N * N, 1.9, 0.8)] {
                let (fired, spikes, membrane) = (
                    numbers(STEPS * WIDTH, 0.7, 1.6),
                    numbers(STEPS * WIDTH, 1.3, 1.0),
                    numbers(STEPS * WIDTH, 2.1, 0.4),
                );
                let part = |range: std::ops::Range<usize>, next: &[f64]| {
                    reverse(&Sweep {
                        lif: Lif {
                            beta: 0.9,
                            threshold: 1.0,
                            reset,
                            order,
                            inclusive: false,
                        },
                        surrogate: Surrogate::FastSigmoid { slope: 5.0 },
                        fired: &fired[range.clone()],
                        spikes: &spikes[range.clone()],
                        membrane: &membrane[range],
                        next,
                        recurrent: &recurrent,
                        detach_reset: false,
                        batch: BATCH,
                        n: N,
                    })
                };
                let whole = part(0..STEPS * WIDTH, &[]);
                let late = part(cut..STEPS * WIDTH, &[]);
                let early = part(0..cut, &late[..WIDTH]);
                assert_eq!([early, late].concat(), whole);
            }
        }
    }
    let mut whole = numbers(STEPS * WIDTH, 0.7, 1.6);
    let (mut early, mut late) = (whole[..cut].to_vec(), whole[cut..].to_vec());
    reverse_integrator(0.9, &[], &mut whole, WIDTH);
    reverse_integrator(0.9, &[], &mut late, WIDTH);
    reverse_integrator(0.9, &late[..WIDTH], &mut early, WIDTH);
    assert_eq!([early, late].concat(), whole);
}
