//! A run for the eye and for other programs.

mod json;
mod table;
mod text;

pub use json::render_json;
pub use text::render_text;
