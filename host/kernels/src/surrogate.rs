//! Surrogate and pseudo-derivatives of the spike function, evaluated in the run's own type.

use crate::Real;
use crate::parallel::{COLUMNS, chunks_mut};
use multiversion::multiversion;

/// A stand-in for the derivative of the spike function at `x = membrane - threshold`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Surrogate {
    /// `1 / (slope |x| + 1)²`.
    FastSigmoid {
        /// Steepness.
        slope: f64,
    },
    /// `slope · sig(slope x) · sig(-slope x)`.
    Sigmoid {
        /// Steepness.
        slope: f64,
    },
    /// `scale / (1 + (π x)²)`.
    Atan {
        /// Peak.
        scale: f64,
    },
    /// `scale · max(0, 1 - |x / width|)`.
    Triangular {
        /// Peak.
        scale: f64,
        /// Distance at which it vanishes.
        width: f64,
    },
    /// `1 - tanh²(x)`.
    Tanh,
    /// 1 where `|x| <= half_width`, else 0.
    Boxcar {
        /// Half width.
        half_width: f64,
    },
}

impl Surrogate {
    /// Whether a neuron with this surrogate fires at `membrane >= threshold` instead of `>`.
    pub fn fires_at_threshold(&self) -> bool {
        matches!(self, Surrogate::Atan { .. })
    }
}

/// One kind of derivative with its constants; a type parameter, so that each kind gets loops of its own.
pub(crate) trait Derivative<R>: Copy + Send + Sync {
    /// The derivative at `x`.
    fn at(self, x: R) -> R;
}

#[derive(Clone, Copy)]
pub(crate) struct FastSigmoid<R>(pub(crate) R);
#[derive(Clone, Copy)]
pub(crate) struct Sigmoid<R>(pub(crate) R);
#[derive(Clone, Copy)]
pub(crate) struct Atan<R>(pub(crate) R, pub(crate) R);
#[derive(Clone, Copy)]
pub(crate) struct Triangular<R>(pub(crate) R, pub(crate) R);
#[derive(Clone, Copy)]
pub(crate) struct Tanh;
#[derive(Clone, Copy)]
pub(crate) struct Boxcar<R>(pub(crate) R);

impl<R: Real> Derivative<R> for FastSigmoid<R> {
    #[inline(always)]
    fn at(self, x: R) -> R {
        let y = self.0 * x.abs() + R::ONE;
        R::ONE / (y * y)
    }
}

impl<R: Real> Derivative<R> for Sigmoid<R> {
    #[inline(always)]
    fn at(self, x: R) -> R {
        // Symmetric in x, so the exponent is never positive and nothing overflows.
        let e = (-(self.0 * x).abs()).exp_of_negative();
        self.0 * e / ((R::ONE + e) * (R::ONE + e))
    }
}

impl<R: Real> Derivative<R> for Atan<R> {
    #[inline(always)]
    fn at(self, x: R) -> R {
        let y = self.1 * x;
        self.0 / (R::ONE + y * y)
    }
}

impl<R: Real> Derivative<R> for Triangular<R> {
    #[inline(always)]
    fn at(self, x: R) -> R {
        self.0 * (R::ONE - (x / self.1).abs()).max(R::ZERO)
    }
}

impl<R: Real> Derivative<R> for Tanh {
    #[inline(always)]
    fn at(self, x: R) -> R {
        // 1 - tanh² = 4 e / (1 + e)² with e = exp(-2 |x|), without the cancellation.
        let e = (-(x + x).abs()).exp_of_negative();
        let y = R::ONE + e;
        (R::ONE + R::ONE) * (R::ONE + R::ONE) * e / (y * y)
    }
}

impl<R: Real> Derivative<R> for Boxcar<R> {
    #[inline(always)]
    fn at(self, x: R) -> R {
        if x.abs() <= self.0 { R::ONE } else { R::ZERO }
    }
}

/// Evaluates `$body` with `$d` bound to the [`Derivative`] of kind `$surrogate`.
macro_rules! with_derivative {
    ($surrogate:expr, $real:ty, $d:ident => $body:expr) => {{
        use $crate::surrogate::{Atan, Boxcar, FastSigmoid, Sigmoid, Surrogate, Tanh, Triangular};
        let r = |v: f64| <$real as $crate::Real>::from_f64(v);
        match $surrogate {
            Surrogate::FastSigmoid { slope } => {
                let $d = FastSigmoid(r(slope));
                $body
            }
            Surrogate::Sigmoid { slope } => {
                let $d = Sigmoid(r(slope));
                $body
            }
            Surrogate::Atan { scale } => {
                let $d = Atan(r(scale), r(std::f64::consts::PI));
                $body
            }
            Surrogate::Triangular { scale, width } => {
                let $d = Triangular(r(scale), r(width));
                $body
            }
            Surrogate::Tanh => {
                let $d = Tanh;
                $body
            }
            Surrogate::Boxcar { half_width } => {
                let $d = Boxcar(r(half_width));
                $body
            }
        }
    }};
}
pub(crate) use with_derivative;

/// `out = derivative(membrane - threshold)`, element by element.
///
/// # Panics
/// When the lengths differ.
pub fn derivative<R: Real>(surrogate: Surrogate, membrane: &[R], threshold: R, out: &mut [R]) {
    assert_eq!(membrane.len(), out.len(), "pseudo-derivative");
    with_derivative!(surrogate, R, d => {
        chunks_mut(out, COLUMNS, membrane.len() * 4, |first, part| {
            derivative_of(d, &membrane[first..first + part.len()], threshold, part);
        });
    });
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn derivative_of<R: Real, D: Derivative<R>>(d: D, membrane: &[R], threshold: R, out: &mut [R]) {
    for (o, &u) in out.iter_mut().zip(membrane) {
        *o = d.at(u - threshold);
    }
}

#[cfg(test)]
mod tests {
    use super::{Surrogate, derivative};

    fn at(surrogate: Surrogate) -> Vec<f64> {
        let membranes = [-1.0, 0.96, 1.0, 1.04, 3.0];
        let mut out = [0.0; 5];
        derivative(surrogate, &membranes, 1.0, &mut out);
        out.to_vec()
    }

    fn close(got: Vec<f64>, want: [f64; 5]) {
        for (g, w) in got.iter().zip(want) {
            assert!((g - w).abs() < 1e-12, "{got:?} instead of {want:?}");
        }
    }

    #[test]
    fn values_at_given_points() {
        // x = -2, -0.04, 0, 0.04, 2.
        close(
            at(Surrogate::FastSigmoid { slope: 25.0 }),
            [1.0 / 2601.0, 0.25, 1.0, 0.25, 1.0 / 2601.0],
        );
        let s = |x: f64| 4.0 * (-4.0 * x).exp() / (1.0 + (-4.0 * x).exp()).powi(2);
        close(
            at(Surrogate::Sigmoid { slope: 4.0 }),
            [s(2.0), s(0.04), 1.0, s(0.04), s(2.0)],
        );
        let a = |x: f64| 1.0 / (1.0 + (std::f64::consts::PI * x).powi(2));
        close(
            at(Surrogate::Atan { scale: 1.0 }),
            [a(2.0), a(0.04), 1.0, a(0.04), a(2.0)],
        );
        close(
            at(Surrogate::Triangular {
                scale: 0.3,
                width: 0.5,
            }),
            [0.0, 0.3 * 0.92, 0.3, 0.3 * 0.92, 0.0],
        );
        let t = |x: f64| 1.0 - x.tanh().powi(2);
        close(at(Surrogate::Tanh), [t(2.0), t(0.04), 1.0, t(0.04), t(2.0)]);
        close(
            at(Surrogate::Boxcar { half_width: 0.5 }),
            [0.0, 1.0, 1.0, 1.0, 0.0],
        );
    }

    #[test]
    fn the_sigmoid_never_overflows() {
        let mut out = [f32::NAN; 2];
        derivative(Surrogate::Sigmoid { slope: 4.0 }, &[-1e4f32, 1e4], 0.0, &mut out);
        assert_eq!(out, [0.0, 0.0]);
    }
}
