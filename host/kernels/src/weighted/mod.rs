//! Products with real matrices that are mostly zeros, as traces of spikes are: event by event, where an event carries a
//! value.
//!
//! [`Support`] counts what is not zero, which is enough to choose a kernel; [`Weighted`] then takes the values.

mod gradient;
mod index;
mod support;

pub use gradient::{add_weighted_gradient, weighted_gradient_into};
pub use index::Weighted;
pub use support::Support;
