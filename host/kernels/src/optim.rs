//! Optimiser steps in one pass.

use crate::Real;
use crate::parallel::{COLUMNS, tasks};
use multiversion::multiversion;

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
    let k = adam.step.max(1) as f64;
    let constants = AdamConstants {
        gain1: R::from_f64(1.0 - adam.b1),
        keep2: R::from_f64(adam.b2),
        gain2: R::from_f64(1.0 - adam.b2),
        root: R::from_f64((1.0 - adam.b2.powf(k)).sqrt()),
        eps: R::from_f64(adam.eps),
        rate: R::from_f64(adam.lr / (1.0 - adam.b1.powf(k))),
        keep: R::from_f64(1.0 - adam.lr * adam.weight_decay),
    };
    tasks(all, n * 8, |(((p, g), m), v)| adam_loop(constants, p, g, m, v));
}

#[derive(Clone, Copy)]
struct AdamConstants<R> {
    gain1: R,
    keep2: R,
    gain2: R,
    root: R,
    eps: R,
    rate: R,
    keep: R,
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn adam_loop<R: Real>(c: AdamConstants<R>, p: &mut [R], g: &[R], m: &mut [R], v: &mut [R]) {
    for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
        *m += (g - *m) * c.gain1;
        *v = *v * c.keep2 + (c.gain2 * g) * g;
        let root = v.sqrt() / c.root + c.eps;
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
        if first_use {
            b.copy_from_slice(g);
        } else {
            crate::scan::trace(momentum, R::ONE, g, b);
        }
        add_scaled(p, -lr, b);
    });
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
    use super::{Adam, adam, momentum};

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
}
