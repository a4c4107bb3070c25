//! Operands of network operations, with errors that name the operation.

use neurotrain_plugin_api::abi::Args;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::HostTensor;

/// The operands of one call.
pub(crate) struct Operands<'a> {
    /// Name of the operation in messages.
    pub(crate) name: &'static str,
    args: Args<'a>,
}

impl<'a> Operands<'a> {
    pub(crate) fn new(name: &'static str, args: Args<'a>) -> Self {
        Operands { name, args }
    }

    fn missing(&self, what: &str, position: usize) -> Error {
        Error::new(
            "missing-operand",
            format!("`{}` needs {what} operand {position}", self.name),
        )
    }

    /// Tensor operand `position`.
    pub(crate) fn tensor(&self, position: usize) -> Result<HostTensor> {
        let raw = self
            .args
            .tensors
            .as_slice()
            .get(position)
            .ok_or_else(|| self.missing("tensor", position))?;
        HostTensor::of(raw)
    }

    /// Number of tensor operands.
    pub(crate) fn tensors(&self) -> usize {
        self.args.tensors.len()
    }

    /// Real operand `position`.
    pub(crate) fn real(&self, position: usize) -> Result<f64> {
        self.args
            .reals
            .as_slice()
            .get(position)
            .copied()
            .ok_or_else(|| self.missing("real", position))
    }

    /// Real operand `position`, or a default when it is not given.
    pub(crate) fn real_or(&self, position: usize, default: f64) -> f64 {
        self.args
            .reals
            .as_slice()
            .get(position)
            .copied()
            .unwrap_or(default)
    }

    /// Number of whole-number operands.
    pub(crate) fn ints(&self) -> usize {
        self.args.ints.len()
    }

    /// Whole-number operand `position`.
    pub(crate) fn int(&self, position: usize) -> Result<i64> {
        self.args
            .ints
            .as_slice()
            .get(position)
            .copied()
            .ok_or_else(|| self.missing("integer", position))
    }

    /// Whole-number operand `position` that is not negative.
    pub(crate) fn size(&self, position: usize) -> Result<usize> {
        let value = self.int(position)?;
        usize::try_from(value).map_err(|_| {
            Error::new(
                "bad-operand",
                format!("`{}`: integer operand {position} is {value}", self.name),
            )
        })
    }

    /// Whole-number operand `position` as a flag; absent is `false`.
    pub(crate) fn flag(&self, position: usize) -> bool {
        self.args.ints.as_slice().get(position).is_some_and(|v| *v != 0)
    }

    /// The text operand.
    pub(crate) fn text(&self) -> &'a str {
        self.args.text.as_str()
    }
}
