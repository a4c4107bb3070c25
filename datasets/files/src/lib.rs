//! Where the files of a data set lie and what is in them: folders, zip and tar archives, checksums, and a cursor whose
//! errors name file and offset.
//!
//! A library for data set plugins; it opens files for reading only.

mod content;
mod cursor;
pub mod npy;
mod place;
mod tar;
#[cfg(feature = "testing")]
pub mod testing;
mod tree;
mod variant;
mod window;

pub use content::{Content, MAX_BYTES, gunzip, is_gzip, refuse_web_page, sha256};
pub use cursor::Cursor;
pub use place::{Place, Wanted, split_of};
pub use tar::read_tar_gz;
pub use tree::{Member, Tree, stamp};
pub use variant::{STAND_IN, is_stand_in, variant_of, warn_of_variant};
