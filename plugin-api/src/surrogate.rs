//! Surrogate and pseudo-derivatives.

use serde::{Deserialize, Deserializer, Serialize};

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
    /// A kind that this version does not know, of a network that a newer host describes. Its values can be
    /// read as [`Field::Surrogate`](crate::Field), since the host computes them.
    #[serde(skip_deserializing)]
    Unknown,
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
            Surrogate::Unknown => "unknown",
        }
    }

    // A network is described by the host, which may be newer; a rule that has no use for its surrogate must
    // not fail for it. In a graph, which goes the other way, an unknown kind stays an error.
    pub(crate) fn or_unknown<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        Ok(serde_json::from_value(value).unwrap_or(Surrogate::Unknown))
    }

    /// The numbers that cross the boundary, in the order of the fields.
    pub fn parameters(&self) -> Vec<f64> {
        match *self {
            Surrogate::FastSigmoid { slope } | Surrogate::Sigmoid { slope } => vec![slope],
            Surrogate::Atan { scale } => vec![scale],
            Surrogate::Triangular { scale, width } => vec![scale, width],
            Surrogate::Tanh | Surrogate::Unknown => Vec::new(),
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

    /// The derivative at `x`; NaN for an unknown kind.
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
            Surrogate::Unknown => f64::NAN,
        }
    }

    /// Whether a neuron with this surrogate fires at `membrane >= threshold` instead of `>`.
    pub fn fires_at_threshold(&self) -> bool {
        matches!(self, Surrogate::Atan { .. })
    }
}

#[cfg(test)]
mod tests {
    use crate::{NeuronInfo, Surrogate};
    use serde_json::json;

    #[test]
    fn a_network_of_a_newer_host_can_be_read() {
        let neuron = |surrogate| {
            let text = json!({ "kind": "lif", "beta": 0.9, "threshold": 1.0, "reset": "zero",
                "reset_order": "delayed", "surrogate": surrogate });
            serde_json::from_value::<NeuronInfo>(text).map(|n| n.surrogate)
        };
        let known = neuron(json!({ "kind": "atan", "scale": 2.0 })).expect("a neuron");
        assert_eq!(known, Surrogate::Atan { scale: 2.0 });
        let new = neuron(json!({ "kind": "gaussian", "sigma": 0.4 })).expect("a neuron");
        assert_eq!(new, Surrogate::Unknown);
        assert!(new.derivative(0.0).is_nan());
        assert_eq!(serde_json::to_value(new).ok(), Some(json!({ "kind": "unknown" })));
        assert_eq!(Surrogate::from_parts(new.kind(), &new.parameters()), None);
    }

    #[test]
    fn an_unknown_kind_in_a_graph_is_an_error() {
        for text in [
            json!({ "kind": "gaussian", "sigma": 0.4 }),
            json!({ "kind": "unknown" }),
        ] {
            assert!(serde_json::from_value::<Surrogate>(text).is_err());
        }
    }
}
