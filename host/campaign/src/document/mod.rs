//! Sources as trees of values that know their place.

mod assignment;
mod cursor;
mod json;
mod locate;
mod locate_toml;
mod locate_yaml;
mod read;

pub(crate) use cursor::Cursor;
pub(crate) use json::to_json;
pub(crate) use read::{Document, Input, read};
