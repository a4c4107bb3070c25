//! The fused pooling against the unfused pair.

use super::shapes::{convolutions, densities, pool, values};
use crate::Events;
use crate::conv::{
    Conv, ConvCost, Input, Pooled, Post, Way, forward_by, forward_pooled, forward_pooled_by, input_grad_by,
    weight_grad_by,
};
use crate::pool::{max, max_adjoint, max_adjoint_sum};
use proptest::prelude::*;

proptest! {
    #[test]
    fn fused_equals_unfused_in_bits(
        conv in convolutions(),
        kernel in [1..4usize, 1..4],
        stride in [1..4usize, 1..4],
        samples in 1..5usize,
        density in densities(),
        biased: bool,
        seed: u64,
    ) {
        let pool = pool(&conv, kernel, stride);
        let weights: Vec<f32> = values::<f32>(conv.weights(), 1.0, false, seed).iter().map(|w| w.sin()).collect();
        let bias = if biased { values::<f32>(conv.outputs, 1.0, false, seed ^ 1) } else { Vec::new() };
        let input = values::<f32>(samples * conv.input(), density, true, seed ^ 2);
        let events = Events::from_dense(&input, samples, conv.input()).expect("binary");
        let window = pool.window(&conv);
        for way in [Way::Dense, Way::Sparse, Way::Sums, Way::Post] {
            for input in [Input::Events(&events), Input::Dense(&input)] {
                let (out, places) = max(&window, &forward_by(way, &conv, input, &weights, &bias));
                let fused = forward_pooled_by(way, &conv, pool, input, &weights, &bias);
                prop_assert_eq!(&fused.1, &places);
                prop_assert!(fused.0.iter().zip(&out).all(|(a, b)| a.to_bits() == b.to_bits()));
                let cost = ConvCost::default();
                let [with, without] = [true, false].map(|places| {
                    forward_pooled(&conv, pool, places, input, &weights, &bias, &cost, |n| vec![7.0; n])
                });
                prop_assert!(with.0.iter().zip(&without.0).all(|(a, b)| a.to_bits() == b.to_bits()));
                prop_assert_eq!((with.1.len(), without.1.len()), (out.len(), 0));
            }
        }
    }

    #[test]
    fn gradients_through_the_pooling_equal_those_of_its_adjoint(
        conv in convolutions(),
        kernel in [1..4usize, 1..4],
        stride in [1..4usize, 1..4],
        samples in 1..5usize,
        density in densities(),
        seed: u64,
    ) {
        let pool = pool(&conv, kernel, stride);
        let weights = values::<f64>(conv.weights(), 1.0, false, seed);
        let input = values::<f64>(samples * conv.input(), density, true, seed ^ 1);
        let (out, places) = forward_pooled_by(Way::Sparse, &conv, pool, Input::Dense(&input), &weights, &[]);
        let gradient = values::<f64>(out.len(), density, false, seed ^ 2);
        let window = pool.window(&conv);
        let map = max_adjoint(&window, &gradient, &places);
        let pooled = Post::Pooled(Pooled { pool, gradient: &gradient, places: &places });
        for way in [Way::Dense, Way::Sparse, Way::Sums, Way::Post] {
            // Sums of small multiples of 1/8 are exact, so the order does not matter.
            prop_assert_eq!(
                weight_grad_by(way, &conv, pooled, Input::Dense(&input)),
                weight_grad_by(way, &conv, Post::Map(&map), Input::Dense(&input))
            );
            prop_assert_eq!(
                input_grad_by(way, &conv, pooled, &weights),
                input_grad_by(way, &conv, Post::Map(&map), &weights)
            );
        }
        let summed: Vec<f64> = (0..conv.output())
            .map(|at| map.iter().skip(at).step_by(conv.output()).sum())
            .collect();
        prop_assert_eq!(max_adjoint_sum(&window, &gradient, &places, samples), summed);
    }
}

#[test]
fn a_value_that_is_no_number_is_seen_behind_the_pooling() {
    let conv = Conv {
        channels: 1,
        height: 4,
        width: 4,
        outputs: 9,
        kernel: [1, 1],
        stride: [1, 1],
        padding: [0, 0],
    };
    let pool = crate::conv::Pool {
        kernel: [2, 2],
        stride: [2, 2],
    };
    let mut input = vec![1.0f32; 16];
    input[5] = f32::NAN;
    for way in [Way::Dense, Way::Sparse, Way::Sums, Way::Post] {
        let (out, places) = forward_pooled_by(way, &conv, pool, Input::Dense(&input), &[1.0; 9], &[]);
        assert!(
            out[0].is_nan() && places[0] == 3 && out[1] == 1.0,
            "{way:?}: {out:?}"
        );
    }
}
