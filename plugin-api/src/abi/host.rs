//! What the host offers: the engine with its services, and a network under training.

use super::{Args, Bundle, RawResult, RawTensorBox};
use abi_stable::StableAbi;
use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RStr, RString, RVec};
use core::ffi::c_void;

/// Called by the host once for every index of [`RawHost::parallel_for`].
#[repr(transparent)]
#[derive(StableAbi, Clone, Copy)]
pub struct IndexVisitor {
    /// The function; `user` is passed through.
    pub call: extern "C" fn(user: *mut c_void, index: usize),
}

// `sabi_trait` does not see `cfg`, so the appended methods come through a macro.
macro_rules! raw_host {
    ($($appended:tt)*) => {
/// The host as a plugin sees it: creation of tensors, randomness, and services named by text.
#[sabi_trait]
pub trait RawHost: Send + Sync + 'static {
    /// Another handle of the same host.
    fn duplicate(&self) -> RawHostBox;

    /// Applies a host operation of [`ops`](crate::abi::ops): creation and random numbers.
    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>>;

    /// Asks a service by name; an unknown name is an error with code `unsupported`.
    fn service(&self, name: RStr<'_>, request: Bundle) -> RawResult<Bundle>;

    /// Writes a log record: 1 error, 2 warning, 3 information, 4 debug, 5 trace.
    fn log(&self, level: u32, message: RStr<'_>);

    /// Whether the user asked to stop; long loops ask now and then and return early.
    fn cancelled(&self) -> bool;

    /// Runs `body(user, i)` for every `i < count` on the host's threads and waits for all.
    ///
    /// Nesting is an error. The order of the calls is not defined.
    #[sabi(last_prefix_field)]
    fn parallel_for(&self, count: usize, user: *mut c_void, body: IndexVisitor) -> RawResult<()>;

    $($appended)*
}
    };
}

#[cfg(not(feature = "next-minor"))]
raw_host! {}
#[cfg(feature = "next-minor")]
raw_host! {
    /// Stands for whatever the next minor version appends.
    fn appended(&self) -> u64 {
        0
    }
}

/// An owned handle of the host.
pub type RawHostBox = RawHost_TO<RBox<()>>;

/// A network that the host runs.
#[sabi_trait]
pub trait RawNetwork: Send + Sync + 'static {
    /// Another handle of the same network.
    fn duplicate(&self) -> RawNetworkBox;

    /// The layer view as JSON, see [`NetworkInfo`](crate::NetworkInfo).
    fn describe(&self) -> RString;

    /// Applies a network operation of [`ops`](crate::abi::ops).
    #[sabi(last_prefix_field)]
    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>>;
}

/// An owned handle of a network.
pub type RawNetworkBox = RawNetwork_TO<RBox<()>>;
