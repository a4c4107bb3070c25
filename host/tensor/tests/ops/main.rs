//! Tensor and host operations through the boundary, as plugins use them, against plain loops in double precision.

#![expect(clippy::unwrap_used, reason = "a failed call fails the test")]

mod aliasing;
mod autograd;
mod columns;
mod elementwise;
mod errors;
mod events;
mod fuzz;
mod inplace;
mod labels;
mod loans;
mod metering;
mod neurons;
mod products;
mod random;
mod reductions;
mod services;
mod shapes;
mod support;
mod threads;
