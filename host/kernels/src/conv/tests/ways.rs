//! All ways of the three products against the definition.

use super::literal;
use super::shapes::{convolutions, densities, values};
use crate::Events;
use crate::conv::{
    Conv, ConvCost, Input, Post, Way, forward, forward_by, input_grad, input_grad_by, weight_grad,
    weight_grad_by,
};
use proptest::prelude::*;

const WAYS: [Way; 4] = [Way::Dense, Way::Sparse, Way::Sums, Way::Post];

/// A buffer that holds something.
fn used(length: usize) -> Vec<f64> {
    vec![7.0; length]
}

fn close(found: &[f64], want: &[f64]) -> bool {
    found.len() == want.len()
        && found
            .iter()
            .zip(want)
            .all(|(a, b)| (a - b).abs() <= 1e-10 * (1.0 + b.abs()))
}

proptest! {
    #[test]
    fn products_equal_the_definition(
        conv in convolutions(),
        samples in 0..6usize,
        density in densities(),
        post_density in densities(),
        biased: bool,
        seed: u64,
    ) {
        let weights: Vec<f64> = values::<f64>(conv.weights(), 1.0, false, seed).iter().map(|w| w.sin()).collect();
        let bias = if biased { values::<f64>(conv.outputs, 1.0, false, seed ^ 1) } else { Vec::new() };
        let binary = values::<f64>(samples * conv.input(), density, true, seed ^ 2);
        let valued = values::<f64>(samples * conv.input(), density, false, seed ^ 3);
        let post = values::<f64>(samples * conv.output(), post_density, false, seed ^ 4);
        let events = Events::from_dense(&binary, samples, conv.input()).expect("binary");
        let cost = ConvCost::default();
        for (input, plain) in [
            (Input::Events(&events), &binary),
            (Input::Dense(&binary), &binary),
            (Input::Dense(&valued), &valued),
        ] {
            let (out, gradient) = (
                literal::forward(&conv, plain, &weights, &bias),
                literal::weight_grad(&conv, &post, plain),
            );
            for way in WAYS {
                prop_assert!(close(&forward_by(way, &conv, input, &weights, &bias), &out), "{:?}", way);
                prop_assert!(close(&weight_grad_by(way, &conv, Post::Map(&post), input), &gradient), "{:?}", way);
            }
            prop_assert!(close(&forward(&conv, input, &weights, &bias, &cost, used), &out));
            prop_assert!(close(&weight_grad(&conv, Post::Map(&post), input, &cost), &gradient));
        }
        let want = literal::input_grad(&conv, &post, &weights);
        for way in WAYS {
            prop_assert!(close(&input_grad_by(way, &conv, Post::Map(&post), &weights), &want), "{:?}", way);
        }
        prop_assert!(close(&input_grad(&conv, Post::Map(&post), &weights, &cost, used), &want));
    }

    #[test]
    fn adjoints_are_transposes(conv in convolutions(), samples in 1..4usize, density in densities(), seed: u64) {
        // All values are small multiples of 1/8, so every product and sum is exact.
        let weights = values::<f64>(conv.weights(), 1.0, false, seed);
        let input = values::<f64>(samples * conv.input(), density, false, seed ^ 1);
        let post = values::<f64>(samples * conv.output(), density, false, seed ^ 2);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for way in WAYS {
            let value = dot(&forward_by(way, &conv, Input::Dense(&input), &weights, &[]), &post);
            prop_assert_eq!(dot(&input, &input_grad_by(way, &conv, Post::Map(&post), &weights)), value);
            let gradient = weight_grad_by(way, &conv, Post::Map(&post), Input::Dense(&input));
            prop_assert_eq!(dot(&weights, &gradient), value);
        }
    }
}

/// Several blocks of outputs, and tables so large that samples are worked on together.
#[test]
fn many_channels_outputs_and_samples() {
    for (outputs, side) in [(70, 4), (150, 5), (20, 30)] {
        let conv = Conv {
            channels: 134,
            height: side,
            width: side,
            outputs,
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
        };
        let samples = if side > 9 { 2 } else { 19 };
        let weights: Vec<f64> = values::<f64>(conv.weights(), 1.0, false, 1);
        let spikes = values::<f64>(samples * conv.input(), 0.1, true, 2);
        let valued = values::<f64>(samples * conv.input(), 0.1, false, 3);
        let events = Events::from_dense(&spikes, samples, conv.input()).expect("binary");
        let single = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        for (input, plain) in [
            (Input::Events(&events), &spikes),
            (Input::Dense(&valued), &valued),
        ] {
            let want = literal::forward(&conv, plain, &weights, &[]);
            let narrow = single(plain);
            let narrow = match input {
                Input::Dense(_) => Input::Dense(&narrow),
                _ => Input::Events(&events),
            };
            for way in WAYS {
                // Sums of small multiples of 1/8 are exact in both precisions.
                assert_eq!(forward_by(way, &conv, input, &weights, &[]), want, "{way:?}");
                assert_eq!(
                    forward_by(way, &conv, narrow, &single(&weights), &[]),
                    single(&want),
                    "{way:?}"
                );
            }
        }
    }
}

/// Widths and kernel rows of which single precision has sums of its own.
#[test]
fn gradients_in_single_precision() {
    let widths = [
        (12, 5, 0),
        (12, 5, 2),
        (20, 3, 1),
        (4, 5, 1),
        (24, 6, 3),
        (7, 7, 0),
        (16, 5, 1),
        (12, 3, 0),
        (1, 5, 2),
    ];
    for ((channels, taps, padding), rows) in widths
        .into_iter()
        .flat_map(|w| [1, 3, 5, 7].map(|rows| (w, rows)))
    {
        let conv = Conv {
            channels,
            height: 9,
            width: 8,
            outputs: 10,
            kernel: [rows, taps],
            stride: [1, 1],
            padding: [1, padding],
        };
        let weights = values::<f64>(conv.weights(), 1.0, false, 1);
        let post = values::<f64>(3 * conv.output(), 0.3, false, 2);
        let input = values::<f64>(3 * conv.input(), 0.3, false, 3);
        let single = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        // Sums of small multiples of 1/8 are exact in both precisions.
        let want = single(&literal::input_grad(&conv, &post, &weights));
        let gradient = single(&literal::weight_grad(&conv, &post, &input));
        let (post, weights, input) = (single(&post), single(&weights), single(&input));
        for way in WAYS {
            let found = input_grad_by(way, &conv, Post::Map(&post), &weights);
            assert_eq!(found, want, "{way:?}, {conv:?}");
            let found = weight_grad_by(way, &conv, Post::Map(&post), Input::Dense(&input));
            assert_eq!(found, gradient, "{way:?}, {conv:?}");
        }
    }
}

/// Tables that are not near, whose kernel columns are summed one after the other, in shapes that are not square.
#[test]
fn far_tables_of_odd_shapes() {
    for (kernel, stride, padding, [height, width]) in [
        ([5, 2], [2, 3], [1, 0], [7, 9]),
        ([2, 5], [1, 2], [0, 3], [6, 5]),
        ([5, 3], [1, 1], [2, 1], [2, 4]),
    ] {
        let conv = Conv {
            channels: 60,
            height,
            width,
            outputs: 40,
            kernel,
            stride,
            padding,
        };
        let weights = values::<f64>(conv.weights(), 1.0, false, 1);
        let spikes = values::<f64>(3 * conv.input(), 0.2, true, 2);
        let valued = values::<f64>(3 * conv.input(), 0.2, false, 3);
        let events = Events::from_dense(&spikes, 3, conv.input()).expect("binary");
        for (input, plain) in [
            (Input::Events(&events), &spikes),
            (Input::Dense(&valued), &valued),
        ] {
            // Sums of small multiples of 1/8 are exact.
            let found = forward_by(Way::Sums, &conv, input, &weights, &[]);
            assert_eq!(found, literal::forward(&conv, plain, &weights, &[]), "{conv:?}");
        }
    }
}
