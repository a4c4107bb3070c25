//! Errors as data, and the fence that turns a panic into one.

use abi_stable::StableAbi;
use abi_stable::std_types::{RResult, RString};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An error as it crosses the boundary: a stable code, what happened, and what to do about it.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct RawError {
    /// A short identifier, for instance `shape-mismatch` or `panic`.
    pub code: RString,
    /// What happened and where.
    pub message: RString,
    /// What to do now; may be empty.
    pub hint: RString,
}

/// A result with an error that is data.
pub type RawResult<T> = RResult<T, RawError>;

/// Runs `body`, turning an error or a panic into a [`RawError`].
///
/// Unwinding out of a foreign call aborts the process, so every function that is called across the
/// boundary runs inside this fence, on the side that implements it.
pub fn catch<T>(call: &str, body: impl FnOnce() -> crate::Result<T>) -> RawResult<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => RResult::ROk(value),
        Ok(Err(error)) => RResult::RErr(error.into()),
        Err(payload) => {
            let text = payload
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "(no message)".to_owned());
            // A payload of the author's may panic when it is dropped, outside of the fence.
            std::mem::forget(payload);
            RResult::RErr(RawError {
                code: "panic".into(),
                message: format!("panic in `{call}`: {text}").into(),
                hint: "this is a defect of the code that panicked, not of the configuration; report it to its authors"
                    .into(),
            })
        }
    }
}
