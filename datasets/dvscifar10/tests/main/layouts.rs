//! Folders and archives, both formats, both divisions.

use neurotrain_data_dvscifar10::DvsCifar10;
use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::TestHost;
use neurotrain_plugin_api::{Dataset, EventBatch, Samples};
use std::io::Write;
use std::path::Path;

const NAMES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

fn read(data: &DvsCifar10, split: &str, indices: &[u64]) -> (EventBatch, Vec<i64>) {
    match data.read(split, indices).unwrap() {
        Samples::Events { events, labels } => (events, labels),
        _ => panic!("recordings are events"),
    }
}

/// One event: column tells the class, row the number of the recording.
fn aedat2(class: u32, i: u32) -> Vec<u8> {
    let mut out = b"#!AER-DAT2.0\r\n".to_vec();
    out.extend(((127 - i) << 8 | (127 - class) << 1).to_be_bytes());
    out.extend(77_u32.to_be_bytes());
    out
}

fn write(dir: &Path, zipped: bool) {
    std::fs::create_dir_all(dir).unwrap();
    for (class, name) in NAMES.iter().enumerate() {
        let files = (0..20).map(|i| {
            (
                format!("{name}/cifar10_{name}_{i}.aedat"),
                aedat2(class as u32, i),
            )
        });
        if zipped {
            let mut zip =
                zip::ZipWriter::new(std::fs::File::create(dir.join(format!("{name}.zip"))).unwrap());
            for (path, bytes) in files {
                zip.start_file(path, zip::write::SimpleFileOptions::default())
                    .unwrap();
                zip.write_all(&bytes).unwrap();
            }
            zip.finish().unwrap();
        } else {
            std::fs::create_dir(dir.join(name)).unwrap();
            files.for_each(|(path, bytes)| std::fs::write(dir.join(path), bytes).unwrap());
        }
    }
}

#[test]
fn the_last_tenth_of_each_class_is_the_test_split() {
    for zipped in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("CIFAR10DVS"), zipped);
        let data = TestHost::with_dir(dir.path()).open::<DvsCifar10>(&[]).unwrap();
        assert_eq!(
            data.info().splits,
            [("train".to_owned(), 180), ("test".to_owned(), 20)]
        );
        assert_eq!(data.info().variant, "subset 180/20");
        std::fs::write(dir.path().join("CIFAR10DVS").join(STAND_IN), "{}").unwrap();
        assert_eq!(data.info().variant, "stand-in 180/20");
        let (events, labels) = read(&data, "test", &(0..20).collect::<Vec<_>>());
        assert_eq!(labels, (0..20).map(|i| i / 2).collect::<Vec<_>>());
        assert_eq!(events.x, (0..20).map(|i| i / 2).collect::<Vec<_>>());
        assert_eq!(events.y, [18, 19].repeat(10));
        let (events, labels) = read(&data, "train", &[2, 179]);
        assert_eq!(
            (labels, events.y, events.p, events.t),
            (vec![0, 9], vec![2, 17], vec![1, 1], vec![77, 77])
        );
    }
}

/// A recording without events of its own: the layout is what is tested.
fn aedat4() -> Vec<u8> {
    b"#!AER-DAT4.0\r\n".to_vec()
}

#[test]
fn the_archive_of_archives_is_read_where_it_lies() {
    let dir = tempfile::tempdir().unwrap();
    let outer = std::fs::File::create(dir.path().join("CIFAR10DVS.zip")).unwrap();
    let mut outer = zip::ZipWriter::new(outer);
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for name in NAMES {
        let mut inner = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for i in 0..10 {
            inner
                .start_file(
                    format!("{name}/{i}.aedat4"),
                    zip::write::SimpleFileOptions::default(),
                )
                .unwrap();
            inner.write_all(&aedat4()).unwrap();
        }
        outer
            .start_file(format!("CIFAR10DVS/{name}.zip"), stored)
            .unwrap();
        outer.write_all(&inner.finish().unwrap().into_inner()).unwrap();
    }
    outer.finish().unwrap();
    let data = TestHost::with_dir(dir.path()).open::<DvsCifar10>(&[]).unwrap();
    assert_eq!(data.info().variant, "subset 90/10");
    let error = data.read("test", &[9]).unwrap_err();
    assert!(
        error
            .message()
            .contains("CIFAR10DVS.zip/CIFAR10DVS/truck.zip/truck/9.aedat4: truncated"),
        "{error:?}"
    );
    std::fs::write(dir.path().join("stand-in.json"), "{}").unwrap();
    assert_eq!(data.info().variant, "stand-in 90/10");
}

#[test]
fn the_random_division_covers_everything_once() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), false);
    let host = TestHost::with_dir(dir.path());
    let data = host.open::<DvsCifar10>(&[("compat", "neurotrain")]).unwrap();
    let all = |data: &DvsCifar10| {
        let (train, _) = read(data, "train", &(0..180).collect::<Vec<_>>());
        let (test, _) = read(data, "test", &(0..20).collect::<Vec<_>>());
        train
            .x
            .into_iter()
            .zip(train.y)
            .chain(test.x.into_iter().zip(test.y))
            .collect::<Vec<_>>()
    };
    let mut samples = all(&data);
    assert_eq!(
        samples,
        all(&host.open::<DvsCifar10>(&[("random_split", "true")]).unwrap())
    );
    assert!(!samples.is_sorted());
    samples.sort_unstable();
    samples.dedup();
    assert_eq!(samples.len(), 200);
}

#[test]
fn a_missing_class_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), false);
    std::fs::remove_dir_all(dir.path().join("frog")).unwrap();
    let error = TestHost::with_dir(dir.path())
        .open::<DvsCifar10>(&[])
        .unwrap_err();
    assert!(
        error.message().contains("no folder frog or file frog.zip"),
        "{error:?}"
    );
}
