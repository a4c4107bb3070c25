//! What the sources say, before it is applied to experiments.

mod block;
mod campaign;
mod experiment;
mod selection;
mod tunable;
mod types;

pub(crate) use campaign::read;
pub(crate) use types::{
    Definition, Incompatible, Missing, Parameter, Scope, SearchStatement, Selection, Setting, Statements,
};
