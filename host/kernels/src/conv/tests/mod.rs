//! Every way against the definition, over random shapes.

mod literal;
mod pooled;
mod repeats;
mod shapes;
mod threads;
mod ways;
