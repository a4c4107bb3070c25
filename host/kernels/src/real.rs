//! The scalar types that a run can have.

use crate::marks::{Test, marks_double, marks_single};
use crate::transpose::Turn;
use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A floating-point type of a run: `f32` or `f64`.
pub trait Real:
    Turn
    + PartialOrd
    + PartialEq
    + Debug
    + Display
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Negative infinity.
    const NEG_INFINITY: Self;
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// The value in double precision (exact).
    fn to_f64(self) -> f64;
    /// e to the power of the value.
    fn exp(self) -> Self;
    /// e to the power of a value that is not positive, in a form that compilers turn into vector instructions; within 2 ulp,
    /// and 0 below the smallest normal result.
    fn exp_of_negative(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The value to the power of `exponent`.
    fn powf(self, exponent: Self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// The larger value; the other one when one is not a number.
    fn max(self, other: Self) -> Self;
    /// The smaller value; the other one when one is not a number.
    fn min(self, other: Self) -> Self;
    /// Whether the value is neither infinite nor "not a number".
    fn is_finite(self) -> bool;
    /// Whether the value is "not a number".
    fn is_nan(self) -> bool;
    /// A bit for each element that meets a test, that of the first the lowest.
    fn marks(group: &[Self; 32], test: Test<Self>) -> u32;
}

macro_rules! real {
    ($t:ident, $exp_of_negative:path, $marks:path) => {
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NEG_INFINITY: Self = $t::NEG_INFINITY;
            const NAME: &'static str = stringify!($t);

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $t::exp(self)
            }
            #[inline(always)]
            fn exp_of_negative(self) -> Self {
                $exp_of_negative(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $t::ln(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $t::tanh(self)
            }
            #[inline(always)]
            fn powf(self, exponent: Self) -> Self {
                $t::powf(self, exponent)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $t::abs(self)
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                $t::max(self, other)
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                $t::min(self, other)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
            #[inline(always)]
            fn marks(group: &[Self; 32], test: Test<Self>) -> u32 {
                $marks(group, test)
            }
        }
    };
}

real!(f32, exp_of_negative_f32, marks_single);
real!(f64, f64::exp, marks_double);

/// The power of two nearest to the result, times a polynomial (Cephes' `expf`) of what remains.
#[inline(always)]
fn exp_of_negative_f32(x: f32) -> f32 {
    const LOWEST: f32 = -87.0;
    // Adding it leaves the nearest whole number in the low bits.
    const WHOLE: f32 = 12_582_912.0;
    // Written so that a value that is not a number stays one.
    let at = if x < LOWEST { LOWEST } else { x };
    let shifted = at * std::f32::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = (at - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let mut y = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        y = y * r + c;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    let value = (y * r * r + r + 1.0) * power;
    if x < LOWEST { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn the_exponential_of_negative_values() {
        let mut worst = 0.0f64;
        for i in 0..=870_000 {
            let x = -(i as f32) * 1e-4;
            let want = f64::from(x).exp();
            worst = worst.max((f64::from(x.exp_of_negative()) - want).abs() / want);
        }
        assert!(worst < 2.0 * f64::from(f32::EPSILON), "{worst:e}");
        assert_eq!(0.0f32.exp_of_negative(), 1.0);
        assert_eq!(f32::NEG_INFINITY.exp_of_negative(), 0.0);
        assert!(f32::NAN.exp_of_negative().is_nan());
    }
}
