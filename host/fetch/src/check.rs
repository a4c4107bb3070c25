//! A file beside what its publisher says of it.

use flate2::read::MultiGzDecoder;
use md5::Md5;
use neurotrain_plugin_api::{Error, Result, Source};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// What was compared and found right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Size of the file.
    pub bytes: u64,
    /// `size`, `MD5`, `SHA-256`, `content`; empty when the publisher states nothing.
    pub by: Vec<&'static str>,
}

/// Compares the file at `path` with `source`. A file that is not compressed while `source` is a `.gz` is compared by its
/// content.
///
/// # Errors
/// `io` when it cannot be read; `bad-data` naming the file, what is wrong, and the offset where it ends too early.
pub fn check_file(source: &Source, path: &Path) -> Result<Checked> {
    let name = path.display();
    let unreadable = |e: std::io::Error| Error::new("io", format!("{name}: {e}"));
    let wrong = |why: String| {
        Error::bad_data(format!("{name}: {why}"))
            .with_hint("the file is damaged or another version; remove it and run `neurotrain data fetch`")
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let unpacked = source.name.ends_with(".gz") && !starts_with(path, &[0x1f, 0x8b]).map_err(unreadable)?;
    let mut checked = Checked {
        bytes,
        by: Vec::new(),
    };
    if unpacked && path.extension().is_none_or(|e| e != "gz") {
        if !source.content_sha256.is_empty() {
            let [_, sha256] = digests(&mut file).map_err(unreadable)?;
            compare("SHA-256 of the content", &sha256, &source.content_sha256).map_err(wrong)?;
            checked.by.push("content");
        }
        return Ok(checked);
    }
    if source.bytes > 0 {
        if bytes != source.bytes {
            let what = if bytes < source.bytes {
                "ends at offset"
            } else {
                "goes on to offset"
            };
            return Err(wrong(format!(
                "{what} {bytes}, but has {} bytes where it is published",
                source.bytes
            )));
        }
        checked.by.push("size");
    }
    if !source.md5.is_empty() || !source.sha256.is_empty() {
        let [md5, sha256] = digests(&mut file).map_err(unreadable)?;
        for (name, found, published) in [("MD5", &md5, &source.md5), ("SHA-256", &sha256, &source.sha256)] {
            if !published.is_empty() {
                compare(name, found, published).map_err(wrong)?;
                checked.by.push(name);
            }
        }
    }
    if !source.content_sha256.is_empty() {
        let stored = BufReader::new(File::open(path).map_err(unreadable)?);
        let [_, sha256] = digests(&mut MultiGzDecoder::new(stored))
            .map_err(|e| wrong(format!("the gzip data is damaged: {e}")))?;
        compare("SHA-256 of the content", &sha256, &source.content_sha256).map_err(wrong)?;
        checked.by.push("content");
    }
    Ok(checked)
}

fn compare(what: &str, found: &str, published: &str) -> std::result::Result<(), String> {
    match found.eq_ignore_ascii_case(published) {
        true => Ok(()),
        false => Err(format!("its {what} is {found}, but {published} is published")),
    }
}

fn starts_with(path: &Path, magic: &[u8]) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?
        .take(magic.len() as u64)
        .read_to_end(&mut start)?;
    Ok(start == magic)
}

/// MD5 and SHA-256 in hexadecimal.
fn digests(reader: &mut impl Read) -> std::io::Result<[String; 2]> {
    let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                md5.update(&buffer[..n]);
                sha256.update(&buffer[..n]);
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect();
    Ok([hex(&md5.finalize()), hex(&sha256.finalize())])
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

    fn source(stored: &[u8], content: &[u8]) -> Source {
        let [md5, sha256] = digests(&mut &*stored).unwrap();
        let [_, content] = digests(&mut &*content).unwrap();
        Source::file("x.gz")
            .bytes(stored.len() as u64)
            .md5(&md5)
            .sha256(&sha256)
            .content_sha256(&content)
    }

    #[test]
    fn known_digests() {
        let [md5, sha256] = digests(&mut &b"abc"[..]).unwrap();
        assert_eq!(md5, "900150983cd24fb0d6963f7d28e17f72");
        assert!(sha256.starts_with("ba7816bf8f01cfea"));
    }

    #[test]
    fn a_file_is_recognised_compressed_and_not_and_every_damage_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let stored = gzip(b"events");
        let source = source(&stored, b"events");
        let path = dir.path().join("x.gz");
        std::fs::write(&path, &stored).unwrap();
        assert_eq!(
            check_file(&source, &path).unwrap().by,
            ["size", "MD5", "SHA-256", "content"]
        );
        let plain = dir.path().join("x");
        std::fs::write(&plain, b"events").unwrap();
        assert_eq!(check_file(&source, &plain).unwrap().by, ["content"]);
        std::fs::write(&plain, b"event5").unwrap();
        assert!(
            check_file(&source, &plain)
                .unwrap_err()
                .message()
                .contains("content")
        );
        std::fs::write(&path, &stored[..9]).unwrap();
        assert!(
            check_file(&source, &path)
                .unwrap_err()
                .message()
                .contains("ends at offset 9")
        );
        for at in 0..stored.len() {
            let mut flipped = stored.clone();
            flipped[at] ^= 1;
            std::fs::write(&path, &flipped).unwrap();
            assert_eq!(check_file(&source, &path).unwrap_err().code(), "bad-data", "{at}");
        }
    }
}
