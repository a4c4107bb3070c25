//! Two-dimensional convolution (cross-correlation) and its adjoints, sample by sample through unfolded patches.

use crate::Real;
use crate::dense::{Matrix, product, product_here};
use crate::parallel::splits;
use rayon::prelude::*;

/// Most partial sums of a weight gradient; fixed, so that the order of additions is.
const GROUPS: usize = 8;

/// The geometry of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// Input channels.
    pub channels: usize,
    /// Height of an input map.
    pub height: usize,
    /// Width of an input map.
    pub width: usize,
    /// Output channels.
    pub outputs: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Distance between patches.
    pub stride: [usize; 2],
    /// Rows and columns of zeros around a map.
    pub padding: [usize; 2],
}

impl Conv {
    /// Height of an output map.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding[0] - self.kernel[0]) / self.stride[0] + 1
    }

    /// Width of an output map.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding[1] - self.kernel[1]) / self.stride[1] + 1
    }

    /// Weights of one output.
    pub fn patch(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    /// Positions of an output map.
    pub fn positions(&self) -> usize {
        self.out_height() * self.out_width()
    }

    fn input(&self) -> usize {
        self.channels * self.height * self.width
    }

    fn output(&self) -> usize {
        self.outputs * self.positions()
    }

    /// Multiply-adds of one sample.
    pub fn work(&self) -> usize {
        self.outputs * self.patch() * self.positions()
    }

    /// For every row of the unfolded matrix (channel, kernel row, kernel column) and every output row: the range of output
    /// columns whose tap lies inside the map, and the input position of the first one.
    fn taps(&self, mut body: impl FnMut(usize, std::ops::Range<usize>, usize)) {
        let (oh, ow, [sy, sx], [py, px]) = (self.out_height(), self.out_width(), self.stride, self.padding);
        for c in 0..self.channels {
            for i in 0..self.kernel[0] {
                for j in 0..self.kernel[1] {
                    let row = (c * self.kernel[0] + i) * self.kernel[1] + j;
                    // x * sx + j - px must lie in 0..width.
                    let first = px.saturating_sub(j).div_ceil(sx);
                    let end = if self.width + px > j {
                        (self.width + px - j).div_ceil(sx).min(ow)
                    } else {
                        0
                    };
                    if first >= end {
                        continue;
                    }
                    for y in 0..oh {
                        let line = y * sy + i;
                        if line < py || line - py >= self.height {
                            continue;
                        }
                        let start = (c * self.height + line - py) * self.width + first * sx + j - px;
                        body(row, y * ow + first..y * ow + end, start);
                    }
                }
            }
        }
    }

    /// The unfolded matrix `[patch, positions]` of one sample.
    fn unfold<R: Real>(&self, sample: &[R], unfolded: &mut [R]) {
        let (positions, step) = (self.positions(), self.stride[1]);
        // Taps outside the map are the only elements that are not written.
        if self.padding != [0, 0] {
            unfolded.fill(R::ZERO);
        }
        self.taps(|row, range, start| {
            let target = &mut unfolded[row * positions..][range.clone()];
            if step == 1 {
                target.copy_from_slice(&sample[start..start + range.len()]);
            } else {
                for (t, s) in target.iter_mut().zip(sample[start..].iter().step_by(step)) {
                    *t = *s;
                }
            }
        });
    }

    /// Adds an unfolded matrix back into a sample.
    fn fold<R: Real>(&self, unfolded: &[R], sample: &mut [R]) {
        let (positions, step) = (self.positions(), self.stride[1]);
        self.taps(|row, range, start| {
            let source = &unfolded[row * positions..][range];
            for (s, t) in sample[start..].iter_mut().step_by(step).zip(source) {
                *s += *t;
            }
        });
    }
}

/// `[samples, outputs, positions]` for inputs `[samples, channels, height, width]` and weights `[outputs, patch]`.
///
/// # Panics
/// When the sizes do not fit.
pub fn forward<R: Real>(conv: &Conv, input: &[R], weights: &[R]) -> Vec<R> {
    let (size, positions) = (conv.input(), conv.positions());
    assert!(
        size > 0 && input.len().is_multiple_of(size),
        "input of a convolution"
    );
    let samples = input.len() / size;
    let weights = Matrix::new(weights, conv.outputs, conv.patch());
    let mut out = vec![R::ZERO; samples * conv.output()];
    each_sample(
        conv,
        &mut out,
        conv.output(),
        samples,
        |sample, part, unfolded, alone| {
            conv.unfold(&input[sample * size..][..size], unfolded);
            let multiply = if alone { product } else { product_here };
            multiply(
                weights,
                Matrix::new(unfolded, conv.patch(), positions),
                part,
                false,
            );
        },
    );
    out
}

/// Gradient with respect to the input, for `post [samples, outputs, positions]`.
///
/// # Panics
/// When the sizes do not fit.
pub fn input_grad<R: Real>(conv: &Conv, post: &[R], weights: &[R]) -> Vec<R> {
    let (size, positions) = (conv.output(), conv.positions());
    assert!(
        size > 0 && post.len().is_multiple_of(size),
        "gradient of a convolution"
    );
    let samples = post.len() / size;
    let weights = Matrix::new(weights, conv.outputs, conv.patch()).t();
    let mut out = vec![R::ZERO; samples * conv.input()];
    each_sample(
        conv,
        &mut out,
        conv.input(),
        samples,
        |sample, part, unfolded, alone| {
            let post = Matrix::new(&post[sample * size..][..size], conv.outputs, positions);
            let multiply = if alone { product } else { product_here };
            multiply(weights, post, unfolded, false);
            conv.fold(unfolded, part);
        },
    );
    out
}

/// Runs `body(sample, its part of out, a scratch for the unfolded matrix, whether it is the only sample)`.
fn each_sample<R: Real>(
    conv: &Conv,
    out: &mut [R],
    size: usize,
    samples: usize,
    body: impl Fn(usize, &mut [R], &mut [R], bool) + Sync,
) {
    let scratch = || vec![R::ZERO; conv.patch() * conv.positions()];
    if samples > 1 && splits(samples * conv.work()) {
        out.par_chunks_mut(size)
            .enumerate()
            .for_each_init(scratch, |unfolded, (sample, part)| {
                body(sample, part, unfolded, false)
            });
    } else {
        let mut unfolded = scratch();
        for (sample, part) in out.chunks_mut(size).enumerate() {
            body(sample, part, &mut unfolded, samples == 1);
        }
    }
}

/// Gradient with respect to the weights `[outputs, patch]`, summed over the samples.
///
/// # Panics
/// When the sizes do not fit.
pub fn weight_grad<R: Real>(conv: &Conv, post: &[R], input: &[R]) -> Vec<R> {
    let (size, out_size) = (conv.input(), conv.output());
    assert!(
        size > 0 && input.len().is_multiple_of(size),
        "input of a convolution"
    );
    let samples = input.len() / size;
    assert_eq!(post.len(), samples * out_size, "gradient of a convolution");
    let per_group = samples.div_ceil(GROUPS).max(1);
    let groups: Vec<usize> = (0..samples).step_by(per_group).collect();
    let sum = |first: &usize| {
        let mut unfolded = vec![R::ZERO; conv.patch() * conv.positions()];
        let mut gradient = vec![R::ZERO; conv.outputs * conv.patch()];
        for sample in *first..samples.min(first + per_group) {
            conv.unfold(&input[sample * size..][..size], &mut unfolded);
            product_here(
                Matrix::new(
                    &post[sample * out_size..][..out_size],
                    conv.outputs,
                    conv.positions(),
                ),
                Matrix::new(&unfolded, conv.patch(), conv.positions()).t(),
                &mut gradient,
                true,
            );
        }
        gradient
    };
    let parts: Vec<Vec<R>> = if splits(samples * conv.work()) {
        groups.par_iter().map(sum).collect()
    } else {
        groups.iter().map(sum).collect()
    };
    let mut total = vec![R::ZERO; conv.outputs * conv.patch()];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::{Conv, forward, input_grad, weight_grad};

    /// The definition, written out.
    fn literal(conv: &Conv, x: &[f64], w: &[f64]) -> Vec<f64> {
        let (oh, ow) = (conv.out_height(), conv.out_width());
        let [kh, kw] = conv.kernel;
        let mut out = vec![0.0; conv.outputs * oh * ow];
        for o in 0..conv.outputs {
            for y in 0..oh {
                for z in 0..ow {
                    for c in 0..conv.channels {
                        for i in 0..kh {
                            for j in 0..kw {
                                let (a, b) = (y * conv.stride[0] + i, z * conv.stride[1] + j);
                                let (Some(a), Some(b)) =
                                    (a.checked_sub(conv.padding[0]), b.checked_sub(conv.padding[1]))
                                else {
                                    continue;
                                };
                                if a < conv.height && b < conv.width {
                                    out[(o * oh + y) * ow + z] += w
                                        [((o * conv.channels + c) * kh + i) * kw + j]
                                        * x[(c * conv.height + a) * conv.width + b];
                                }
                            }
                        }
                    }
                }
            }
        }
        out
    }

    fn numbers(n: usize, f: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * f).sin()).collect()
    }

    #[test]
    fn forward_and_adjoints_for_strides_and_paddings() {
        for (kernel, stride, padding) in [
            ([3, 3], [1, 1], [1, 1]),
            ([5, 3], [2, 1], [0, 2]),
            ([2, 2], [2, 3], [1, 0]),
            ([1, 1], [1, 1], [0, 0]),
        ] {
            let conv = Conv {
                channels: 2,
                height: 7,
                width: 6,
                outputs: 3,
                kernel,
                stride,
                padding,
            };
            let w = numbers(3 * conv.patch(), 0.7);
            let x = numbers(2 * 2 * 42, 1.3);
            let out = forward(&conv, &x, &w);
            let want = [literal(&conv, &x[..84], &w), literal(&conv, &x[84..], &w)].concat();
            assert!(
                out.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12),
                "{conv:?}"
            );
            // The product is linear in each operand, so the adjoints are exact transposes.
            let seed = numbers(out.len(), 0.31);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let value = dot(&out, &seed);
            assert!(
                (dot(&x, &input_grad(&conv, &seed, &w)) - value).abs() < 1e-10,
                "{conv:?}"
            );
            assert!(
                (dot(&w, &weight_grad(&conv, &seed, &x)) - value).abs() < 1e-10,
                "{conv:?}"
            );
        }
    }
}
