//! Reading a file whole: plain or gzip-compressed, told apart by content.

use flate2::bufread::GzDecoder;
use md5::Md5;
use neurotrain_plugin_api::{Error, FileInfo, Result};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// A bound on what a file may decompress to, so that a hostile one does not fill the memory.
pub const MAX_BYTES: u64 = 1 << 32;

/// A file as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The path, for messages.
    pub name: String,
    /// The stored bytes.
    pub bytes: Vec<u8>,
}

impl Content {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// `io` when it cannot be read; `bad-data` when it is a web page, as failed downloads leave behind.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| {
            Error::new("io", format!("{name}: {e}")).with_hint("check that the file may be read")
        })?;
        refuse_web_page(&name, &bytes)?;
        Ok(Content { name, bytes })
    }

    /// What the archive records of the file.
    pub fn info(&self) -> FileInfo {
        let short = Path::new(&self.name).file_name();
        FileInfo {
            name: short.map_or_else(|| self.name.clone(), |n| n.to_string_lossy().into_owned()),
            bytes: self.bytes.len() as u64,
            sha256: sha256(&self.bytes),
        }
    }

    /// MD5 in hexadecimal, which many data sets publish.
    pub fn md5(&self) -> String {
        hex(&Md5::digest(&self.bytes))
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Decompresses all members of the gzip file `name`, checking their CRC.
///
/// # Errors
/// `bad-data` naming the offset when the data is damaged, followed by something else, or larger than `limit` bytes.
pub fn gunzip(name: &str, stored: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = stored;
    while !rest.is_empty() {
        let start = stored.len() - rest.len();
        if !is_gzip(rest) {
            let found = rest.len();
            return Err(Error::bad_data(match start {
                0 => format!("{name}: {found} bytes at offset 0 that are no gzip data"),
                _ => format!(
                    "{name}: {found} bytes after the end of the compressed data, from offset {start} on"
                ),
            }));
        }
        let room = limit - bytes.len() as u64;
        let mut decoder = GzDecoder::new(rest);
        let read = (&mut decoder).take(room + 1).read_to_end(&mut bytes);
        let at = stored.len() - decoder.get_ref().len();
        if let Err(e) = read {
            let so_far = bytes.len();
            return Err(Error::bad_data(format!(
                "{name}: gzip data damaged near offset {at} (after {so_far} decompressed bytes): {e}"
            ))
            .with_hint("the file is truncated or corrupt; replace it"));
        }
        if bytes.len() as u64 > limit {
            return Err(Error::bad_data(format!(
                "{name}: decompresses to more than {limit} bytes"
            )));
        }
        rest = decoder.into_inner();
    }
    Ok(bytes)
}

/// Whether `stored` starts as gzip files do.
pub fn is_gzip(stored: &[u8]) -> bool {
    stored.starts_with(&[0x1f, 0x8b])
}

/// A failed download often leaves the server's message under the file's name.
///
/// # Errors
/// `bad-data` when `bytes` start as HTML or XML does.
pub fn refuse_web_page(name: &str, bytes: &[u8]) -> Result<()> {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let start: Vec<u8> = text.iter().take(9).map(u8::to_ascii_lowercase).collect();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") || start.starts_with(b"<?xml") {
        return Err(Error::bad_data(format!(
            "{name}: is a web page (`{}…`), not data",
            start.escape_ascii()
        ))
        .with_hint("the download failed and the server's message was stored; fetch the file again"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn every_truncation_of_gzip_data_is_noticed() {
        let stored = gzip(b"events and images and events");
        assert_eq!(gunzip("f", &stored, 28).unwrap(), b"events and images and events");
        for end in 1..stored.len() {
            assert_eq!(
                gunzip("f", &stored[..end], MAX_BYTES).unwrap_err().code(),
                "bad-data",
                "{end}"
            );
        }
        let two = [stored.clone(), stored.clone()].concat();
        assert_eq!(gunzip("f", &two, MAX_BYTES).unwrap().len(), 56);
        let trailing = [stored.as_slice(), b"x"].concat();
        assert!(
            gunzip("f", &trailing, MAX_BYTES)
                .unwrap_err()
                .message()
                .contains("offset")
        );
        assert!(
            gunzip("f", &stored, 27)
                .unwrap_err()
                .message()
                .contains("more than 27 bytes")
        );
    }

    #[test]
    fn web_pages_are_refused() {
        assert!(refuse_web_page("f", b"\xef\xbb\xbf  <!DOCTYPE html>").is_err());
        assert!(refuse_web_page("f", b"<htm").is_ok());
    }
}
