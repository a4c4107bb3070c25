//! Random shapes and values.

use crate::Real;
use crate::conv::{Conv, Pool};
use proptest::prelude::*;

/// A convolution that fits its maps.
pub(super) fn convolutions() -> impl Strategy<Value = Conv> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    (
        1..6usize,
        pair(1..10),
        1..22usize,
        pair(1..6),
        pair(1..4),
        pair(0..3),
    )
        .prop_map(|(channels, size, outputs, kernel, stride, padding)| Conv {
            channels,
            // As many rows and columns as the kernel needs.
            height: size[0].max(kernel[0].saturating_sub(2 * padding[0])),
            width: size[1].max(kernel[1].saturating_sub(2 * padding[1])),
            outputs,
            kernel,
            stride,
            padding,
        })
}

/// A pooling that fits the output of a convolution.
pub(super) fn pool(conv: &Conv, kernel: [usize; 2], stride: [usize; 2]) -> Pool {
    Pool {
        kernel: [kernel[0].min(conv.out_height()), kernel[1].min(conv.out_width())],
        stride,
    }
}

/// `count` values of which about `density` are not zero, from a seed; `binary` ones, or multiples of 1/8 between -4 and 4,
/// whose sums are exact.
pub(super) fn values<R: Real>(count: usize, density: f64, binary: bool, seed: u64) -> Vec<R> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    (0..count)
        .map(|_| {
            let (chosen, value) = (next() < density, next());
            R::from_f64(match (chosen, binary) {
                (false, _) => 0.0,
                (true, true) => 1.0,
                (true, false) => ((value - 0.5) * 64.0).round() / 8.0,
            })
        })
        .collect()
}

/// Shares of elements that are not zero.
pub(super) fn densities() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64]
}
