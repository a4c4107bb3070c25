//! Operands of an operation.

use super::RawTensorBox;
use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RStr};

/// What an operation of [`ops`](super::ops) is given.
///
/// Each operation documents the order of its operands; a missing one is an error, never undefined.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct Args<'a> {
    /// Tensor operands beyond the receiver.
    pub tensors: RSlice<'a, &'a RawTensorBox>,
    /// Real scalars, whatever the tensor type is.
    pub reals: RSlice<'a, f64>,
    /// Whole numbers: axes, sizes, indices, flags.
    pub ints: RSlice<'a, i64>,
    /// A name or a JSON text.
    pub text: RStr<'a>,
}

impl<'a> Args<'a> {
    /// No operands.
    pub const EMPTY: Args<'static> = Args {
        tensors: RSlice::EMPTY,
        reals: RSlice::EMPTY,
        ints: RSlice::EMPTY,
        text: RStr::empty(),
    };

    /// Operands from plain slices.
    pub fn new(tensors: &'a [&'a RawTensorBox], reals: &'a [f64], ints: &'a [i64], text: &'a str) -> Self {
        Args {
            tensors: RSlice::from_slice(tensors),
            reals: RSlice::from_slice(reals),
            ints: RSlice::from_slice(ints),
            text: RStr::from_str(text),
        }
    }
}
