//! Differences between weights.

use super::{Side, gap};
use crate::number;
use crate::parameter::{Parameter, ParameterData};
use serde::Serialize;
use std::collections::BTreeMap;

/// An array that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightDifference {
    /// Its name.
    pub name: String,
    /// In what it differs.
    #[serde(flatten)]
    pub gap: WeightGap,
}

/// In what two arrays of one name differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
pub enum WeightGap {
    /// Only one run has the array.
    OnlyIn {
        /// The run.
        side: Side,
    },
    /// The shapes differ.
    Shape {
        /// In the first run.
        a: Vec<usize>,
        /// In the second run.
        b: Vec<usize>,
    },
    /// The precisions differ.
    Precision {
        /// In the first run.
        a: &'static str,
        /// In the second run.
        b: &'static str,
    },
    /// Values differ in their bits.
    Values {
        /// How many.
        count: usize,
        /// Of how many.
        of: usize,
        /// The largest difference; infinite where only one value is a finite number.
        #[serde(with = "number")]
        largest: f64,
    },
}

impl WeightDifference {
    pub(super) fn within(&self, tolerance: f64) -> bool {
        // Zeros of different sign are 0 apart, and different bits.
        matches!(&self.gap, WeightGap::Values { largest, .. } if tolerance > 0.0 && *largest <= tolerance)
    }
}

/// Arrays that differ, and how many do not.
pub(super) fn compare(a: &[Parameter<'_>], b: &[Parameter<'_>]) -> (Vec<WeightDifference>, usize) {
    let others: BTreeMap<&str, &Parameter<'_>> = b.iter().map(|p| (p.name.as_str(), p)).collect();
    let (mut found, mut equal) = (Vec::new(), 0);
    for parameter in a {
        let gap = match others.get(parameter.name.as_str()) {
            None => WeightGap::OnlyIn { side: Side::A },
            Some(other) if parameter.same_bits(other) => {
                equal += 1;
                continue;
            }
            Some(other) => between(parameter, other),
        };
        found.push(WeightDifference {
            name: parameter.name.clone(),
            gap,
        });
    }
    let only_b = b.iter().filter(|p| !a.iter().any(|other| other.name == p.name));
    found.extend(only_b.map(|p| WeightDifference {
        name: p.name.clone(),
        gap: WeightGap::OnlyIn { side: Side::B },
    }));
    (found, equal)
}

fn between(a: &Parameter<'_>, b: &Parameter<'_>) -> WeightGap {
    if a.shape != b.shape {
        return WeightGap::Shape {
            a: a.shape.clone(),
            b: b.shape.clone(),
        };
    }
    match (&a.data, &b.data) {
        (ParameterData::F32(a), ParameterData::F32(b)) => {
            let pairs = a.iter().zip(b.iter());
            let unequal = pairs.filter(|(a, b)| a.to_bits() != b.to_bits());
            values(a.len(), unequal.map(|(a, b)| gap(f64::from(*a), f64::from(*b))))
        }
        (ParameterData::F64(a), ParameterData::F64(b)) => {
            let pairs = a.iter().zip(b.iter());
            let unequal = pairs.filter(|(a, b)| a.to_bits() != b.to_bits());
            values(a.len(), unequal.map(|(a, b)| gap(*a, *b)))
        }
        (a, b) => WeightGap::Precision {
            a: a.dtype().name(),
            b: b.dtype().name(),
        },
    }
}

fn values(of: usize, gaps: impl Iterator<Item = f64>) -> WeightGap {
    let (count, largest) = gaps.fold((0, 0.0_f64), |(count, largest), gap| {
        (count + 1, largest.max(gap))
    });
    WeightGap::Values { count, of, largest }
}
