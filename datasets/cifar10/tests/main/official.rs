//! The official layout, with made-up content.

use flate2::Compression;
use flate2::write::GzEncoder;
use neurotrain_data_cifar10::Cifar10;
use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::{TestHost, size};
use neurotrain_plugin_api::{Dataset, Samples};
use std::path::Path;

const NAMES: [&str; 6] = [
    "data_batch_1",
    "data_batch_2",
    "data_batch_3",
    "data_batch_4",
    "data_batch_5",
    "test_batch",
];

fn label(file: usize, i: usize) -> u8 {
    ((file * 3 + i) % 10) as u8
}

/// The first pixels tell file and image apart; the others tell colours apart.
fn image(file: usize, i: usize) -> Vec<u8> {
    let mut image = [vec![10; 1024], vec![20; 1024], vec![30; 1024]].concat();
    image[0] = file as u8;
    image[1] = (i % 256) as u8;
    image[2] = (i / 256) as u8;
    image
}

fn binary(file: usize, records: usize) -> Vec<u8> {
    (0..records)
        .flat_map(|i| [vec![label(file, i)], image(file, i)].concat())
        .collect()
}

fn write_folder(dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    for (file, name) in NAMES.iter().enumerate() {
        std::fs::write(dir.join(format!("{name}.bin")), binary(file, 10_000)).unwrap();
    }
}

fn check(data: &Cifar10) {
    let info = data.info();
    assert_eq!((size(&info, "train"), size(&info, "test")), (50_000, 10_000));
    assert_eq!(info.variant, "unrecognised files 50000/10000");
    let read = data.read("train", &[20_300, 0]).unwrap();
    let expected = Samples::Bytes {
        values: [image(2, 300), image(0, 0)].concat(),
        labels: vec![label(2, 300).into(), 0],
    };
    assert!(read == expected);
    let read = data.read("test", &[9_999]).unwrap();
    assert!(
        read == Samples::Bytes {
            values: image(5, 9_999),
            labels: vec![label(5, 9_999).into()]
        }
    );
    assert!(
        data.read("test", &[10_000])
            .unwrap_err()
            .message()
            .contains("no sample 10000")
    );
    assert!(
        data.read("extra", &[])
            .unwrap_err()
            .message()
            .contains("no split `extra`")
    );
}

#[test]
fn folder_and_archive_of_the_binary_version() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("CIFAR10/cifar-10-batches-bin");
    write_folder(&folder);
    let host = TestHost::with_dir(dir.path());
    check(&host.open::<Cifar10>(&[]).unwrap());
    assert!(host.log()[0].contains("not the official content"));

    let archive = dir.path().join("cifar-10-binary.tar.gz");
    let out = GzEncoder::new(std::fs::File::create(&archive).unwrap(), Compression::fast());
    let mut tar = tar::Builder::new(out);
    tar.append_dir_all("cifar-10-batches-bin", &folder).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    std::fs::remove_file(folder.join("test_batch.bin")).unwrap();
    let error = host.open::<Cifar10>(&[]).unwrap_err();
    assert!(error.message().contains("lacks test_batch.bin"), "{error:?}");
    std::fs::remove_dir_all(&folder).unwrap();
    check(&host.open::<Cifar10>(&[]).unwrap());
    let whole = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    let error = host.open::<Cifar10>(&[]).unwrap_err();
    assert!(error.message().contains("cifar-10-binary.tar.gz"), "{error:?}");
}

#[test]
fn a_short_file_is_not_taken_for_an_official_one() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("cifar10/cifar-10-batches-bin");
    write_folder(&folder);
    std::fs::write(folder.join("data_batch_2.bin"), binary(1, 9_999)).unwrap();
    let host = TestHost::with_dir(dir.path());
    let error = host.open::<Cifar10>(&[]).unwrap_err();
    assert!(
        error.message().contains("data_batch_2.bin: holds 9999 images"),
        "{error:?}"
    );
    std::fs::write(folder.join("data_batch_2.bin"), &binary(1, 10_000)[..3_000_000]).unwrap();
    let error = host.open::<Cifar10>(&[]).unwrap_err();
    assert!(
        error.message().contains("truncated at offset 3000000"),
        "{error:?}"
    );
}

#[test]
fn stand_ins_are_called_so_and_may_be_small() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("CIFAR10/cifar-10-batches-bin");
    std::fs::create_dir_all(&folder).unwrap();
    for (file, name) in NAMES.iter().enumerate() {
        std::fs::write(folder.join(format!("{name}.bin")), binary(file, 3)).unwrap();
    }
    let host = TestHost::with_dir(dir.path());
    assert!(host.open::<Cifar10>(&[]).is_err());
    std::fs::write(dir.path().join("CIFAR10").join(STAND_IN), "{}").unwrap();
    assert_eq!(host.open::<Cifar10>(&[]).unwrap().info().variant, "stand-in 15/3");
    std::fs::write(folder.join(STAND_IN), "{}").unwrap();
    let subset = host.open::<Cifar10>(&[("source", "subset")]);
    assert_eq!(subset.unwrap_err().code(), "missing-data");
}

#[test]
fn nothing_there_lists_the_places() {
    let dir = tempfile::tempdir().unwrap();
    let error = TestHost::with_dir(dir.path()).open::<Cifar10>(&[]).unwrap_err();
    assert_eq!(error.code(), "missing-data");
    assert!(error.message().contains("cifar-10") && error.hint().contains("cifar-10-binary.tar.gz"));
}
