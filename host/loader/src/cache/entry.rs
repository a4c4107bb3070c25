//! An entry that is open.

use super::Key;
use super::format::{About, Head, Row, checksum};
use super::sample::{self, Shape};
use crate::framing::{Framed, Framer};
use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A mapped entry. It is locked for as long as it is open, so that it is not removed to make room.
#[derive(Debug)]
pub(crate) struct Entry {
    map: Mmap,
    // Holds the lock.
    _file: File,
    path: PathBuf,
    shape: Shape,
    samples: usize,
    table: usize,
}

/// Why an entry cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// There is none.
    Absent,
    /// It cannot be read.
    Io(io::Error),
    /// It is damaged, or another one.
    Wrong(String),
}

impl Entry {
    /// Opens the file at `path` and notes that it is used now.
    pub(super) fn open(path: &Path, key: &Key, framer: &Framer, samples: u64) -> Result<Entry, Unusable> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Unusable::Absent),
            Err(e) => return Err(Unusable::Io(e)),
        };
        // Where nothing can be locked, nothing is removed either.
        let _ = file.lock_shared();
        let map = map(&file).map_err(Unusable::Io)?;
        let (head, about, _) = Head::parse(&map).map_err(Unusable::Wrong)?;
        let shape = Shape {
            steps: framer.steps(),
            cells: framer.cells(),
            valued: framer.has_values(),
        };
        let expected = About {
            dataset: key.dataset.clone(),
            part: key.part.clone(),
            steps: shape.steps,
            cells: shape.cells,
            valued: shape.valued,
            key: key.text.clone(),
        };
        if about != expected || head.samples != samples {
            return Err(Unusable::Wrong("it holds other frames than its name says".into()));
        }
        // What was used longest ago goes first. Somebody else's file keeps its time.
        let _ = file.set_modified(SystemTime::now());
        Ok(Entry {
            map,
            _file: file,
            path: path.to_owned(),
            shape,
            samples: samples as usize,
            table: head.table as usize,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Frames and label of a sample; none where the entry is damaged or has no such sample.
    pub(crate) fn sample(&self, index: u64) -> Option<(Framed, i64)> {
        let index = usize::try_from(index).ok().filter(|i| *i < self.samples)?;
        let row = Row::read(&self.map[self.table..], index);
        let start = usize::try_from(row.offset).ok()?;
        let bytes = self.map.get(start..start.checked_add(row.bytes as usize)?)?;
        if checksum(&[bytes]) != row.crc {
            return None;
        }
        Some((sample::read(bytes, row.form, self.shape)?, row.label))
    }
}

/// What the description of the entry at `path` says: data set and split.
pub(super) fn describe(path: &Path) -> Result<(String, String), String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let map = map(&file).map_err(|e| e.to_string())?;
    let (_, about, _) = Head::parse(&map)?;
    Ok((about.dataset, about.part))
}

fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: what is mapped must not change. Entries are written aside, renamed when they are whole and never written
    // again; all that this program does to a finished one is to unlink it, which leaves the mapping alone.
    unsafe { Mmap::map(file) }
}
