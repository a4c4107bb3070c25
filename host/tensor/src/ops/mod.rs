//! The operations that cross the boundary by code.

mod dispatch;

pub(crate) use dispatch::{host, name, tensor};
