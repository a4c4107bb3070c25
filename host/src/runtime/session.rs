//! Opening the session of a run.

use neurotrain_kernels::cost::CostTable;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{RealType, Session, SessionConfig};
use std::sync::Arc;

/// Opens `device` for numbers of `dtype` (`f32` or `f64`), with the seed of all randomness.
///
/// # Errors
/// For a device or a type that is none, or that is not here.
pub fn open_session(device: &str, dtype: &str, seed: u64) -> Result<Arc<Session>> {
    open_session_with(device, dtype, seed, CostTable::builtin())
}

/// [`open_session`] with a table that decides between dense and event-driven products.
///
/// # Errors
/// As [`open_session`].
pub fn open_session_with(device: &str, dtype: &str, seed: u64, cost: CostTable) -> Result<Arc<Session>> {
    Session::new(SessionConfig {
        device: device.to_owned(),
        dtype: real_type(dtype)?,
        seed,
        cost,
    })
}

fn real_type(name: &str) -> Result<RealType> {
    match name {
        "f32" => Ok(RealType::F32),
        "f64" => Ok(RealType::F64),
        other => Err(Error::new(
            "bad-config",
            format!("`dtype` is `{other}`, but must be `f32` or `f64`"),
        )),
    }
}
