//! From operation codes to functions.

use crate::{HostTensor, Session};
use abi_stable::std_types::RVec;
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR, Args, RawTensorBox};
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;

pub(crate) fn tensor(_receiver: &HostTensor, op: u32, _args: Args<'_>) -> Result<RVec<RawTensorBox>> {
    Err(unknown("tensor", op))
}

pub(crate) fn host(_session: &Arc<Session>, op: u32, _args: Args<'_>) -> Result<RVec<RawTensorBox>> {
    Err(unknown("host", op))
}

pub(crate) fn name(_op: u32) -> &'static str {
    "tensor operation"
}

fn unknown(kind: &str, op: u32) -> Error {
    Error::new(
        "unsupported",
        format!("{kind} operation {op} is unknown: this host speaks API {API_MAJOR}.{API_MINOR}, the plugin was built for a newer one"),
    )
    .with_hint("install a newer neurotrain, or build the plugin against an older neurotrain-plugin-api")
}
