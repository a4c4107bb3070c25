//! Steps that repeat against steps one by one.

use super::shapes::{convolutions, densities, pool, values};
use crate::Majority;
use crate::conv::{Input, Pooled, Post, Way, forward_by, forward_pooled_by, weight_grad_by};
use crate::majority::tests::repeating;
use proptest::prelude::*;

proptest! {
    #[test]
    fn all_products_agree(
        conv in convolutions(),
        kernel in [1..4usize, 1..4],
        stride in [1..4usize, 1..4],
        steps in 4..12usize,
        batch in 1..11usize,
        density in densities(),
        biased: bool,
        seed: u64,
    ) {
        let events = repeating(steps, batch, conv.input(), seed);
        let Some(majority) = Majority::of(&events, batch) else { return Ok(()) };
        let (plain, repeats) = (Input::Events(&events), Input::Repeats(&events, &majority));
        let pool = pool(&conv, kernel, stride);
        // Sums of small multiples of 1/8 are exact, so the order does not matter.
        let weights = values::<f64>(conv.weights(), 1.0, false, seed);
        let bias = if biased { values::<f64>(conv.outputs, 1.0, false, seed ^ 1) } else { Vec::new() };
        for way in [Way::Dense, Way::Sparse, Way::Sums, Way::Post] {
            prop_assert_eq!(
                forward_by(way, &conv, repeats, &weights, &bias),
                forward_by(way, &conv, plain, &weights, &bias)
            );
            let (out, places) = forward_pooled_by(way, &conv, pool, repeats, &weights, &bias);
            prop_assert_eq!(
                (&out, &places),
                (&forward_pooled_by(way, &conv, pool, plain, &weights, &bias).0,
                 &forward_pooled_by(way, &conv, pool, plain, &weights, &bias).1)
            );
            let gradient = values::<f64>(out.len(), density, false, seed ^ 2);
            let map = values::<f64>(events.rows * conv.output(), density, false, seed ^ 3);
            let pooled = Pooled { pool, gradient: &gradient, places: &places };
            for post in [Post::Map(&map), Post::Pooled(pooled)] {
                prop_assert_eq!(
                    weight_grad_by(way, &conv, post, repeats),
                    weight_grad_by(way, &conv, post, plain)
                );
            }
        }
    }
}
