use super::build::{Fault, store, write};
use super::entry::Unusable;
use super::*;
use crate::framing::{Framed, Framer};
use neurotrain_plugin_api::{DatasetInfo, EventBatch, EventFraming, Slicing};
use std::fs;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::Path;

fn info() -> DatasetInfo {
    DatasetInfo {
        sensor: vec![5, 7],
        shape: vec![2, 5, 7],
        classes: 3,
        splits: vec![("train".into(), 4)],
        revision: "1".into(),
        ..DatasetInfo::default()
    }
}

fn framer(framing: EventFraming) -> Framer {
    Framer::new(&info(), framing, 3)
}

fn cache(folder: &Path) -> FrameCache {
    FrameCache {
        folder: folder.to_owned(),
        max_bytes: DEFAULT_CACHE_BYTES,
        dataset: "made up".into(),
        identity: "plugin 1".into(),
    }
}

fn key(folder: &Path) -> Key {
    Key::new(&cache(folder), &info(), &framer(EventFraming::default()), "train").unwrap()
}

/// Frames of sample i, which has i events.
fn frames(framer: &Framer, i: u64) -> Framed {
    let events = EventBatch {
        offsets: vec![0, i],
        t: (0..i as i64).map(|t| t * 100).collect(),
        x: (0..i).map(|x| (x % 7) as u16).collect(),
        y: (0..i).map(|y| (y % 5) as u16).collect(),
        p: (0..i).map(|p| (p % 2) as u8).collect(),
    };
    framer.frames(&events, &[i]).unwrap().remove(0)
}

/// Stores four samples; the path.
fn stored(folder: &Path, name: &str, max_bytes: u64) -> std::result::Result<PathBuf, Fault> {
    let (framer, key) = (framer(EventFraming::default()), key(folder));
    let folder = CacheFolder::new(folder);
    let path = folder.entry(name);
    store(&folder, &path, &key, &framer, max_bytes, |to| {
        for i in 0..4 {
            to.add(&frames(&framer, 10 * i), i as i64).map_err(Fault::Disk)?;
        }
        Ok(())
    })?;
    Ok(path)
}

fn open(path: &Path) -> std::result::Result<Entry, Unusable> {
    let key = key(path.parent().unwrap());
    Entry::open(path, &key, &framer(EventFraming::default()), 4)
}

/// Names of the files of a folder that are no locks.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    names.sort();
    names
}

#[test]
fn an_entry_holds_what_was_stored() {
    let dir = tempfile::tempdir().unwrap();
    let path = stored(dir.path(), "a", u64::MAX).unwrap();
    let entry = open(&path).unwrap();
    let framer = framer(EventFraming::default());
    for i in 0..4 {
        assert_eq!(entry.sample(i), Some((frames(&framer, 10 * i), i as i64)));
    }
    assert_eq!(entry.sample(4), None);
    assert_eq!(files(dir.path()), ["a.frames"]);
    let listed = CacheFolder::new(dir.path()).entries().unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].in_use && listed[0].bytes == fs::metadata(&path).unwrap().len());
    assert_eq!(listed[0].content, Ok(("made up".into(), "train".into())));
    drop(entry);
    assert!(!CacheFolder::new(dir.path()).entries().unwrap()[0].in_use);
}

#[test]
fn damage_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = stored(dir.path(), "a", u64::MAX).unwrap();
    let whole = fs::read(&path).unwrap();
    let framer = framer(EventFraming::default());
    let padding = |at: usize| {
        let mut other = whole.clone();
        other[at] ^= 0x10;
        other
    };
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(
            matches!(open(&path), Err(Unusable::Wrong(_) | Unusable::Io(_))),
            "{length}"
        );
    }
    let mut harmless = 0;
    for at in 0..whole.len() {
        fs::write(&path, padding(at)).unwrap();
        if let Ok(entry) = open(&path) {
            let read: Vec<_> = (0..4).map(|i| entry.sample(i)).collect();
            if read.iter().all(Option::is_some) {
                harmless += 1;
                let right = (0..4).map(|i| Some((frames(&framer, 10 * i), i as i64)));
                assert_eq!(read, right.collect::<Vec<_>>(), "{at}");
            }
        }
    }
    // Bytes between samples, and the last four of the head.
    assert!(harmless < 4 + 5 * 8, "{harmless}");
    fs::write(&path, &whole).unwrap();
    assert!(open(&path).is_ok());
    fs::remove_file(&path).unwrap();
    assert!(matches!(open(&path), Err(Unusable::Absent)));
}

#[test]
fn whatever_decides_the_frames_is_in_the_key() {
    let base = cache(Path::new("x"));
    let framing = EventFraming::default();
    let name = |cache: &FrameCache, info: &DatasetInfo, framing, steps, part: &str| {
        Key::new(cache, info, &Framer::new(info, framing, steps), part)
            .unwrap()
            .name
    };
    let mut names = vec![name(&base, &info(), framing, 3, "train")];
    let mut add = |other: String| {
        assert!(!names.contains(&other), "{other}");
        names.push(other);
    };
    add(name(&base, &info(), framing, 4, "train"));
    add(name(&base, &info(), framing, 3, "test"));
    for framing in [
        EventFraming {
            slicing: Slicing::EventBins,
            ..framing
        },
        EventFraming {
            slicing: Slicing::EventCount(7),
            ..framing
        },
        EventFraming {
            slicing: Slicing::EventCount(8),
            ..framing
        },
        EventFraming {
            slicing: Slicing::TimeWindow(7),
            ..framing
        },
        EventFraming {
            denoise: None,
            ..framing
        },
        EventFraming {
            denoise: Some(9_999),
            ..framing
        },
        EventFraming {
            binary: false,
            ..framing
        },
        EventFraming {
            binary: false,
            clamp: Some(2),
            ..framing
        },
        EventFraming {
            merge_polarities: true,
            ..framing
        },
        EventFraming {
            signed: true,
            ..framing
        },
        EventFraming {
            downsample: 2,
            ..framing
        },
    ] {
        add(name(&base, &info(), framing, 3, "train"));
    }
    add(name(
        &FrameCache {
            identity: "plugin 2".into(),
            ..base.clone()
        },
        &info(),
        framing,
        3,
        "train",
    ));
    add(name(
        &FrameCache {
            dataset: "other".into(),
            ..base.clone()
        },
        &info(),
        framing,
        3,
        "train",
    ));
    let file = neurotrain_plugin_api::FileInfo {
        name: "f".into(),
        bytes: 1,
        sha256: "00".into(),
    };
    add(name(
        &base,
        &DatasetInfo {
            files: vec![file],
            ..info()
        },
        framing,
        3,
        "train",
    ));
    add(name(
        &base,
        &DatasetInfo {
            revision: "2".into(),
            ..info()
        },
        framing,
        3,
        "train",
    ));
    add(name(
        &base,
        &DatasetInfo { classes: 4, ..info() },
        framing,
        3,
        "train",
    ));
    add(name(
        &base,
        &DatasetInfo {
            sensor: vec![7, 5],
            ..info()
        },
        framing,
        3,
        "train",
    ));
    let silent = DatasetInfo {
        revision: String::new(),
        ..info()
    };
    assert_eq!(
        Key::new(&base, &silent, &Framer::new(&silent, framing, 3), "train"),
        None
    );
}

#[test]
fn room_is_made_by_what_was_used_longest_ago() {
    let dir = tempfile::tempdir().unwrap();
    let folder = CacheFolder::new(dir.path());
    let size = fs::metadata(stored(dir.path(), "a", u64::MAX).unwrap())
        .unwrap()
        .len();
    let pause = || std::thread::sleep(std::time::Duration::from_millis(30));
    for name in ["b", "c"] {
        pause();
        stored(dir.path(), name, u64::MAX).unwrap();
    }
    pause();
    // Used again, so that b is the oldest.
    drop(open(&folder.entry("a")).unwrap());
    pause();
    stored(dir.path(), "d", 3 * size).unwrap();
    assert_eq!(files(dir.path()), ["a.frames", "c.frames", "d.frames"]);
    // The oldest is in use and stays.
    let entry = open(&folder.entry("c")).unwrap();
    let freed = folder.shrink(size).unwrap();
    assert_eq!((freed.entries, freed.bytes, freed.left), (2, 2 * size, size));
    assert_eq!(files(dir.path()), ["c.frames"]);
    // There is no room beside it, and nothing is left of the attempt.
    let fault = stored(dir.path(), "e", 2 * size - 1).unwrap_err();
    assert!(
        matches!(&fault, Fault::Disk(e) if e.kind() == io::ErrorKind::StorageFull),
        "{fault:?}"
    );
    let fault = stored(dir.path(), "e", size - 1).unwrap_err();
    assert!(
        matches!(&fault, Fault::Disk(e) if e.kind() == io::ErrorKind::FileTooLarge),
        "{fault:?}"
    );
    assert_eq!(files(dir.path()), ["c.frames"]);
    assert_eq!(entry.sample(1).unwrap().1, 1);
    // What it replaces does not count.
    drop(entry);
    stored(dir.path(), "c", size).unwrap();
    assert_eq!(folder.shrink(0).unwrap().entries, 1);
    assert!(files(dir.path()).is_empty());
    assert_eq!(
        CacheFolder::new(dir.path().join("none")).shrink(0).unwrap(),
        Freed::default()
    );
    assert!(
        CacheFolder::new(dir.path().join("none"))
            .entries()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_interrupted_runs_leave_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = CacheFolder::new(dir.path());
    let left = dir.path().join("a-123456.part");
    fs::write(&left, b"half an entry").unwrap();
    let busy = folder.aside("b").unwrap();
    let turn = folder.turn("b").unwrap();
    turn.lock().unwrap();
    drop(folder.turn("a").unwrap());
    assert!(!left.exists());
    fs::write(&left, b"half an entry").unwrap();
    assert_eq!(folder.shrink(u64::MAX).unwrap().bytes, 13);
    assert!(!left.exists() && busy.path().exists());
    assert!(!dir.path().join("a.lock").exists() && dir.path().join("b.lock").exists());
}

/// A disk that is full after so many bytes.
struct Full(Cursor<Vec<u8>>, u64);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.position() + bytes.len() as u64 > self.1 {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => self.0.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_full_disk_is_an_error_at_whatever_byte() {
    let dir = tempfile::tempdir().unwrap();
    let (framer, key) = (framer(EventFraming::default()), key(dir.path()));
    let attempt = |room: u64| {
        write(Full(Cursor::default(), room), &key, &framer, u64::MAX, |to| {
            to.add(&frames(&framer, 40), 1).map_err(Fault::Disk)
        })
    };
    let bytes = attempt(u64::MAX).unwrap();
    for room in 0..bytes {
        let fault = attempt(room).unwrap_err();
        assert!(
            matches!(&fault, Fault::Disk(e) if e.kind() == io::ErrorKind::StorageFull),
            "{room}"
        );
    }
    assert_eq!(attempt(bytes).unwrap(), bytes);
}
