//! Element types of the kernels.

use candle_core::{DType, WithDType};
use neurotrain_kernels::Real;

/// What element-wise arithmetic needs: the real types, and i64.
pub(crate) trait Number: WithDType + PartialEq {
    const NOUGHT: Self;
    const UNIT: Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// Truncating for integers; the caller excludes a zero divisor there.
    fn over(self, other: Self) -> Self;
    /// The larger one; not-a-number wins.
    fn larger(self, other: Self) -> Self;
    /// The smaller one; not-a-number wins.
    fn smaller(self, other: Self) -> Self;
    fn magnitude(self) -> Self;
    fn negated(self) -> Self;
    /// -1, 0 or 1.
    fn signum_or_zero(self) -> Self;
    fn is_nan(self) -> bool;
}

macro_rules! number {
    ($t:ident, $zero:expr, $one:expr, $plus:expr, $minus:expr, $times:expr, $over:expr, $abs:expr, $neg:expr, $nan:expr) => {
        impl Number for $t {
            const NOUGHT: Self = $zero;
            const UNIT: Self = $one;
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                $minus(self, other)
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                $times(self, other)
            }
            #[inline(always)]
            fn over(self, other: Self) -> Self {
                $over(self, other)
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if self > other || Number::is_nan(self) {
                    self
                } else {
                    other
                }
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                if self < other || Number::is_nan(self) {
                    self
                } else {
                    other
                }
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                $abs(self)
            }
            #[inline(always)]
            fn negated(self) -> Self {
                $neg(self)
            }
            #[inline(always)]
            fn signum_or_zero(self) -> Self {
                $minus(one_if::<Self>(self > $zero), one_if::<Self>(self < $zero))
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $nan(self)
            }
        }
    };
}

macro_rules! real_number {
    ($t:ident) => {
        number!(
            $t,
            0.0,
            1.0,
            |a, b| a + b,
            |a, b| a - b,
            |a, b| a * b,
            |a, b| a / b,
            $t::abs,
            |a: $t| -a,
            $t::is_nan
        );
    };
}

real_number!(f32);
real_number!(f64);
number!(
    i64,
    0,
    1,
    i64::wrapping_add,
    i64::wrapping_sub,
    i64::wrapping_mul,
    i64::wrapping_div,
    i64::wrapping_abs,
    i64::wrapping_neg,
    |_| false
);

/// 1 where a test holds, else 0.
#[inline(always)]
pub(crate) fn one_if<N: Number>(test: bool) -> N {
    if test { N::UNIT } else { N::NOUGHT }
}

/// The functions that only reals have.
pub(crate) trait Float: Number + Real {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// The value in double precision.
    fn double(self) -> f64;
    fn power(self, exponent: Self) -> Self;
    fn round_down(self) -> Self;
    /// The largest value below.
    fn previous(self) -> Self;
}

macro_rules! float {
    ($t:ident) => {
        impl Float for $t {
            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn double(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn power(self, exponent: Self) -> Self {
                $t::powf(self, exponent)
            }
            #[inline(always)]
            fn round_down(self) -> Self {
                $t::floor(self)
            }
            fn previous(self) -> Self {
                $t::next_down(self)
            }
        }
    };
}

float!(f32);
float!(f64);

pub(crate) fn is_real(dtype: DType) -> bool {
    matches!(dtype, DType::F32 | DType::F64)
}

/// Evaluates `$body` with `$R` the real type of `$dtype`.
macro_rules! by_real {
    ($name:expr, $dtype:expr, $R:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $R = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $R = f64;
                $body
            }
            other => Err($crate::ops::operands::not_real($name, other)),
        }
    };
}

/// Evaluates `$body` with `$N` the number type of `$dtype`.
macro_rules! by_number {
    ($name:expr, $dtype:expr, $N:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $N = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $N = f64;
                $body
            }
            candle_core::DType::I64 => {
                type $N = i64;
                $body
            }
            other => Err(neurotrain_plugin_api::Error::new(
                "dtype",
                format!(
                    "`{}` of {}: only f32, f64 and i64 can be used",
                    $name,
                    other.as_str()
                ),
            )),
        }
    };
}

pub(crate) use by_number;
pub(crate) use by_real;
