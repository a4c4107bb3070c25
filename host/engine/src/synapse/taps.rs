//! How many products the elements of a convolution take part in.

use crate::scalar::Scalar;
use neurotrain_kernels::conv::Conv;

/// Products with a non-zero element of `input [samples, channels, height, width]`; taps in the padding are none.
pub(super) fn of_input<R: Scalar>(conv: &Conv, input: &[R]) -> usize {
    let places: Vec<usize> = product(&axis(conv, 0).inputs, &axis(conv, 1).inputs);
    conv.outputs * weighted(input, &places)
}

/// Products with a non-zero element of `output [samples, outputs, positions]`.
pub(super) fn of_output<R: Scalar>(conv: &Conv, output: &[R]) -> usize {
    let places: Vec<usize> = product(&axis(conv, 0).outputs, &axis(conv, 1).outputs);
    conv.channels * weighted(output, &places)
}

fn weighted<R: Scalar>(values: &[R], places: &[usize]) -> usize {
    values
        .chunks_exact(places.len().max(1))
        .flat_map(|map| map.iter().zip(places))
        .filter(|(v, _)| **v != R::ZERO)
        .map(|(_, places)| places)
        .sum()
}

/// Partners along one axis.
struct Axis {
    /// Outputs that each input position reaches.
    inputs: Vec<usize>,
    /// Input positions that each output sees.
    outputs: Vec<usize>,
}

fn axis(conv: &Conv, axis: usize) -> Axis {
    let (length, out) = [(conv.height, conv.out_height()), (conv.width, conv.out_width())][axis];
    let mut inputs = vec![0; length];
    let mut outputs = vec![0; out];
    for (o, seen) in outputs.iter_mut().enumerate() {
        for k in 0..conv.kernel[axis] {
            let at = (o * conv.stride[axis] + k).checked_sub(conv.padding[axis]);
            if let Some(reached) = at.and_then(|at| inputs.get_mut(at)) {
                *reached += 1;
                *seen += 1;
            }
        }
    }
    Axis { inputs, outputs }
}

fn product(rows: &[usize], cols: &[usize]) -> Vec<usize> {
    rows.iter()
        .flat_map(|row| cols.iter().map(move |col| row * col))
        .collect()
}
