//! Reading dynamic libraries as files, without running them.

mod elf;
mod macho;
mod sniff;

use crate::fault::Fault;
use crate::machine::GlibcVersion;
use object::read::{ReadCache, ReadRef};
use std::fs::File;
use std::path::Path;

/// What the file says before any of its code runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Architecture, as in `x86_64`; `unknown (62)` where it has no name here.
    pub(crate) arch: String,
    /// Operating system, as in `linux`.
    pub(crate) os: String,
    /// The newest glibc that a symbol is needed from.
    pub(crate) needs_glibc: Option<GlibcVersion>,
    /// The bytes behind the descriptor's symbol, as many as the symbol has and the file holds; or why not.
    pub(crate) descriptor: Vec<u8>,
}

/// Reads the parts of the file that matter; only little-endian 64-bit files get that far.
pub(crate) fn read_image(path: &Path) -> Result<Image, Fault> {
    let metadata = std::fs::metadata(path).map_err(Fault::Unreadable)?;
    if metadata.is_dir() {
        return Err(Fault::NotALibrary {
            found: "a folder".to_owned(),
        });
    }
    if !metadata.is_file() {
        return Err(Fault::NotALibrary {
            found: "a device, pipe or socket".to_owned(),
        });
    }
    // Only the headers and tables are read, however large the file is.
    let cache = ReadCache::new(File::open(path).map_err(Fault::Unreadable)?);
    read_data(&cache)
}

pub(crate) fn read_data<'data, R: ReadRef<'data>>(data: R) -> Result<Image, Fault> {
    let length = data.len().map_err(|()| unreadable())?;
    let head = data.read_bytes_at(0, length.min(64)).map_err(|()| unreadable())?;
    match head {
        [0x7f, b'E', b'L', b'F', ..] => elf::read(data, head, length),
        [0xcf, 0xfa, 0xed, 0xfe, ..] => macho::read(data),
        _ => Err(Fault::NotALibrary {
            found: sniff::describe(head),
        }),
    }
}

fn unreadable() -> Fault {
    Fault::Unreadable(std::io::Error::other("the file changed or could not be read"))
}

fn damaged(part: &str) -> impl Fn(object::read::Error) -> Fault + '_ {
    move |error| Fault::Damaged {
        what: format!("{part}: {error}"),
    }
}
