//! The operations that cross the boundary by code.
//!
//! Every operation checks its operands first and names itself and the shapes in its errors. On the CPU, and where no
//! operand tracks gradients, it runs a kernel on slices; otherwise it is composed of candle operations
//! ([`compose`]), which is the path of other devices and of automatic differentiation, and the tests' oracle.

mod add_product;
mod arith;
mod autograd;
mod axis;
mod compose;
mod create;
mod dispatch;
mod eligibility;
pub(crate) mod event_rows;
mod index;
mod inplace;
mod join;
mod labels;
mod lif;
mod matmul;
mod matrix;
mod number;
mod operands;
mod outer;
mod pointwise;
mod pseudo;
mod random;
mod reduce;
mod results;
mod scan;
mod select;
mod shape;
mod softmax;
mod storage;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use dispatch::{host, name, tensor};
pub(crate) use storage::{candle, copied};
