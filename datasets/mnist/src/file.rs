//! A file of a set: plain or gzip-compressed, told apart by content.

use neurotrain_data_files::{Content, gunzip, is_gzip, refuse_web_page, sha256};
use neurotrain_plugin_api::{FileInfo, Result};

/// A file, decompressed.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The bytes after decompression.
    pub(crate) bytes: Vec<u8>,
    /// SHA-256 of `bytes`, hexadecimal.
    pub(crate) checksum: String,
    /// The file as stored.
    pub(crate) info: FileInfo,
}

/// No file of these data sets comes near this size; a bound keeps a hostile archive from filling the memory.
const MAX_BYTES: u64 = 1 << 30;

impl Decoded {
    /// Decompresses `file`, which is archived as `info`.
    pub(crate) fn new(file: Content, info: FileInfo) -> Result<Self> {
        let bytes = match is_gzip(&file.bytes) {
            false => file.bytes,
            true => {
                let bytes = gunzip(&file.name, &file.bytes, MAX_BYTES)?;
                refuse_web_page(&file.name, &bytes)?;
                bytes
            }
        };
        Ok(Decoded {
            checksum: sha256(&bytes),
            bytes,
            info,
        })
    }
}
