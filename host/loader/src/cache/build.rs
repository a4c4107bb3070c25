//! Opening an entry, and building it first where there is none.

use super::entry::Unusable;
use super::sample::Shape;
use super::writer::Writer;
use super::{CacheFolder, Entry, FrameCache, Key};
use crate::framing::Framer;
use crate::recordings::decoded;
use crate::source::Source;
use neurotrain_plugin_api::{Error, Result};
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Samples that are decoded together.
const BLOCK: u64 = 512;
/// How long another process may build the same entry before this one does so too.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// The entry of split `part`, built if need be. None where there can be none: nothing depends on the cache.
///
/// # Errors
/// Those of the data.
pub(crate) fn open_or_build(
    cache: &FrameCache,
    source: &Source,
    framer: &Framer,
    part: &str,
) -> Result<Option<Entry>> {
    let info = source.info();
    let Some(key) = Key::new(cache, info, framer, part) else {
        tracing::debug!(
            "frames of {} are not kept: it does not say when its content changes",
            cache.dataset
        );
        return Ok(None);
    };
    let samples = info
        .splits
        .iter()
        .find(|(name, _)| name == part)
        .map_or(0, |(_, n)| *n as u64);
    let folder = CacheFolder::new(&cache.folder);
    let path = folder.entry(&key.name);
    match Entry::open(&path, &key, framer, samples) {
        Ok(entry) => return Ok(Some(entry)),
        Err(Unusable::Absent) => {}
        Err(Unusable::Wrong(why)) => {
            tracing::warn!("{} is built again: {why}", path.display());
        }
        Err(Unusable::Io(e)) => return Ok(without(cache, &e)),
    }
    let turn = match folder.turn(&key.name) {
        Ok(turn) => turn,
        Err(e) => return Ok(without(cache, &e)),
    };
    wait(&turn, &path);
    // Another process may have built it meanwhile.
    if let Ok(entry) = Entry::open(&path, &key, framer, samples) {
        return Ok(Some(entry));
    }
    tracing::info!(
        "{samples} recordings of {} ({part}) are framed, and kept in {}",
        cache.dataset,
        cache.folder.display()
    );
    let built = store(&folder, &path, &key, framer, cache.max_bytes, |to| {
        for first in (0..samples).step_by(BLOCK as usize) {
            let block: Vec<u64> = (first..samples.min(first + BLOCK)).collect();
            let (frames, labels) = decoded(source, framer, part, &block)?;
            for (framed, label) in frames.iter().zip(labels) {
                to.add(framed, label).map_err(Fault::Disk)?;
            }
        }
        Ok(())
    });
    match built {
        Ok(file) => {
            let opened = Entry::open(&path, &key, framer, samples).ok();
            drop(file);
            Ok(opened)
        }
        Err(Fault::Data(e)) => Err(e),
        Err(Fault::Disk(e)) => Ok(without(cache, &e)),
    }
}

/// Why an entry was not built.
#[derive(Debug)]
pub(super) enum Fault {
    Data(Error),
    Disk(io::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Data(error)
    }
}

/// Writes an entry aside and gives it its name; the file, locked against being removed. Nothing is left where it fails.
pub(super) fn store(
    folder: &CacheFolder,
    path: &Path,
    key: &Key,
    framer: &Framer,
    max_bytes: u64,
    fill: impl FnOnce(&mut Writer<BufWriter<&File>>) -> std::result::Result<(), Fault>,
) -> std::result::Result<File, Fault> {
    let aside = folder.aside(&key.name).map_err(Fault::Disk)?;
    let to = BufWriter::with_capacity(1 << 20, aside.as_file());
    let bytes = write(to, key, framer, max_bytes, fill)?;
    let finish = || -> io::Result<File> {
        aside.as_file().sync_all()?;
        folder.make_room(bytes, max_bytes, path)?;
        let file = aside.persist(path)?;
        // Others may use it now.
        let _ = file.lock_shared();
        File::open(folder.path())?.sync_all()?;
        Ok(file)
    };
    finish().map_err(Fault::Disk)
}

/// Writes a whole entry; its bytes.
pub(super) fn write<W: Write + Seek>(
    to: W,
    key: &Key,
    framer: &Framer,
    max_bytes: u64,
    fill: impl FnOnce(&mut Writer<W>) -> std::result::Result<(), Fault>,
) -> std::result::Result<u64, Fault> {
    let shape = Shape {
        steps: framer.steps(),
        cells: framer.cells(),
        valued: framer.has_values(),
    };
    let mut writer = Writer::new(to, key, shape, max_bytes).map_err(Fault::Disk)?;
    fill(&mut writer)?;
    writer.finish().map_err(Fault::Disk)
}

/// Waits until nobody else builds the entry at `path`, but not for ever: it can be built twice without harm.
fn wait(turn: &File, path: &Path) {
    let began = Instant::now();
    loop {
        match turn.try_lock() {
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => {
                if began.elapsed() < PAUSE {
                    tracing::info!(
                        "another process frames the same recordings: waiting for {}",
                        path.display()
                    );
                }
                std::thread::sleep(PAUSE);
            }
            _ => return,
        }
    }
}

fn without(cache: &FrameCache, why: &io::Error) -> Option<Entry> {
    tracing::warn!(
        "frames of {} are not kept in {}: {}; recordings are decoded whenever they are used",
        cache.dataset,
        cache.folder.display(),
        match why.kind() {
            io::ErrorKind::FileTooLarge => format!("they take more than {} bytes", cache.max_bytes),
            _ => why.to_string(),
        }
    );
    None
}
