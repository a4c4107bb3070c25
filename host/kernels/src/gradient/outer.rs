//! The gradient of a single row, an outer product: nothing is summed, so that only writing counts.

use crate::parallel::chunks_mut;
use crate::{Order, Real};
use multiversion::multiversion;

/// Elements of one task.
const PART: usize = 1 << 14;

/// Outputs from which lines are long enough.
const OUTPUTS: usize = 96;

/// Whether the gradient of weights with `width` outputs is taken as one.
pub(crate) fn is_outer(rows: usize, width: usize) -> bool {
    rows == 1 && width > OUTPUTS
}

/// `out[o, c] = pre[c] post[o]`, and zero where `pre[c]` is zero whatever `post` holds.
pub(crate) fn outer<R: Real>(pre: &[R], post: &[R], order: Order, out: &mut [R]) {
    let length = match order {
        Order::Rows => pre.len(),
        Order::Columns => post.len(),
    };
    let (lines, work) = (PART.div_ceil(length.max(1)), out.len());
    chunks_mut(out, lines * length, work, |first, part| {
        let lines = part.chunks_exact_mut(length).zip(first / length..);
        match order {
            Order::Rows => lines.for_each(|(line, o)| scale(pre, post[o], line)),
            Order::Columns => lines.for_each(|(line, c)| match pre[c] == R::ZERO {
                true => line.fill(R::ZERO),
                false => multiply(post, pre[c], line),
            }),
        }
    });
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn scale<R: Real>(pre: &[R], factor: R, line: &mut [R]) {
    for (target, value) in line.iter_mut().zip(pre) {
        let product = factor * *value;
        *target = if *value == R::ZERO { R::ZERO } else { product };
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn multiply<R: Real>(post: &[R], factor: R, line: &mut [R]) {
    for (target, value) in line.iter_mut().zip(post) {
        *target = factor * *value;
    }
}

#[cfg(test)]
mod tests {
    use super::outer;
    use crate::Order;

    #[test]
    fn every_product_in_either_order_and_nothing_of_silent_inputs() {
        for (inputs, width) in [(1, 1), (3, 5), (200, 300), (0, 4)] {
            let pre: Vec<f32> = (0..inputs).map(|c| [0.0, 1.0, 0.5][c % 3]).collect();
            let mut post: Vec<f32> = (0..width).map(|o| o as f32 - 7.0).collect();
            post[0] = f32::INFINITY;
            for order in [Order::Rows, Order::Columns] {
                let mut out = vec![9.0; inputs * width];
                outer(&pre, &post, order, &mut out);
                for (o, post) in post.iter().enumerate() {
                    for (c, pre) in pre.iter().enumerate() {
                        let at = match order {
                            Order::Rows => o * inputs + c,
                            Order::Columns => c * width + o,
                        };
                        let want = if *pre == 0.0 { 0.0 } else { pre * post };
                        assert_eq!(out[at], want, "{inputs} x {width} {order:?}");
                    }
                }
            }
        }
    }
}
