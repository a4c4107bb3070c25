//! The raw boundary: the few types whose layout both sides share.
//!
//! Authors use the wrappers at the crate's root; only the export macro and the host name what is here.
//! The layout is frozen by `layout/api-1.0.txt`: growth happens by operation codes, by names inside
//! [`Bundle`] and JSON texts, and, in a minor version, by defaulted trait methods or prefix fields at the end.

// `user` pointers go through the boundary and come back; the raw traits never dereference them.
#![allow(clippy::not_unsafe_ptr_arg_deref)]

mod args;
mod bundle;
mod descriptor;
mod error;
mod host;
pub mod layout;
mod module;
pub mod ops;
mod plugin;
mod tensor;

pub use args::Args;
pub use bundle::{Array, Bundle};
pub use descriptor::{
    API_MAJOR, API_MIN_HOST_MINOR, API_MINOR, DESCRIPTOR_MAGIC, DESCRIPTOR_SYMBOL, Descriptor, Text,
};
pub use error::{RawError, RawResult, catch};
pub use host::{IndexVisitor, RawHost, RawHost_TO, RawHostBox, RawNetwork, RawNetwork_TO, RawNetworkBox};
pub use module::{PluginModule, PluginModuleRef};
pub use plugin::{
    RawDataset, RawDataset_TO, RawDatasetBox, RawModel, RawModel_TO, RawModelBox, RawTrainer, RawTrainer_TO,
    RawTrainerBox,
};
pub use tensor::{RawTensor, RawTensor_TO, RawTensorBox, SliceVisitor, TensorMeta, dtype, form};
