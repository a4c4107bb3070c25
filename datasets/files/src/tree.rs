//! A folder of many small files, or the same in a zip archive.

use crate::content::{Content, hex, refuse_web_page};
use crate::place::has_extension;
use crate::window::Window;
use neurotrain_plugin_api::{Error, FileInfo, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zip::{CompressionMethod, ZipArchive};

/// The files of a folder or of a zip archive, read one by one when asked for.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    members: Vec<Member>,
    zip: Option<Zip>,
    digest: String,
    revision: String,
}

#[derive(Debug)]
struct Zip {
    archive: Mutex<ZipArchive<BufReader<Window>>>,
    /// Position in the archive of each member.
    positions: Vec<usize>,
}

/// A file of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Path below the root, with `/` between its parts.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A member larger than this is no recording.
const MAX_MEMBER: u64 = 1 << 31;

impl Tree {
    /// Lists the files with `extension` at `path`, a folder (any depth below) or a zip archive, in the order of their
    /// paths.
    ///
    /// # Errors
    /// `io` when it cannot be read, `bad-data` when it is neither, or holds no such file.
    pub fn open(path: &Path, extension: &str) -> Result<Tree> {
        let tree = match path.is_dir() {
            true => Tree::folder(path, extension)?,
            false => Tree::zip(path, extension)?,
        };
        match tree.members.is_empty() {
            true => Err(Error::bad_data(format!(
                "{}: holds no .{extension} file",
                path.display()
            ))),
            false => Ok(tree),
        }
    }

    fn folder(root: &Path, extension: &str) -> Result<Tree> {
        let mut members = Vec::new();
        let mut stamps = Vec::new();
        let mut open = vec![(root.to_owned(), 0)];
        while let Some((dir, depth)) = open.pop() {
            let fail = |e: std::io::Error| Error::new("io", format!("{}: {e}", dir.display()));
            for entry in std::fs::read_dir(&dir).map_err(fail)? {
                let path = entry.map_err(fail)?.path();
                let meta = std::fs::metadata(&path).map_err(fail)?;
                if meta.is_dir() && depth < 8 {
                    open.push((path, depth + 1));
                } else if meta.is_file() && has_extension(&path, extension) && !is_hidden(&path) {
                    let below = path.strip_prefix(root).unwrap_or(&path);
                    let parts: Vec<_> = below.iter().map(|p| p.to_string_lossy()).collect();
                    members.push(Member {
                        path: parts.join("/"),
                        bytes: meta.len(),
                    });
                    stamps.push((parts.join("/"), stamp(&meta)));
                }
            }
        }
        members.sort();
        let mut hash = Sha256::new();
        for member in &members {
            hash.update(format!("{}\t{}\n", member.path, member.bytes));
        }
        stamps.sort();
        let mut stamped = Sha256::new();
        for (path, stamp) in &stamps {
            stamped.update(format!("{path}\t{stamp}\n"));
        }
        Ok(Tree {
            root: root.to_owned(),
            members,
            zip: None,
            digest: hex(&hash.finalize()),
            revision: hex(&stamped.finalize()),
        })
    }

    fn zip(path: &Path, extension: &str) -> Result<Tree> {
        Tree::list(path, zip_at(path)?, extension)
    }

    /// Lists the files with `extension` in the zip archive `inner` that lies, not compressed once more, in the zip
    /// archive at `path`; none when there is no such archive in it.
    ///
    /// # Errors
    /// As [`open`](Tree::open), also when `inner` is compressed.
    pub fn open_inside(path: &Path, inner: &str, extension: &str) -> Result<Option<Tree>> {
        let name = path.display();
        let mut outer = zip_at(path)?;
        let ends = format!("/{inner}");
        let found = outer.file_names().find(|n| *n == inner || n.ends_with(&ends));
        let Some(found) = found.map(str::to_owned) else {
            return Ok(None);
        };
        let entry = outer.by_name(&found).map_err(|e| not_whole(path, &e))?;
        if entry.compression() != CompressionMethod::Stored {
            return Err(Error::new(
                "missing-data",
                format!("{name}: {found} is compressed, so that its members cannot be read one by one"),
            )
            .with_hint("unpack the outer archive where it lies, with `unzip`"));
        }
        let (start, len) = (entry.data_start(), entry.size());
        let cut = |e: std::io::Error| {
            Error::bad_data(format!("{name}: {found} (offset {start}, {len} bytes): {e}"))
                .with_hint("the copy or download was cut short or is damaged; replace the file")
        };
        let file = File::open(path).map_err(|e| Error::new("io", format!("{name}: {e}")))?;
        let window = Window::new(file, start, len).map_err(cut)?;
        let root = path.join(&found);
        let archive = ZipArchive::new(BufReader::new(window)).map_err(|e| not_whole(&root, &e))?;
        Tree::list(&root, archive, extension).map(Some)
    }

    fn list(path: &Path, mut archive: ZipArchive<BufReader<Window>>, extension: &str) -> Result<Tree> {
        let bad = |e: zip::result::ZipError| not_whole(path, &e);
        let mut listed = Vec::new();
        for i in 0..archive.len() {
            let entry = archive.by_index_raw(i).map_err(bad)?;
            let inner = entry.name().to_owned();
            let wanted = has_extension(Path::new(&inner), extension) && !inner.contains("__MACOSX");
            if entry.is_file() && wanted && !is_hidden(Path::new(&inner)) {
                listed.push((
                    Member {
                        path: inner,
                        bytes: entry.size(),
                    },
                    i,
                    entry.crc32(),
                ));
            }
        }
        listed.sort();
        let mut hash = Sha256::new();
        for (member, _, crc) in &listed {
            hash.update(format!("{}\t{}\t{crc:08x}\n", member.path, member.bytes));
        }
        let positions = listed.iter().map(|(_, i, _)| *i).collect();
        let digest = hex(&hash.finalize());
        Ok(Tree {
            root: path.to_owned(),
            members: listed.into_iter().map(|(member, ..)| member).collect(),
            zip: Some(Zip {
                archive: Mutex::new(archive),
                positions,
            }),
            // The listing holds checksums of the content.
            revision: digest.clone(),
            digest,
        })
    }

    /// The folder or archive.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files, in the order of their paths.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The full name of member `index`, for messages.
    pub fn name(&self, index: usize) -> String {
        let member = self.members.get(index).map_or("?", |m| m.path.as_str());
        format!("{}/{member}", self.root.display())
    }

    /// The content of member `index`. A checksum of the archive, where there is one, is checked.
    ///
    /// # Errors
    /// `io` or `bad-data` naming the member.
    pub fn read(&self, index: usize) -> Result<Content> {
        let name = self.name(index);
        let member = self
            .members
            .get(index)
            .ok_or_else(|| Error::new("bad-request", format!("{name}: no member {index}")))?;
        let Some(Zip { archive, positions }) = &self.zip else {
            return Content::read(&self.root.join(&member.path));
        };
        let bad = |why: String| {
            Error::bad_data(format!("{name}: damaged in the archive: {why}"))
                .with_hint("the copy or download was cut short or is damaged; replace the archive")
        };
        let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = archive
            .by_index(positions[index])
            .map_err(|e| bad(e.to_string()))?;
        let mut bytes = Vec::new();
        let read = entry
            .take(MAX_MEMBER.min(member.bytes + 1))
            .read_to_end(&mut bytes);
        read.map_err(|e| bad(format!("after {} bytes: {e}", bytes.len())))?;
        if bytes.len() as u64 != member.bytes {
            return Err(bad(format!("{} bytes instead of {}", bytes.len(), member.bytes)));
        }
        refuse_web_page(&name, &bytes)?;
        Ok(Content { name, bytes })
    }

    /// A text that is another one when a file is: from the listing of a zip archive with its checksums, and from the
    /// sizes, times and inodes of the files of a folder. For
    /// [`DatasetInfo::revision`](neurotrain_plugin_api::DatasetInfo::revision).
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// What the archive records: the number of bytes of all members, and a SHA-256 of the listing (paths and sizes, of
    /// a zip archive also the checksums), since reading every member to open a data set would take minutes.
    pub fn info(&self) -> FileInfo {
        let root = self.root.file_name().map(|n| n.to_string_lossy().into_owned());
        FileInfo {
            name: format!(
                "{} ({} files, listing)",
                root.unwrap_or_default(),
                self.members.len()
            ),
            bytes: self.members.iter().map(|m| m.bytes).sum(),
            sha256: self.digest.clone(),
        }
    }
}

/// The zip archive at `path`.
fn zip_at(path: &Path) -> Result<ZipArchive<BufReader<Window>>> {
    let fail = |e: std::io::Error| Error::new("io", format!("{}: {e}", path.display()));
    let mut file = File::open(path).map_err(fail)?;
    let mut start = Vec::new();
    (&mut file).take(64).read_to_end(&mut start).map_err(fail)?;
    refuse_web_page(&path.display().to_string(), &start)?;
    let window = Window::whole(file).map_err(fail)?;
    ZipArchive::new(BufReader::new(window)).map_err(|e| not_whole(path, &e))
}

fn not_whole(path: &Path, e: &zip::result::ZipError) -> Error {
    Error::bad_data(format!("{}: not a whole zip archive: {e}", path.display()))
        .with_hint("the copy or download was cut short or is damaged; replace the file")
}

/// What tells an untouched file without reading it. Any change of the content changes the status-change time.
#[cfg(unix)]
pub fn stamp(file: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "{} {}.{:09} {}.{:09} {}",
        file.len(),
        file.mtime(),
        file.mtime_nsec(),
        file.ctime(),
        file.ctime_nsec(),
        file.ino()
    )
}

/// What tells an untouched file without reading it.
#[cfg(not(unix))]
pub fn stamp(file: &std::fs::Metadata) -> String {
    format!("{} {:?}", file.len(), file.modified().ok())
}

/// Files of macOS and of editors that lie beside the real ones.
fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const FILES: [(&str, &[u8]); 4] = [
        ("b/2.bin", b"two"),
        ("a/1.bin", b"one"),
        ("a/.x.bin", b"no"),
        ("a/note.txt", b"no"),
    ];

    fn archive(path: &Path) {
        let mut out = zip::ZipWriter::new(File::create(path).unwrap());
        for (name, bytes) in FILES {
            let options = zip::write::SimpleFileOptions::default();
            out.start_file(name, options.compression_method(zip::CompressionMethod::Deflated))
                .unwrap();
            out.write_all(bytes).unwrap();
        }
        out.finish().unwrap();
    }

    #[test]
    fn a_folder_and_an_archive_of_it_are_alike() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in FILES {
            let path = dir.path().join("tree").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        archive(&dir.path().join("tree.zip"));
        for root in ["tree", "tree.zip"] {
            let tree = Tree::open(&dir.path().join(root), "bin").unwrap();
            let paths: Vec<_> = tree.members().iter().map(|m| m.path.as_str()).collect();
            assert_eq!(paths, ["a/1.bin", "b/2.bin"]);
            assert_eq!(tree.read(0).unwrap().bytes, b"one");
            assert_eq!(tree.read(1).unwrap().bytes, b"two");
            assert_eq!(tree.info().bytes, 6);
            assert!(tree.read(2).is_err());
            assert!(
                Tree::open(&dir.path().join(root), "aedat")
                    .unwrap_err()
                    .message()
                    .contains(".aedat")
            );
        }
    }

    #[test]
    fn a_changed_file_is_another_revision() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("1.bin");
        let revision = |content: &[u8]| {
            std::fs::write(&file, content).unwrap();
            let tree = Tree::open(dir.path(), "bin").unwrap();
            assert_eq!(tree.revision(), Tree::open(dir.path(), "bin").unwrap().revision());
            (tree.revision().to_owned(), tree.info().sha256)
        };
        let before = revision(b"one");
        // Times of files have the resolution of the clock's tick.
        std::thread::sleep(std::time::Duration::from_millis(30));
        let after = revision(b"eno");
        assert_eq!(before.1, after.1, "the listing is the same");
        assert_ne!(before.0, after.0);
    }

    #[test]
    fn a_damaged_archive_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.zip");
        archive(&path);
        let stored = std::fs::read(&path).unwrap();
        for end in (0..stored.len()).step_by(7) {
            std::fs::write(&path, &stored[..end]).unwrap();
            assert!(
                Tree::open(&path, "bin").unwrap_err().message().contains("t.zip"),
                "{end}"
            );
        }
        let mut noticed = 0;
        for at in 0..stored.len() {
            let mut flipped = stored.clone();
            flipped[at] ^= 0x40;
            std::fs::write(&path, &flipped).unwrap();
            let read =
                Tree::open(&path, "bin").and_then(|t| (0..2).map(|i| t.read(i)).collect::<Result<Vec<_>>>());
            noticed += usize::from(read.is_err());
        }
        assert!(noticed > stored.len() / 8, "{noticed}");
    }

    #[test]
    fn an_archive_in_an_archive_is_read_where_it_lies() {
        let dir = tempfile::tempdir().unwrap();
        archive(&dir.path().join("inner.zip"));
        let inner = std::fs::read(dir.path().join("inner.zip")).unwrap();
        let outer = dir.path().join("outer.zip");
        let write = |method| {
            let mut out = zip::ZipWriter::new(File::create(&outer).unwrap());
            for name in ["sets/other.zip", "sets/inner.zip"] {
                let options = zip::write::SimpleFileOptions::default().compression_method(method);
                out.start_file(name, options).unwrap();
                let content: &[u8] = if name.contains("inner") { &inner } else { b"x" };
                out.write_all(content).unwrap();
            }
            out.finish().unwrap();
        };
        write(CompressionMethod::Stored);
        let tree = Tree::open_inside(&outer, "inner.zip", "bin").unwrap().unwrap();
        assert_eq!(tree.read(1).unwrap().bytes, b"two");
        assert!(tree.name(1).ends_with("outer.zip/sets/inner.zip/b/2.bin"));
        assert!(Tree::open_inside(&outer, "none.zip", "bin").unwrap().is_none());
        let message = |e: Error| e.message().to_owned();
        let other = Tree::open_inside(&outer, "other.zip", "bin").unwrap_err();
        assert!(message(other).contains("sets/other.zip: not a whole zip archive"));
        let whole = std::fs::read(&outer).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            std::fs::write(&outer, &flipped).unwrap();
            if let Ok(Some(tree)) = Tree::open_inside(&outer, "inner.zip", "bin") {
                let _ = tree.read(0);
            }
        }
        write(CompressionMethod::Deflated);
        let packed = Tree::open_inside(&outer, "inner.zip", "bin").unwrap_err();
        assert!(message(packed).contains("is compressed"));
    }
}
