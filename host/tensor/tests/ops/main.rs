//! Tensor and host operations through the boundary, as plugins use them, against plain loops in double precision.

mod aliasing;
mod autograd;
mod elementwise;
mod errors;
mod events;
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
