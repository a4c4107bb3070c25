//! Members of a compressed tar archive.

use crate::content::{Content, MAX_BYTES, refuse_web_page};
use flate2::read::MultiGzDecoder;
use neurotrain_plugin_api::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Reads those members of the archive at `path` whose path `wanted` accepts, in their order in the archive. Contents
/// are kept in memory, [`MAX_BYTES`] of them at most.
///
/// # Errors
/// `io` when it cannot be opened; `bad-data` naming the member when archive or compression is damaged.
pub fn read_tar_gz(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Content>> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| Error::new("io", format!("{name}: {e}")))?;
    let mut start = Vec::new();
    (&file)
        .take(64)
        .read_to_end(&mut start)
        .map_err(|e| Error::new("io", format!("{name}: {e}")))?;
    refuse_web_page(&name, &start)?;
    let file = File::open(path).map_err(|e| Error::new("io", format!("{name}: {e}")))?;
    let mut archive = ::tar::Archive::new(MultiGzDecoder::new(BufReader::new(file)));
    let damaged = |after: &str, e: &std::io::Error| {
        let place = match after {
            "" => "at its start".to_owned(),
            _ => format!("in or after member `{after}`"),
        };
        Error::bad_data(format!("{name}: archive damaged {place}: {e}"))
            .with_hint("the copy or download was cut short or is damaged; replace the file")
    };
    let mut contents = Vec::new();
    let mut last = String::new();
    let mut room = MAX_BYTES;
    for entry in archive.entries().map_err(|e| damaged("", &e))? {
        let entry = entry.map_err(|e| damaged(&last, &e))?;
        last = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || !wanted(&last) {
            continue;
        }
        let (offset, size) = (entry.raw_file_position(), entry.size());
        if size > room {
            return Err(Error::bad_data(format!(
                "{name}: member `{last}` (offset {offset} of the decompressed archive) has {size} bytes, more than \
                 the {room} that are read"
            )));
        }
        let mut bytes = Vec::new();
        let read = entry.take(size).read_to_end(&mut bytes);
        read.map_err(|e| damaged(&last, &e))?;
        if bytes.len() as u64 != size {
            return Err(damaged(&last, &std::io::ErrorKind::UnexpectedEof.into()));
        }
        room -= size;
        contents.push(Content {
            name: format!("{name}/{last}"),
            bytes,
        });
    }
    // What follows the last member is read too, so that the checksum of the compressed data is checked.
    let mut rest = archive.into_inner().take(MAX_BYTES);
    std::io::copy(&mut rest, &mut std::io::sink()).map_err(|e| damaged(&last, &e))?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn members_are_chosen_and_damage_is_named() {
        let mut builder = ::tar::Builder::new(Vec::new());
        for (path, bytes) in [("a/one.bin", b"first".as_slice()), ("a/two.txt", b"second")] {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append_data(&mut header, path, bytes).unwrap();
        }
        let tar = builder.into_inner().unwrap();
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(&tar).unwrap();
        let stored = out.finish().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.tar.gz");
        std::fs::write(&path, &stored).unwrap();
        let contents = read_tar_gz(&path, |name| name.ends_with(".bin")).unwrap();
        assert_eq!(contents.len(), 1);
        assert_eq!(contents[0].bytes, b"first");
        assert!(contents[0].name.ends_with("x.tar.gz/a/one.bin"));
        for end in 0..stored.len() {
            std::fs::write(&path, &stored[..end]).unwrap();
            assert_eq!(
                read_tar_gz(&path, |_| true).unwrap_err().code(),
                "bad-data",
                "{end}"
            );
        }
        for at in 0..stored.len() {
            let mut flipped = stored.clone();
            flipped[at] ^= 0x10;
            std::fs::write(&path, &flipped).unwrap();
            if let Err(error) = read_tar_gz(&path, |_| true) {
                assert!(error.message().contains("x.tar.gz"), "{at}: {error:?}");
            }
        }
        std::fs::write(&path, "<html>404").unwrap();
        assert!(
            read_tar_gz(&path, |_| true)
                .unwrap_err()
                .message()
                .contains("web page")
        );
    }
}
