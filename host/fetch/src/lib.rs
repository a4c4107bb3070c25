//! Fetches the files of data sets: from several mirrors in turn, resuming what was cut, and under its final name only
//! when size and checksums are right.
//!
//! A file is written as `NAME.part`, which is locked while a process writes it, and renamed when it is whole. What a
//! server said of it lies beside it in `NAME.part.json` until then, so that a later process knows whether it may go on.

mod agent;
mod check;
mod fetch;
mod part;
mod path;
mod transfer;
mod unpack;

pub use agent::Settings;
pub use check::{Checked, check_file};
pub use fetch::{Event, Fetched, fetch};
pub use path::{file_below, is_web_address};
pub use unpack::unpack;
