//! How many products the elements of a convolution take part in.

use crate::scalar::Scalar;
use neurotrain_kernels::conv::{Conv, Input, Pool, Post};

/// Products with a non-zero element of the input; taps in the padding are none.
pub(super) fn of_input<R: Scalar>(conv: &Conv, input: &Input<'_, R>) -> usize {
    let places = product(&axis(conv, 0).inputs, &axis(conv, 1).inputs);
    conv.outputs
        * match input {
            Input::Dense(values) => weighted(values, &places),
            Input::Events(events) | Input::Repeats(events, _) => {
                // Of every channel: a division for each event would take longer than the sum.
                events.total(&places.repeat(conv.channels))
            }
        }
}

/// Products with a non-zero element of the gradient with respect to the output.
pub(super) fn of_post<R: Scalar>(conv: &Conv, post: &Post<'_, R>) -> usize {
    if conv.padding == [0, 0] {
        return post.nonzero() * conv.patch();
    }
    let places = product(&axis(conv, 0).outputs, &axis(conv, 1).outputs);
    conv.channels
        * match post {
            Post::Map(values) => weighted(values, &places),
            Post::Pooled(pooled) => {
                let Pool { kernel, stride } = pooled.pool;
                let width = (conv.out_width() - kernel[1]) / stride[1] + 1;
                let maxima = ((conv.out_height() - kernel[0]) / stride[0] + 1) * width;
                let taps = |(at, (_, place)): (usize, (&R, &u8))| {
                    let (at, place) = (at % maxima, usize::from(*place));
                    let y = at / width * stride[0] + place / kernel[1];
                    places[y * conv.out_width() + at % width * stride[1] + place % kernel[1]] as usize
                };
                let given = pooled.gradient.iter().zip(pooled.places).enumerate();
                given.filter(|(_, (g, _))| **g != R::ZERO).map(taps).sum()
            }
        }
}

fn weighted<R: Scalar>(values: &[R], places: &[u32]) -> usize {
    // A map's sum fits 32 bits, and without a branch it is made of vectors.
    let map = |map: &[R]| {
        let taps = |(v, places): (&R, &u32)| if *v != R::ZERO { *places } else { 0 };
        map.iter().zip(places).map(taps).sum::<u32>() as usize
    };
    values.chunks_exact(places.len().max(1)).map(map).sum()
}

/// Partners along one axis.
struct Axis {
    /// Outputs that each input position reaches.
    inputs: Vec<u32>,
    /// Input positions that each output sees.
    outputs: Vec<u32>,
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

fn product(rows: &[u32], cols: &[u32]) -> Vec<u32> {
    rows.iter()
        .flat_map(|row| cols.iter().map(move |col| row * col))
        .collect()
}
