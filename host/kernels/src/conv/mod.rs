//! Two-dimensional convolution (cross-correlation), its adjoints, and its fusion with the maximum pooling behind it.
//!
//! Each of the three products has a dense way (unfolded patches of several samples in one matrix product) and a sparse
//! one, which visits the non-zero elements only: those of the input, or in [`input_grad`] those of the gradient; a weight
//! gradient can be had from either side. In the forward product few elements are best added to memory one by one, of many
//! the sums stay in registers. The sparse loops keep maps channel-last, so that a row of taps is one contiguous run of
//! `taps * channels` lanes.
//! [`ConvCost`] chooses from shape and number of non-zero elements; the ways agree to rounding.

mod by_position;
mod calibrate;
mod cost;
mod dense;
mod forward;
mod from_post;
mod geometry;
mod input;
mod lanes;
mod operands;
mod pack;
mod posts;
mod repeats;
mod segments;
mod span;
mod spots;
mod unfold;
mod weight;

#[cfg(test)]
mod tests;

pub use calibrate::calibrate;
pub use cost::{ConvCost, RegisterCost, Way};
pub use forward::{forward, forward_by, forward_bytes, forward_pooled, forward_pooled_by};
pub use geometry::Conv;
pub use input::{input_grad, input_grad_by};
pub use operands::{Input, Pool, Pooled, Post};
pub use weight::{weight_grad, weight_grad_by, weight_grad_bytes};
