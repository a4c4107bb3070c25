//! What is made up.

mod classes;
mod images;
mod recordings;
mod shapes;

pub(crate) use classes::{Split, labels};
pub(crate) use images::{ImageStyle, Images};
pub(crate) use recordings::{Pattern, Recording, Recordings};
