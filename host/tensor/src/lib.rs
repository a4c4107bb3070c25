//! Tensors of the host: what stands behind the opaque handles that plugins hold.
//!
//! A [`HostTensor`] is a cell with a dense candle tensor or with the event index of a binary one. It carries a metering
//! token, so that live and peak bytes are known by [`Category`], and that an in-place operation knows whether anybody
//! else sees the same memory. [`Services`] is the host as plugins see it: creation, randomness and named services.

mod callbacks;
mod category;
mod cell;
mod charge;
mod columns;
mod counters;
mod dims;
mod history;
mod loan;
mod meter;
mod ops;
mod part;
mod profile;
mod raw;
mod recycled;
mod services;
mod session;
mod value;

pub use callbacks::{Callbacks, CancelledCallback, DataDirs, DataDirsCallback, LogCallback, ServiceCallback};
pub use category::Category;
pub use cell::HostTensor;
pub use counters::{Phase, SynapticOps};
pub use dims::Dims;
pub use meter::Meter;
pub use profile::PROFILE;
pub use services::Services;
pub use session::{RealType, Session, SessionConfig};
pub use value::DenseView;
