//! Measuring the constants of [`ConvCost`].

use super::input::{Plan, Scratch, sample_grad};
use super::pack::ByInput;
use super::segments::{Shape, scatter};
use super::spots::{Meets, Spots};
use super::unfold::unfold;
use super::{Conv, ConvCost, Input, Post, RegisterCost, Way, by_position, from_post};
use crate::Events;
use crate::aligned::Aligned;
use crate::dense::{Matrix, product_here};
use crate::transpose::transpose_into;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Measurements that share the budget.
const SHARES: u32 = 14;

/// The constants of this machine, measured on the calling thread within about `budget`. Half a second gives them to some
/// ten percent on an idle machine.
pub fn calibrate(budget: Duration) -> ConvCost {
    let share = budget / SHARES;
    let ns_per_moved = moving(share);
    let (event_ns_per_add, event_ns_per_run) = two_parts(events(4, share), events(64, share));
    let post_ns_per_visit = posts(4, usize::MAX, share).visit_ns();
    let posts = |channels: usize| posts(channels, 3, share).without(post_ns_per_visit, ns_per_moved);
    let (post_ns_per_mac, post_ns_per_run) = two_parts(posts(4), posts(20));
    ConvCost {
        dense_ns_per_mac: multiply(share),
        dense_ns_per_unfolded: unfolding(share),
        event_ns_per_add,
        event_ns_per_run,
        post_ns_per_mac,
        post_ns_per_run,
        post_ns_per_visit,
        ns_per_packed: packing(share),
        ns_per_moved,
        registers: Some(registers(ns_per_moved, post_ns_per_visit, share)),
    }
}

fn registers(ns_per_moved: f64, ns_per_visit: f64, share: Duration) -> RegisterCost {
    let (ns_per_add, ns_per_run) = two_parts(sums(97, share), sums(2, share));
    let terms = |channels: usize| terms(channels, ns_per_moved, ns_per_visit, share);
    let (ns_per_mac, ns_per_row) = two_parts(terms(5), terms(20));
    RegisterCost {
        ns_per_add,
        ns_per_run,
        ns_per_listed: listing(share),
        ns_per_mac,
        ns_per_row,
    }
}

/// Shortest time of `body` in nanoseconds, over as many runs as the budget allows.
fn fastest(budget: Duration, mut body: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut best = f64::INFINITY;
    for run in 0.. {
        let start = Instant::now();
        body();
        // The first run warms the caches.
        if run > 0 {
            best = best.min(start.elapsed().as_secs_f64() * 1e9);
        }
        if run > 1 && begin.elapsed() > budget {
            break;
        }
    }
    best
}

/// A measurement: nanoseconds, lanes that were added, runs.
type Measured = (f64, f64, f64);

/// Time of a lane and of a run from a measurement with short runs and one with long ones.
fn two_parts(short: Measured, long: Measured) -> (f64, f64) {
    let determinant = short.1 * long.2 - long.1 * short.2;
    let lane = (short.0 * long.2 - long.0 * short.2) / determinant;
    let run = (short.1 * long.0 - long.1 * short.0) / determinant;
    // Noise must not turn a cost into a gain.
    (lane.max(1e-3), run.max(0.0))
}

const SIDE: usize = 12;

fn conv(channels: usize, outputs: usize) -> Conv {
    Conv {
        channels,
        height: SIDE,
        width: SIDE,
        outputs,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [0, 0],
    }
}

/// One input with every `step`-th element set.
fn spikes(conv: &Conv, step: usize) -> Events {
    let cols: Vec<u32> = (0..conv.input() as u32).step_by(step).collect();
    Events {
        rows: 1,
        cols: conv.input(),
        offsets: vec![0, cols.len() as u32],
        index: cols,
    }
}

/// A map with every `step`-th element set.
fn sparse(count: usize, step: usize) -> Vec<f32> {
    (0..count)
        .map(|i| if i % step == 0 { 1.0 } else { 0.0 })
        .collect()
}

fn multiply(budget: Duration) -> f64 {
    let (m, k, n) = (32, 300, 256);
    let (left, right, mut out) = (vec![0.5f32; m * k], vec![0.25f32; k * n], vec![0.0; m * n]);
    let time = fastest(budget, || {
        product_here(
            Matrix::new(&left, m, k),
            Matrix::new(&right, k, n),
            black_box(&mut out),
            false,
        );
    });
    time / (m * k * n) as f64
}

fn unfolding(budget: Duration) -> f64 {
    let conv = conv(SIDE, 1);
    let (input, mut matrix) = (
        vec![1.0f32; conv.input()],
        vec![0.0; conv.patch() * conv.positions()],
    );
    let time = fastest(budget, || {
        unfold(&conv, &input, black_box(&mut matrix), conv.positions(), 0)
    });
    time / matrix.len() as f64
}

fn events(outputs: usize, budget: Duration) -> Measured {
    let conv = conv(8, outputs);
    let form = ByInput::new::<f32>(&conv);
    let packed = form.pack(&vec![0.5f32; conv.weights()]);
    let shape = Shape::new(&conv, &form, false);
    let input = sparse(conv.input(), 7);
    let mut spots = Spots::new(&conv);
    let mut maps = Aligned::zeros(shape.positions * shape.lanes);
    let meets = Meets::new(&conv);
    let time = fastest(budget, || {
        spots.gather(&meets, &Input::Dense(&input), 0..1);
        scatter(&shape, &spots, &packed, black_box(&mut maps));
    });
    let (mut lanes, mut runs) = (0.0, 0.0);
    for channel in 0..conv.channels {
        for spot in spots.of(0, channel) {
            runs += f64::from(spot.rows);
            lanes += f64::from(spot.rows) * f64::from(spot.columns) * shape.lanes as f64;
        }
    }
    (time, lanes, runs)
}

/// A forward product in registers, with every `step`-th input element set.
fn sums(step: usize, budget: Duration) -> Measured {
    let conv = conv(8, 32);
    let plan = by_position::Plan::new(&conv, &vec![0.5f32; conv.weights()]);
    let events = spikes(&conv, step);
    let input = Input::Events(&events);
    let mut listed = by_position::Columns::new(&conv);
    listed.gather(&conv, &plan, &input, 0..1);
    let mut terms = by_position::Terms::new(&conv);
    let mut maps = Aligned::zeros(conv.positions() * conv.outputs);
    let time = fastest(budget, || {
        by_position::sum(
            &conv,
            &plan,
            &listed,
            &mut terms,
            [0, conv.outputs],
            black_box(&mut maps),
        )
    });
    // Every element that is met adds one where weights are one.
    let met: f32 = super::forward_by(Way::Sparse, &conv, input, &vec![1.0; conv.weights()], &[])
        .iter()
        .sum();
    (time, f64::from(met), (conv.positions() * conv.kernel[1]) as f64)
}

/// Listing an element for it.
fn listing(budget: Duration) -> f64 {
    let conv = conv(8, 1);
    let events = spikes(&conv, 7);
    let mut listed = by_position::Columns::<f32>::new(&conv);
    let plan = by_position::Plan::new(&conv, &vec![0.5; conv.weights()]);
    let time = fastest(budget, || {
        listed.gather(&conv, &plan, &Input::Events(&events), 0..1)
    });
    time / events.nnz() as f64
}

/// A weight gradient from the side of the gradient.
fn terms(channels: usize, ns_per_moved: f64, ns_per_visit: f64, budget: Duration) -> Measured {
    let conv = conv(channels, 32);
    let values: Vec<f32> = sparse(conv.output(), 2);
    let (input, post) = (sparse(conv.input(), 7), Post::Map(&values));
    let plan = from_post::Plan::new(&conv, &post);
    let mut sums = vec![0.0; plan.size()];
    let time = fastest(budget, || {
        from_post::add_gradient(&plan, &post, &Input::Dense(&input), 0..1, black_box(&mut sums));
    });
    let rows = (post.nonzero() * conv.kernel[0]) as f64;
    let others = conv.output() as f64 * ns_per_visit + conv.input() as f64 * ns_per_moved;
    (time - others, rows * from_post::lanes(&conv) as f64, rows)
}

/// An input gradient of one sample, in the terms of its cost.
struct Posts {
    ns: f64,
    nonzero: f64,
    positions: f64,
    visited: f64,
    moved: f64,
    rows: f64,
    lanes: f64,
}

impl Posts {
    /// Time of a visit, for a gradient of zeros.
    fn visit_ns(&self) -> f64 {
        self.ns / self.visited
    }

    /// What is left for lanes and runs.
    fn without(&self, ns_per_visit: f64, ns_per_moved: f64) -> Measured {
        let runs = self.rows * (self.nonzero + 2.0 * self.nonzero.min(self.positions));
        let ns = self.ns - self.visited * ns_per_visit - self.moved * ns_per_moved;
        (ns, self.rows * self.nonzero * self.lanes, runs)
    }
}

/// With every `step`-th gradient element set.
fn posts(channels: usize, step: usize, budget: Duration) -> Posts {
    let conv = conv(channels, 32);
    let values: Vec<f32> = match step {
        usize::MAX => vec![0.0; conv.output()],
        step => sparse(conv.output(), step),
    };
    let plan = Plan::new(&conv, &vec![0.5f32; conv.weights()]);
    let (mut scratch, mut out) = (Scratch::new(&plan), vec![0.0; conv.input()]);
    let post = Post::Map(&values);
    let ns = fastest(budget, || {
        sample_grad(&plan, &post, 0, &mut scratch, black_box(&mut out))
    });
    Posts {
        ns,
        nonzero: post.nonzero() as f64,
        positions: conv.positions() as f64,
        visited: (conv.output() + conv.kernel[0] * conv.positions()) as f64,
        moved: conv.input() as f64,
        rows: conv.kernel[0] as f64,
        lanes: (conv.kernel[1] * channels) as f64,
    }
}

fn packing(budget: Duration) -> f64 {
    let conv = conv(64, 64);
    let weights = vec![0.5f32; conv.weights()];
    let form = ByInput::new::<f32>(&conv);
    fastest(budget, || drop(black_box(form.pack(black_box(&weights))))) / weights.len() as f64
}

fn moving(budget: Duration) -> f64 {
    let (lanes, positions) = (32, 64);
    let (mut maps, mut block) = (vec![1.0f32; lanes * positions], vec![0.0; lanes * positions]);
    let time = fastest(budget, || {
        transpose_into(&maps, positions, [lanes, positions], black_box(&mut block), lanes);
        let shape = [positions, lanes];
        transpose_into(&block, lanes, shape, black_box(&mut maps), positions);
    });
    time / (2 * maps.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::{calibrate, two_parts};
    use std::time::Duration;

    #[test]
    fn two_measurements_give_two_costs() {
        let time = |lanes: f64, runs: f64| (0.25 * lanes + 3.0 * runs, lanes, runs);
        let (lane, run) = two_parts(time(8.0, 2.0), time(300.0, 5.0));
        assert!((lane - 0.25).abs() < 1e-12 && (run - 3.0).abs() < 1e-12);
    }

    #[test]
    fn measured_costs_are_costs() {
        let cost = calibrate(Duration::ZERO);
        for value in [
            cost.dense_ns_per_mac,
            cost.dense_ns_per_unfolded,
            cost.event_ns_per_add,
            cost.post_ns_per_mac,
            cost.post_ns_per_visit,
            cost.ns_per_packed,
            cost.ns_per_moved,
        ] {
            assert!(value > 0.0 && value.is_finite(), "{cost:?}");
        }
        let registers = cost.registers.expect("costs of sums in registers");
        for value in [
            registers.ns_per_add,
            registers.ns_per_listed,
            registers.ns_per_mac,
        ] {
            assert!(value > 0.0 && value.is_finite(), "{registers:?}");
        }
        assert!(
            registers.ns_per_run >= 0.0 && registers.ns_per_row >= 0.0,
            "{registers:?}"
        );
    }
}
