//! What lies in the folder, and what is never overwritten.

use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::TestHost;
use neurotrain_data_mnist::Mnist;
use neurotrain_plugin_api::{Dataset, Error, Result};
use neurotrain_standin::{NoSpikeFiles, Options, Report, SpikeFile, SpikeFileWriter, keys, write};
use std::path::Path;

const SMALL: Options = Options {
    train: 40,
    test: 35,
    seed: 5,
};

fn make(key: &str, dir: &Path) -> Result<Report> {
    write(key, dir, &SMALL, &NoSpikeFiles)
}

/// Every file below `dir`: path and content.
fn content(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => all.extend(content(&path)),
            false => all.push((path.display().to_string(), std::fs::read(&path).expect("a file"))),
        }
    }
    all.sort();
    all
}

#[test]
fn the_seed_decides_every_byte() {
    let dir = tempfile::tempdir().unwrap();
    for key in keys()
        .into_iter()
        .filter(|key| !key.starts_with('S') || *key == "SVHN")
    {
        let report = make(key, dir.path()).unwrap();
        let folder = dir.path().join(key);
        let first = content(&folder);
        assert_eq!(report.folder, folder);
        // An older stand-in is replaced.
        make(&key.to_lowercase(), dir.path()).unwrap();
        assert!(content(&folder) == first, "{key}");
        let other = Options { seed: 6, ..SMALL };
        write(key, dir.path(), &other, &NoSpikeFiles).unwrap();
        assert!(content(&folder) != first, "{key}");
    }
    let left = std::fs::read_dir(dir.path()).unwrap();
    assert_eq!(left.count(), 7, "nothing is left beside the stand-ins");
}

#[test]
fn real_data_are_never_touched() {
    for name in ["MNIST", "mnist"] {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join(name);
        std::fs::create_dir(&real).unwrap();
        make("MNIST", dir.path()).unwrap();
        std::fs::remove_dir_all(dir.path().join("MNIST")).unwrap();
        std::fs::create_dir_all(&real).unwrap();
        std::fs::write(real.join("train-images-idx3-ubyte"), "real").unwrap();
        let error = make("MNIST", dir.path()).unwrap_err();
        assert!(error.message().contains("no stand-in"), "{error:?}");
        assert_eq!(content(dir.path()).len(), 1);
    }
}

#[test]
fn without_its_mark_a_stand_in_is_not_called_official() {
    let dir = tempfile::tempdir().unwrap();
    make("MNIST", dir.path()).unwrap();
    let open = || TestHost::with_dir(dir.path()).open::<Mnist>(&[]).unwrap();
    assert_eq!(open().info().variant, "stand-in 40/35");
    std::fs::remove_file(dir.path().join("MNIST").join(STAND_IN)).unwrap();
    assert_eq!(open().info().variant, "unrecognised files 40/35");
}

#[test]
fn impossible_wishes_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let message = |key: &str, train, test| {
        let options = Options { train, test, seed: 1 };
        let error = write(key, dir.path(), &options, &NoSpikeFiles).unwrap_err();
        error.message().to_owned()
    };
    assert!(message("ImageNet", 40, 40).contains("only for MNIST, FashionMNIST"));
    assert!(message("MNIST", 9, 40).contains("9 training samples"));
    assert!(message("DVSGesture", 40, 10).contains("11 classes"));
    assert!(message("NMNIST", 60_000, 10_000).contains("as many as the official"));
    assert!(message("MNIST", usize::MAX, 40).contains("to 100000"));
    assert!(message("SHD", 40, 40).contains("no HDF5"));
    assert!(content(dir.path()).is_empty());
}

struct Fails;

impl SpikeFileWriter for Fails {
    fn write(&self, path: &Path, _: &SpikeFile) -> Result<()> {
        std::fs::write(path, "half").expect("a file");
        Err(Error::new("io", "the disk is full"))
    }
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let error = write("SHD", dir.path(), &SMALL, &Fails).unwrap_err();
    assert_eq!(error.message(), "the disk is full");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
