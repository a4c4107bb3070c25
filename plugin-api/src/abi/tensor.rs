//! The opaque tensor handle.

use super::{Args, RawResult};
use abi_stable::StableAbi;
use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RVec};
use core::ffi::c_void;

/// Element types, as they cross the boundary.
pub mod dtype {
    /// IEEE single precision.
    pub const F32: u32 = 0;
    /// IEEE double precision.
    pub const F64: u32 = 1;
    /// Signed 64-bit integer (labels, indices).
    pub const I64: u32 = 2;
    /// Unsigned byte.
    pub const U8: u32 = 3;
    /// Unsigned 32-bit integer.
    pub const U32: u32 = 4;
    /// Unsigned 16-bit integer.
    pub const U16: u32 = 5;
    /// Signed 32-bit integer.
    pub const I32: u32 = 6;

    /// Bytes of one element; 0 for an unknown code.
    pub const fn size(code: u32) -> usize {
        match code {
            F64 | I64 => 8,
            F32 | U32 | I32 => 4,
            U16 => 2,
            U8 => 1,
            _ => 0,
        }
    }
}

/// How the host keeps a tensor; a hint for choosing an algorithm, never a difference in meaning.
pub mod form {
    /// Every element is stored.
    pub const DENSE: u32 = 0;
    /// Binary and sparse: only the indices of the ones are stored.
    pub const EVENTS: u32 = 1;
    /// Sparse with values.
    pub const SPARSE: u32 = 2;
}

/// Shape, element type and storage form of a tensor.
#[repr(C)]
#[derive(StableAbi, Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorMeta {
    /// One of [`dtype`].
    pub dtype: u32,
    /// One of [`form`].
    pub form: u32,
    /// Number of axes, at most 8.
    pub rank: u32,
    /// Reserved, zero.
    pub reserved: u32,
    /// Lengths of the first `rank` axes.
    pub dims: [u64; 8],
}

/// Called by the host with the start and length in bytes of a borrowed tensor.
#[repr(transparent)]
#[derive(StableAbi, Clone, Copy)]
pub struct SliceVisitor {
    /// The function; `user` is passed through.
    pub call: extern "C" fn(user: *mut c_void, data: *mut u8, bytes: usize),
}

/// A tensor that lives in the host.
#[sabi_trait]
pub trait RawTensor: Send + Sync + 'static {
    /// Shape, element type and form.
    fn meta(&self) -> TensorMeta;

    /// Another handle of the same tensor: in-place operations are seen through both.
    fn duplicate(&self) -> RawTensorBox;

    /// Applies a tensor operation of [`ops`](crate::abi::ops) with this tensor as first operand.
    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>>;

    /// Lends the elements, contiguous in row-major order, to `visit` for the length of the call.
    ///
    /// An exclusive loan may be written through. Using the tensor while it is lent exclusively is an
    /// error with code `borrowed`.
    #[sabi(last_prefix_field)]
    fn borrow(&self, exclusive: bool, user: *mut c_void, visit: SliceVisitor) -> RawResult<()>;
}

/// An owned handle.
pub type RawTensorBox = RawTensor_TO<RBox<()>>;
