//! A deterministic text of every layout at the boundary, compared with `layout/api-1.0.txt` by a test.

mod dump;
mod extension;
mod name;

pub use dump::dump;
pub use extension::check_extension;
pub use name::name_of;
