//! Named arrays: batches, reports and saved states as they cross the boundary.

use super::RawTensorBox;
use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RString, RVec};

/// One named value of a [`Bundle`]: raw bytes with a type and a shape, a text, or a tensor handle.
#[repr(C)]
#[derive(StableAbi)]
pub struct Array {
    /// The name.
    pub name: RString,
    /// Element type of `bytes`, one of [`dtype`](super::dtype); a text is `U8`.
    pub dtype: u32,
    /// Shape of `bytes`; a scalar has no axis.
    pub dims: RVec<u64>,
    /// Elements in row-major order and native byte order; empty when `tensor` is present.
    pub bytes: RVec<u8>,
    /// A tensor of the host instead of bytes.
    pub tensor: ROption<RawTensorBox>,
}

/// An ordered collection of named arrays. A name the reader does not know is ignored, one it expects and
/// does not find has a default or is an error: so both sides may grow.
#[repr(C)]
#[derive(StableAbi, Default)]
pub struct Bundle {
    /// The entries.
    pub arrays: RVec<Array>,
}
