//! Processor kernels on plain slices: event-driven products, neuron state updates, their adjoints, scans, traces
//! and optimiser steps. [`cost`] knows what they take.
//!
//! Nothing here knows about candle or the plugin boundary. Every function gives bit-equal results for any number of
//! threads: each output element is computed by one task in a fixed order, and whether work is split is decided by its
//! size alone.

pub mod adjoint;
mod aligned;
pub mod conv;
pub mod cost;
pub mod dense;
pub mod eligibility;
pub mod events;
pub mod gather;
pub mod gradient;
pub mod majority;
mod marks;
pub mod neuron;
pub mod optim;
mod order;
pub mod panels;
pub mod parallel;
pub mod plasticity;
pub mod pool;
pub mod product;
pub mod real;
mod runs;
pub mod scan;
pub mod sequence;
pub mod softmax;
pub mod surrogate;
mod transpose;
pub mod weighted;

pub use events::Events;
pub use majority::Majority;
pub use order::Order;
pub use panels::Panels;
pub use real::Real;
pub use transpose::transpose;
