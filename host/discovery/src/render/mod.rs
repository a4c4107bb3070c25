//! Texts and JSON for `plugins list`, `plugins show` and `plugins doctor`.

mod doctor;
mod list;
mod show;
mod words;

pub use doctor::{doctor, doctor_json};
pub use list::{list, list_json};
pub use show::{show, show_json};
