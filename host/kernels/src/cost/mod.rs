//! What products cost on a machine, and which kernel is the faster: dense or event by event.
//!
//! A [`CostTable`] holds nanoseconds measured on a grid of shapes; between its points costs are linear in each length.
//! A choice is a pure function of the shape, the number of events and the table, so that a run with the same table
//! uses the same kernels on every machine and with any number of threads.
//!
//! Costs of further kernels become sections of the table, with a new [`VERSION`], or optional parts of a section, as
//! [`RegisterCost`](crate::conv::RegisterCost): tables without them choose as they did. After a
//! change of the kernels `neurotrain bench calibrate --seconds 60 --write host/kernels/src/cost/builtin.json` measures the
//! built-in table anew.

mod calibrate;
mod choice;
mod curve;
mod grid;
mod machine;
mod stopwatch;
mod table;
mod weighted;

pub use calibrate::calibrate;
pub use choice::{Form, Kernel, Times};
pub use machine::Machine;
pub use table::{CostTable, TableError, VERSION};
