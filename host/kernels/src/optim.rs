//! Optimiser steps in one pass.

use crate::panels::Span;
use crate::parallel::{COLUMNS, tasks};
use crate::{Panels, Real};
use multiversion::multiversion;

/// Rows of a table that one task changes.
const BLOCK: usize = 32;

/// Constants of an Adam step (Kingma & Ba, arXiv:1412.6980).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment.
    pub b1: f64,
    /// Decay of the second moment.
    pub b2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Number of this step, from 1.
    pub step: u64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

/// One Adam step: `m += (1 - b1)(g - m)`, `v = b2 v + (1 - b2) g²`,
/// `p -= lr / (1 - b1^k) · m / (√v / √(1 - b2^k) + eps)`; the bias corrections in double precision.
///
/// # Panics
/// When the lengths differ.
pub fn adam<R: Real>(adam: &Adam, param: &mut [R], grad: &[R], first: &mut [R], second: &mut [R]) {
    let n = param.len();
    assert!(
        grad.len() == n && first.len() == n && second.len() == n,
        "Adam step"
    );
    let all: Vec<_> = param
        .chunks_mut(COLUMNS)
        .zip(grad.chunks(COLUMNS))
        .zip(first.chunks_mut(COLUMNS))
        .zip(second.chunks_mut(COLUMNS))
        .collect();
    let constants = AdamConstants::of(adam);
    tasks(all, n * 8, |(((p, g), m), v)| adam_loop(constants, p, g, m, v));
}

/// [`adam`] on weights that are the transpose of `table [rows, width]`; the gradient and the moments lie column by column
/// too, `[rows, width]`. Equal in every bit.
///
/// # Panics
/// When the lengths differ.
pub fn adam_in_panels<R: Real>(
    adam: &Adam,
    table: &mut Panels<R>,
    grad: &[R],
    first: &mut [R],
    second: &mut [R],
) {
    let (width, n) = (table.width(), table.rows() * table.width());
    assert!(
        grad.len() == n && first.len() == n && second.len() == n,
        "Adam step"
    );
    let part = (BLOCK * width).max(1);
    let all: Vec<_> = table
        .blocks_mut(BLOCK)
        .into_iter()
        .zip(grad.chunks(part))
        .zip(first.chunks_mut(part))
        .zip(second.chunks_mut(part))
        .collect();
    let constants = AdamConstants::of(adam);
    tasks(all, n * 8, |(((block, g), m), v)| {
        adam_block(constants, block, width, g, m, v);
    });
}

#[derive(Clone, Copy)]
struct AdamConstants<R> {
    gain1: R,
    keep2: R,
    gain2: R,
    per_root: R,
    eps: R,
    rate: R,
    keep: R,
}

impl<R: Real> AdamConstants<R> {
    fn of(adam: &Adam) -> Self {
        let k = adam.step.max(1) as f64;
        AdamConstants {
            gain1: R::from_f64(1.0 - adam.b1),
            keep2: R::from_f64(adam.b2),
            gain2: R::from_f64(1.0 - adam.b2),
            per_root: R::from_f64((1.0 - adam.b2.powf(k)).sqrt().recip()),
            eps: R::from_f64(adam.eps),
            rate: R::from_f64(adam.lr / (1.0 - adam.b1.powf(k))),
            keep: R::from_f64(1.0 - adam.lr * adam.weight_decay),
        }
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn adam_loop<R: Real>(c: AdamConstants<R>, p: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    adam_elements(c, p, g, m, v);
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn adam_block<R: Real>(
    c: AdamConstants<R>,
    block: Vec<(Span, &mut [R])>,
    width: usize,
    g: &[R],
    m: &mut [R],
    v: &mut [R],
) {
    for (span, panel) in block {
        for (row, p) in panel.chunks_exact_mut(span.stride).enumerate() {
            let at = row * width + span.first..row * width + span.first + span.columns;
            adam_elements(
                c,
                &mut p[..span.columns],
                &g[at.clone()],
                &mut m[at.clone()],
                &mut v[at],
            );
        }
    }
}

#[inline(always)]
fn adam_elements<R: Real>(c: AdamConstants<R>, p: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
        *m += (g - *m) * c.gain1;
        *v = *v * c.keep2 + (c.gain2 * g) * g;
        let root = v.sqrt() * c.per_root + c.eps;
        *p = *p * c.keep - c.rate * (*m / root);
    }
}

/// One step of gradient descent with momentum: `buf = g` on first use, else `momentum buf + g`; `p -= lr buf`.
///
/// # Panics
/// When the lengths differ.
pub fn momentum<R: Real>(
    lr: f64,
    momentum: f64,
    first_use: bool,
    param: &mut [R],
    grad: &[R],
    buffer: &mut [R],
) {
    let n = param.len();
    assert!(grad.len() == n && buffer.len() == n, "momentum step");
    let all: Vec<_> = param
        .chunks_mut(COLUMNS)
        .zip(grad.chunks(COLUMNS))
        .zip(buffer.chunks_mut(COLUMNS))
        .collect();
    let (lr, momentum) = (R::from_f64(lr), R::from_f64(momentum));
    tasks(all, n * 3, |((p, g), b)| {
        move_buffer(momentum, first_use, g, b);
        add_scaled(p, -lr, b);
    });
}

/// [`momentum`] on weights that are the transpose of `table [rows, width]`; the gradient and the buffer lie column by column
/// too, `[rows, width]`. Equal in every bit.
///
/// # Panics
/// When the lengths differ.
pub fn momentum_in_panels<R: Real>(
    lr: f64,
    momentum: f64,
    first_use: bool,
    table: &mut Panels<R>,
    grad: &[R],
    buffer: &mut [R],
) {
    let (width, n) = (table.width(), table.rows() * table.width());
    assert!(grad.len() == n && buffer.len() == n, "momentum step");
    let part = (BLOCK * width).max(1);
    let all: Vec<_> = table
        .blocks_mut(BLOCK)
        .into_iter()
        .zip(grad.chunks(part))
        .zip(buffer.chunks_mut(part))
        .collect();
    let (lr, momentum) = (R::from_f64(lr), R::from_f64(momentum));
    tasks(all, n * 3, |((block, g), b)| {
        move_buffer(momentum, first_use, g, b);
        add_to_block(block, width, -lr, b);
    });
}

/// `table += factor * source` for `source [rows, width]`.
///
/// # Panics
/// When the lengths differ.
pub fn axpy_in_panels<R: Real>(table: &mut Panels<R>, factor: R, source: &[R]) {
    let (width, n) = (table.width(), table.rows() * table.width());
    assert_eq!(source.len(), n, "scaled addition");
    let all: Vec<_> = table
        .blocks_mut(BLOCK)
        .into_iter()
        .zip(source.chunks((BLOCK * width).max(1)))
        .collect();
    tasks(all, n, |(block, source)| {
        add_to_block(block, width, factor, source)
    });
}

fn move_buffer<R: Real>(momentum: R, first_use: bool, grad: &[R], buffer: &mut [R]) {
    if first_use {
        buffer.copy_from_slice(grad);
    } else {
        crate::scan::trace(momentum, R::ONE, grad, buffer);
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn add_to_block<R: Real>(block: Vec<(Span, &mut [R])>, width: usize, factor: R, source: &[R]) {
    for (span, panel) in block {
        for (target, source) in panel
            .chunks_exact_mut(span.stride)
            .zip(source.chunks_exact(width))
        {
            for (t, s) in target.iter_mut().zip(&source[span.first..][..span.columns]) {
                *t += factor * *s;
            }
        }
    }
}

/// `target += factor * source`.
///
/// # Panics
/// When the lengths differ.
pub fn axpy<R: Real>(target: &mut [R], factor: R, source: &[R]) {
    assert_eq!(target.len(), source.len(), "scaled addition");
    let work = source.len();
    crate::parallel::chunks_mut(target, COLUMNS, work, |first, part| {
        let len = part.len();
        add_scaled(part, factor, &source[first..first + len]);
    });
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn add_scaled<R: Real>(target: &mut [R], factor: R, source: &[R]) {
    for (t, &s) in target.iter_mut().zip(source) {
        *t += factor * s;
    }
}

#[cfg(test)]
mod tests {
    use super::{Adam, adam, adam_in_panels, axpy, axpy_in_panels, momentum, momentum_in_panels};
    use crate::Panels;
    use proptest::prelude::*;

    #[test]
    fn the_first_adam_step_moves_by_the_learning_rate() {
        let options = Adam {
            lr: 0.1,
            b1: 0.9,
            b2: 0.999,
            eps: 0.0,
            step: 1,
            weight_decay: 0.0,
        };
        let (mut p, mut m, mut v) = ([1.0f64, 1.0], [0.0; 2], [0.0; 2]);
        adam(&options, &mut p, &[0.5, -3.0], &mut m, &mut v);
        assert!((p[0] - 0.9).abs() < 1e-12 && (p[1] - 1.1).abs() < 1e-12, "{p:?}");
        assert!((m[0] - 0.05).abs() < 1e-15 && (v[1] - 0.009).abs() < 1e-15);
    }

    #[test]
    fn two_adam_steps_follow_the_formula() {
        let mut o = Adam {
            lr: 0.01,
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            step: 1,
            weight_decay: 0.0,
        };
        let (mut p, mut m, mut v) = ([0.3f64], [0.0], [0.0]);
        let (mut rp, mut rm, mut rv) = (0.3f64, 0.0, 0.0f64);
        for (k, g) in [(1, 0.2), (2, -0.7)] {
            o.step = k;
            adam(&o, &mut p, &[g], &mut m, &mut v);
            rm = 0.9 * rm + 0.1 * g;
            rv = 0.999 * rv + 0.001 * g * g;
            let (c1, c2) = (1.0 - 0.9f64.powi(k as i32), 1.0 - 0.999f64.powi(k as i32));
            rp -= 0.01 * (rm / c1) / ((rv / c2).sqrt() + 1e-8);
        }
        assert!((p[0] - rp).abs() < 1e-12, "{} instead of {rp}", p[0]);
    }

    #[test]
    fn momentum_starts_with_the_first_gradient() {
        let (mut p, mut b) = ([1.0f64], [77.0]);
        momentum(0.1, 0.9, true, &mut p, &[2.0], &mut b);
        assert_eq!((p, b), ([1.0 - 0.1 * 2.0], [2.0]));
        momentum(0.1, 0.9, false, &mut p, &[1.0], &mut b);
        assert!((b[0] - 2.8).abs() < 1e-15 && (p[0] - 0.52).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn panels_change_as_rows_do(rows in 1usize..90, width in 1usize..110, first_use: bool, step in 1u64..4) {
            let n = rows * width;
            let some = |factor: usize| -> Vec<f32> { (0..n).map(|k| ((k * factor % 97) as f32 - 48.0) / 31.0).collect() };
            let (grad, start) = (some(37), some(53));
            let options = Adam { lr: 0.1, b1: 0.9, b2: 0.999, eps: 1e-8, step, weight_decay: 0.01 };
            let mut flat = (start.clone(), some(11), some(29).iter().map(|v| v * v).collect::<Vec<_>>());
            let mut other = (Panels::pack(&start, rows, width), flat.1.clone(), flat.2.clone());
            adam(&options, &mut flat.0, &grad, &mut flat.1, &mut flat.2);
            adam_in_panels(&options, &mut other.0, &grad, &mut other.1, &mut other.2);
            prop_assert_eq!(&other.0, &Panels::pack(&flat.0, rows, width));
            prop_assert_eq!((&other.1, &other.2), (&flat.1, &flat.2));
            momentum(0.1, 0.9, first_use, &mut flat.0, &grad, &mut flat.1);
            momentum_in_panels(0.1, 0.9, first_use, &mut other.0, &grad, &mut other.1);
            axpy(&mut flat.0, -0.3, &grad);
            axpy_in_panels(&mut other.0, -0.3, &grad);
            prop_assert_eq!(&other.0, &Panels::pack(&flat.0, rows, width));
            prop_assert_eq!(&other.1, &flat.1);
        }
    }
}
