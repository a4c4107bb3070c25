//! Reading a file whole: plain or gzip-compressed, told apart by content.

use flate2::bufread::GzDecoder;
use neurotrain_plugin_api::{Error, FileInfo, Result};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

/// A file, decompressed.
#[derive(Debug)]
pub(crate) struct Content {
    /// The bytes after decompression.
    pub(crate) bytes: Vec<u8>,
    /// SHA-256 of `bytes`, hexadecimal.
    pub(crate) checksum: String,
    /// The file as stored.
    pub(crate) info: FileInfo,
}

/// No file of these data sets comes near this size; a bound keeps a hostile archive from filling the memory.
const MAX_BYTES: u64 = 1 << 30;

impl Content {
    /// Reads the file at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let stored = std::fs::read(path).map_err(|e| {
            Error::new("io", format!("{name}: {e}")).with_hint("check that the file may be read")
        })?;
        let short = path
            .file_name()
            .map_or_else(|| name.clone(), |n| n.to_string_lossy().into_owned());
        Content::decode(&name, &short, stored.into())
    }

    /// Decompresses `stored`, the content of file `name`, which is archived as `short`.
    pub(crate) fn decode(name: &str, short: &str, stored: Cow<'_, [u8]>) -> Result<Self> {
        refuse_web_page(name, &stored)?;
        let info = FileInfo {
            name: short.to_owned(),
            bytes: stored.len() as u64,
            sha256: sha256(&stored),
        };
        if !stored.starts_with(&[0x1f, 0x8b]) {
            return Ok(Content {
                checksum: info.sha256.clone(),
                bytes: stored.into_owned(),
                info,
            });
        }
        let bytes = gunzip(name, &stored)?;
        refuse_web_page(name, &bytes)?;
        Ok(Content {
            checksum: sha256(&bytes),
            bytes,
            info,
        })
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Decompresses all members of a gzip file, checking their CRC.
fn gunzip(name: &str, stored: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = stored;
    while !rest.is_empty() {
        let start = stored.len() - rest.len();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Err(Error::bad_data(format!(
                "{name}: {} bytes after the end of the compressed data, from offset {start} on",
                rest.len()
            )));
        }
        let room = MAX_BYTES - bytes.len() as u64;
        let mut decoder = GzDecoder::new(rest);
        let read = (&mut decoder).take(room + 1).read_to_end(&mut bytes);
        let at = stored.len() - decoder.get_ref().len();
        if let Err(e) = read {
            return Err(Error::bad_data(format!(
                "{name}: gzip data damaged near offset {at} (after {} decompressed bytes): {e}",
                bytes.len()
            ))
            .with_hint("the file is truncated or corrupt; replace it"));
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::bad_data(format!(
                "{name}: decompresses to more than {MAX_BYTES} bytes"
            )));
        }
        rest = decoder.into_inner();
    }
    Ok(bytes)
}

/// A failed download often leaves the server's message under the file's name.
fn refuse_web_page(name: &str, bytes: &[u8]) -> Result<()> {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let start: Vec<u8> = text.iter().take(9).map(u8::to_ascii_lowercase).collect();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") || start.starts_with(b"<?xml") {
        return Err(Error::bad_data(format!(
            "{name}: is a web page (`{}…`), not an IDX file",
            start.escape_ascii()
        ))
        .with_hint("the download failed and the server's message was stored; fetch the file again"));
    }
    Ok(())
}
