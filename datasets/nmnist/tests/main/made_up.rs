//! Folders and archives in the official layout.

use crate::support::read;
use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::TestHost;
use neurotrain_data_nmnist::NMnist;
use neurotrain_plugin_api::Dataset;
use std::io::Write;
use std::path::Path;

/// Recordings whose first event tells them apart.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (split, n) in [("Train", 3_u8), ("Test", 1)] {
        for digit in 0..10_u8 {
            for i in 0..n {
                let events = [[digit, i, 0x80, 0, 1], [33, 33, 1, 0x86, 0xa0]].concat();
                files.push((
                    format!("{split}/{digit}/{:05}.bin", u32::from(i) * 10 + u32::from(digit)),
                    events,
                ));
            }
        }
    }
    files
}

fn write_folders(dir: &Path) {
    for (name, bytes) in files() {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

pub(crate) fn write_archives(dir: &Path) {
    for split in ["Train", "Test"] {
        let path = dir.join(format!("{}.zip", split.to_lowercase()));
        let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
        for (name, bytes) in files().into_iter().filter(|(name, _)| name.starts_with(split)) {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap();
    }
}

fn open(dir: &Path, settings: &[(&str, &str)]) -> NMnist {
    TestHost::with_dir(dir).open::<NMnist>(settings).unwrap()
}

#[test]
fn folders_and_archives_are_alike() {
    let (folders, archives) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_folders(&folders.path().join("NMNIST/NMNIST"));
    std::fs::create_dir(archives.path().join("n-mnist")).unwrap();
    write_archives(&archives.path().join("n-mnist"));
    for dir in [&folders, &archives] {
        let data = open(dir.path(), &[]);
        let info = data.info();
        assert_eq!(info.splits, [("train".to_owned(), 30), ("test".to_owned(), 10)]);
        assert_eq!(
            (info.variant.as_str(), info.kind.as_str()),
            ("subset 30/10", "events")
        );
        assert_eq!((info.shape, info.sensor), (vec![2, 34, 34], vec![34, 34]));
        let (events, labels) = read(&data, "train", &[29, 0, 4]).unwrap();
        assert_eq!(labels, [9, 0, 1]);
        assert_eq!(events.offsets, [0, 2, 4, 6]);
        assert_eq!(
            (&events.x[..3], &events.y[..3], &events.p[..3]),
            (&[9, 33, 0][..], &[2, 33, 0][..], &[1, 0, 1][..])
        );
        assert_eq!(events.t[..2], [1, 100_000]);
        assert_eq!(read(&data, "test", &[7]).unwrap().1, [7]);
        assert!(read(&data, "test", &[10]).is_err());
    }
}

#[test]
fn stand_ins_are_called_so() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("NMNIST");
    write_folders(&folder);
    std::fs::write(folder.join(STAND_IN), "{}").unwrap();
    let host = TestHost::with_dir(dir.path());
    let data = host.open::<NMnist>(&[]).unwrap();
    assert_eq!(data.info().variant, "stand-in 30/10");
    assert!(host.log()[0].contains("stand-in 30/10: not the official data set"));
}

#[test]
fn parameters_change_the_shape_and_the_events() {
    let dir = tempfile::tempdir().unwrap();
    write_folders(dir.path());
    let data = open(
        dir.path(),
        &[("polarities", "merged"), ("first_saccade_only", "true")],
    );
    assert_eq!(data.info().shape, [1, 34, 34]);
    assert_eq!(read(&data, "train", &[0]).unwrap().0.t, [1]);
}

#[test]
fn faults_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let error = TestHost::with_dir(dir.path()).open::<NMnist>(&[]).unwrap_err();
    assert!(
        error.code() == "missing-data" && error.hint().contains("train.zip"),
        "{error:?}"
    );
    write_folders(dir.path());
    std::fs::write(dir.path().join("Train/0/00000.bin"), [1, 2, 3]).unwrap();
    let error = read(&open(dir.path(), &[]), "train", &[0]).unwrap_err();
    assert!(
        error.message().contains("00000.bin: truncated at offset 3"),
        "{error:?}"
    );
    std::fs::create_dir(dir.path().join("Test/x")).unwrap();
    std::fs::write(dir.path().join("Test/x/1.bin"), [0; 5]).unwrap();
    let error = TestHost::with_dir(dir.path()).open::<NMnist>(&[]).unwrap_err();
    assert!(
        error
            .message()
            .contains("x/1.bin does not lie in a folder called after a digit"),
        "{error:?}"
    );
}
