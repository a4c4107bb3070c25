//! Weights and arrays of a rule.

use neurotrain_plugin_api::{Error, Result};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// An array to archive, or read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter<'a> {
    /// Unique name, for instance `synapses.0.weight`.
    pub name: String,
    /// Shape; the product is the number of values.
    pub shape: Vec<usize>,
    /// Values in row-major order.
    pub data: ParameterData<'a>,
    /// What it is to the network and to the rule.
    pub flags: ParameterFlags,
}

/// The values of a parameter in their own precision.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterData<'a> {
    /// Single precision.
    F32(Cow<'a, [f32]>),
    /// Double precision.
    F64(Cow<'a, [f64]>),
}

/// What a parameter is to the network and to the rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParameterFlags {
    /// It may be changed by training.
    pub trainable: bool,
    /// It was changed by this run.
    pub trained: bool,
    /// It belongs to the rule, not to the network.
    pub own: bool,
    /// It is a fixed array (random feedback).
    pub fixed: bool,
}

/// A parameter without its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterInfo {
    /// Name.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Precision.
    pub dtype: DataType,
    /// What it is to the network and to the rule.
    pub flags: ParameterFlags,
}

/// Precision of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl<'a> Parameter<'a> {
    /// A trained weight of the network in single precision.
    pub fn f32(name: &str, shape: &[usize], values: impl Into<Cow<'a, [f32]>>) -> Self {
        Parameter::new(name, shape, ParameterData::F32(values.into()))
    }

    /// A trained weight of the network in double precision.
    pub fn f64(name: &str, shape: &[usize], values: impl Into<Cow<'a, [f64]>>) -> Self {
        Parameter::new(name, shape, ParameterData::F64(values.into()))
    }

    fn new(name: &str, shape: &[usize], data: ParameterData<'a>) -> Self {
        let flags = ParameterFlags {
            trainable: true,
            trained: true,
            own: false,
            fixed: false,
        };
        Parameter {
            name: name.to_owned(),
            shape: shape.to_vec(),
            data,
            flags,
        }
    }

    /// Changes what the parameter is to network and rule.
    #[must_use]
    pub fn with_flags(mut self, flags: ParameterFlags) -> Self {
        self.flags = flags;
        self
    }

    /// The parameter without its values.
    pub fn info(&self) -> ParameterInfo {
        ParameterInfo {
            name: self.name.clone(),
            shape: self.shape.clone(),
            dtype: self.data.dtype(),
            flags: self.flags,
        }
    }

    /// Whether shape, precision and every bit of the values agree.
    pub fn same_bits(&self, other: &Parameter<'_>) -> bool {
        self.shape == other.shape && self.data.same_bits(&other.data)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let expected: Option<usize> = self.shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
        if expected == Some(self.data.len()) {
            return Ok(());
        }
        let message = format!(
            "parameter `{}` has shape {:?} but {} values",
            self.name,
            self.shape,
            self.data.len()
        );
        Err(Error::new("shape-mismatch", message))
    }
}

impl ParameterData<'_> {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            ParameterData::F32(values) => values.len(),
            ParameterData::F64(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Precision.
    pub fn dtype(&self) -> DataType {
        match self {
            ParameterData::F32(_) => DataType::F32,
            ParameterData::F64(_) => DataType::F64,
        }
    }

    fn same_bits(&self, other: &ParameterData<'_>) -> bool {
        match (self, other) {
            (ParameterData::F32(a), ParameterData::F32(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.to_bits() == b.to_bits())
            }
            (ParameterData::F64(a), ParameterData::F64(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.to_bits() == b.to_bits())
            }
            _ => false,
        }
    }
}

impl ParameterInfo {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size of the values in memory.
    pub fn bytes(&self) -> u64 {
        (self.len() * self.dtype.size()) as u64
    }
}

impl DataType {
    /// Bytes per value.
    pub fn size(self) -> usize {
        match self {
            DataType::F32 => 4,
            DataType::F64 => 8,
        }
    }

    /// `f32` or `f64`.
    pub fn name(self) -> &'static str {
        match self {
            DataType::F32 => "f32",
            DataType::F64 => "f64",
        }
    }
}
