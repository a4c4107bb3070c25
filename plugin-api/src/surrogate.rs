//! Surrogate and pseudo-derivatives.

use serde::{Deserialize, Serialize};

/// A stand-in for the derivative of the spike function, evaluated at `x = membrane - threshold`.
///
/// Serialised as `{"kind": "fast_sigmoid", "slope": 25.0}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Surrogate {
    /// `1 / (slope |x| + 1)²`, peak 1 (Zenke & Ganguli 2018).
    FastSigmoid {
        /// Steepness.
        slope: f64,
    },
    /// `slope · sig(slope x) · sig(-slope x)`, peak slope / 4, in a form that never overflows.
    Sigmoid {
        /// Steepness.
        slope: f64,
    },
    /// `scale / (1 + (π x)²)`; the spike test is `x >= 0`.
    Atan {
        /// Peak.
        scale: f64,
    },
    /// `scale · max(0, 1 - |x / width|)`.
    Triangular {
        /// Peak.
        scale: f64,
        /// Distance at which it vanishes, usually the threshold.
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
    /// The identifier that crosses the boundary.
    pub fn kind(&self) -> &'static str {
        match self {
            Surrogate::FastSigmoid { .. } => "fast_sigmoid",
            Surrogate::Sigmoid { .. } => "sigmoid",
            Surrogate::Atan { .. } => "atan",
            Surrogate::Triangular { .. } => "triangular",
            Surrogate::Tanh => "tanh",
            Surrogate::Boxcar { .. } => "boxcar",
        }
    }

    /// The numbers that cross the boundary, in the order of the fields.
    pub fn parameters(&self) -> Vec<f64> {
        match *self {
            Surrogate::FastSigmoid { slope } | Surrogate::Sigmoid { slope } => vec![slope],
            Surrogate::Atan { scale } => vec![scale],
            Surrogate::Triangular { scale, width } => vec![scale, width],
            Surrogate::Tanh => Vec::new(),
            Surrogate::Boxcar { half_width } => vec![half_width],
        }
    }

    /// The inverse of [`kind`](Surrogate::kind) and [`parameters`](Surrogate::parameters).
    pub fn from_parts(kind: &str, p: &[f64]) -> Option<Self> {
        Some(match (kind, p) {
            ("fast_sigmoid", &[slope]) => Surrogate::FastSigmoid { slope },
            ("sigmoid", &[slope]) => Surrogate::Sigmoid { slope },
            ("atan", &[scale]) => Surrogate::Atan { scale },
            ("triangular", &[scale, width]) => Surrogate::Triangular { scale, width },
            ("tanh", &[]) => Surrogate::Tanh,
            ("boxcar", &[half_width]) => Surrogate::Boxcar { half_width },
            _ => return None,
        })
    }

    /// The derivative at `x`.
    pub fn derivative(&self, x: f64) -> f64 {
        match *self {
            Surrogate::FastSigmoid { slope } => (slope * x.abs() + 1.0).powi(-2),
            Surrogate::Sigmoid { slope } => {
                let e = (-(slope * x).abs()).exp();
                slope * e / ((1.0 + e) * (1.0 + e))
            }
            Surrogate::Atan { scale } => scale / (1.0 + (std::f64::consts::PI * x).powi(2)),
            Surrogate::Triangular { scale, width } => scale * (1.0 - (x / width).abs()).max(0.0),
            Surrogate::Tanh => 1.0 - x.tanh().powi(2),
            Surrogate::Boxcar { half_width } => f64::from(u8::from(x.abs() <= half_width)),
        }
    }

    /// Whether a neuron with this surrogate fires at `membrane >= threshold` instead of `>`.
    pub fn fires_at_threshold(&self) -> bool {
        matches!(self, Surrogate::Atan { .. })
    }
}
