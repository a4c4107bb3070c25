//! The definition, written out.

use crate::conv::Conv;

/// Calls `body(output position, weight position, input position)` for every product of the definition.
fn products(conv: &Conv, mut body: impl FnMut(usize, usize, usize)) {
    let (down, across, [rows, columns]) = (conv.out_height(), conv.out_width(), conv.kernel);
    for output in 0..conv.outputs {
        for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
            for channel in 0..conv.channels {
                for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                    let line = (y * conv.stride[0] + i).checked_sub(conv.padding[0]);
                    let column = (x * conv.stride[1] + j).checked_sub(conv.padding[1]);
                    let (Some(line), Some(column)) = (line, column) else {
                        continue;
                    };
                    if line < conv.height && column < conv.width {
                        body(
                            (output * down + y) * across + x,
                            ((output * conv.channels + channel) * rows + i) * columns + j,
                            (channel * conv.height + line) * conv.width + column,
                        );
                    }
                }
            }
        }
    }
}

pub(super) fn forward(conv: &Conv, input: &[f64], weights: &[f64], bias: &[f64]) -> Vec<f64> {
    let positions = conv.positions();
    let mut out = Vec::new();
    for input in input.chunks_exact(conv.input()) {
        let mut one: Vec<f64> = (0..conv.output())
            .map(|at| bias.get(at / positions).copied().unwrap_or(0.0))
            .collect();
        products(conv, |o, w, i| one[o] += weights[w] * input[i]);
        out.extend(one);
    }
    out
}

pub(super) fn weight_grad(conv: &Conv, post: &[f64], input: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; conv.weights()];
    for (post, input) in post
        .chunks_exact(conv.output())
        .zip(input.chunks_exact(conv.input()))
    {
        products(conv, |o, w, i| gradient[w] += post[o] * input[i]);
    }
    gradient
}

pub(super) fn input_grad(conv: &Conv, post: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut out = Vec::new();
    for post in post.chunks_exact(conv.output()) {
        let mut one = vec![0.0; conv.input()];
        products(conv, |o, w, i| one[i] += weights[w] * post[o]);
        out.extend(one);
    }
    out
}
