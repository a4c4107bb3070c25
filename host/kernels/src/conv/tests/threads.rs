//! Any number of threads gives the same bits.

use super::shapes::values;
use crate::Events;
use crate::conv::{
    Conv, Input, Pool, Pooled, Post, Way, forward_by, forward_pooled_by, input_grad_by, weight_grad_by,
};

/// Everything that the products of a shape give.
fn everything(conv: &Conv, samples: usize) -> Vec<u32> {
    let pool = Pool {
        kernel: [2, 2],
        stride: [2, 2],
    };
    let sine = |values: Vec<f32>| values.iter().map(|v| v.sin()).collect::<Vec<f32>>();
    let weights = sine(values(conv.weights(), 1.0, false, 1));
    let input: Vec<f32> = values(samples * conv.input(), 0.2, true, 2);
    let events = Events::from_dense(&input, samples, conv.input()).expect("binary");
    let mut bits = Vec::new();
    let mut keep = |values: &[f32]| bits.extend(values.iter().map(|v| v.to_bits()));
    for way in [Way::Dense, Way::Sparse, Way::Sums, Way::Post] {
        keep(&forward_by(way, conv, Input::Events(&events), &weights, &[]));
        let (out, places) = forward_pooled_by(way, conv, pool, Input::Dense(&input), &weights, &[]);
        let post = Post::Pooled(Pooled {
            pool,
            gradient: &out,
            places: &places,
        });
        keep(&out);
        keep(&weight_grad_by(way, conv, post, Input::Events(&events)));
        keep(&input_grad_by(way, conv, post, &weights));
    }
    bits
}

#[test]
fn results_do_not_depend_on_the_threads() {
    let small = Conv {
        channels: 3,
        height: 14,
        width: 13,
        outputs: 10,
        kernel: [5, 5],
        stride: [1, 1],
        padding: [1, 0],
    };
    // One whose packed weights are far from the core, so that samples are worked on together.
    let deep = Conv {
        channels: 96,
        height: 4,
        width: 4,
        outputs: 70,
        kernel: [3, 3],
        padding: [1, 1],
        ..small
    };
    for (conv, samples) in [(small, 61), (deep, 37), (deep, 1)] {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| everything(&conv, samples))
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3), "{conv:?}");
    }
}
