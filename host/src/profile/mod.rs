//! Where the time of a run goes: spans summed up per layer and phase, and a trace of some batches.
//!
//! The engine and the tensors open spans of their own under [`PROFILE`](neurotrain_tensor::PROFILE); the worker adds
//! those of [`span`]. Without [`Profile`] nobody listens to them.

mod collect;
mod names;
mod recorder;
mod report;
pub(crate) mod span;
mod trace;
mod window;

pub(crate) use recorder::{PROFILE_JSON, PROFILE_TEXT, Profile};
