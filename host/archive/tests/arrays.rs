//! Arrays that data sets read through the host, and recordings that it writes.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that may be skipped loudly"
)]

use hdf5::types::VarLenArray;
use neurotrain_archive::{ArrayReader, SpikeFile, write_spikes};
use neurotrain_plugin_api::{Bundle, Result};
use std::path::{Path, PathBuf};

fn ask(path: &Path, array: &str, kind: &str, rows: Option<&[i64]>) -> Result<Bundle> {
    let mut request = Bundle::new();
    request.put_text("path", path.to_str().unwrap());
    request.put_text("array", array);
    request.put_text("kind", kind);
    if let Some(rows) = rows {
        request.put_ints("rows", rows);
    }
    ArrayReader::default().answer(&request)
}

fn fixture(dir: &Path) -> PathBuf {
    let path = dir.join("x.h5");
    let file = hdf5::File::create(&path).unwrap();
    let group = file.create_group("spikes").unwrap();
    let lists = [&[1.0_f32, 2.5][..], &[], &[7.0]].map(VarLenArray::from_slice);
    let lists = ndarray::arr1(&lists);
    group
        .new_dataset_builder()
        .with_data(lists.view())
        .create("times")
        .unwrap();
    // One recording a chunk, deflated: the references to the lists are compressed.
    group
        .new_dataset_builder()
        .chunk(1)
        .shuffle()
        .deflate(4)
        .with_data(lists.view())
        .create("deflated")
        .unwrap();
    file.new_dataset_builder()
        .with_data(ndarray::arr2(&[[1_u16, 2], [3, 65_535]]).view())
        .create("grid")
        .unwrap();
    let noise: Vec<f64> = (0..4096).map(|i| f64::from(i).sin()).collect();
    file.new_dataset_builder()
        .chunk(512)
        .deflate(4)
        .fletcher32()
        .with_data(ndarray::arr1(&noise).view())
        .create("noise")
        .unwrap();
    path
}

#[test]
fn numbers_of_every_type_come_as_doubles() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(dir.path());
    let grid = ask(&path, "grid", "numbers", None).unwrap();
    assert_eq!(grid.ints("dims"), Ok(vec![2, 2]));
    assert_eq!(grid.reals("values"), Ok(vec![1.0, 2.0, 3.0, 65_535.0]));
    for name in ["spikes/times", "spikes/deflated"] {
        let all = ask(&path, name, "ragged", None).unwrap();
        assert_eq!(all.ints("offsets"), Ok(vec![0, 2, 2, 3]));
        assert_eq!(all.reals("values"), Ok(vec![1.0, 2.5, 7.0]));
        let some = ask(&path, name, "ragged", Some(&[2, 0, 1])).unwrap();
        assert_eq!(some.ints("offsets"), Ok(vec![0, 1, 3, 3]));
        assert_eq!(some.reals("values"), Ok(vec![7.0, 1.0, 2.5]));
        let none = ask(&path, name, "ragged", Some(&[])).unwrap();
        assert_eq!((none.ints("offsets"), none.int("length")), (Ok(vec![0]), Ok(3)));
    }
}

#[test]
fn faults_name_file_and_array() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(dir.path());
    let message = |array, kind, rows: Option<&[i64]>| {
        let error = ask(&path, array, kind, rows).err().unwrap();
        assert!(error.message().contains("x.h5"), "{error:?}");
        (error.code().to_owned(), error.message().to_owned())
    };
    for missing in ["nothing", "nothing/below", "spikes/nothing", "grid/below"] {
        let (code, text) = message(missing, "numbers", None);
        assert!(code == "no-such-array" && text.contains(missing), "{code} {text}");
    }
    for (array, kind, rows, expected) in [
        ("spikes/times", "numbers", None, "instead of numbers"),
        ("spikes", "numbers", None, "`spikes`"),
        ("grid", "ragged", None, "instead of one axis"),
        ("noise", "ragged", None, "no lists"),
        ("grid", "texts", None, "instead of texts"),
        (
            "spikes/times",
            "ragged",
            Some(&[3][..]),
            "has 3 rows, but row 3 was asked for",
        ),
        ("spikes/times", "ragged", Some(&[-1][..]), "row -1"),
    ] {
        let (code, text) = message(array, kind, rows);
        assert!(code == "bad-data" && text.contains(expected), "{code} {text}");
    }
    let error = ask(&dir.path().join("none.h5"), "grid", "numbers", None)
        .err()
        .unwrap();
    assert_eq!(error.code(), "io");
    assert_eq!(
        ask(&path, "grid", "images", None).err().unwrap().code(),
        "unsupported"
    );
}

#[test]
fn spikes_are_read_as_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spikes.h5");
    let spikes = SpikeFile {
        times: vec![vec![0.25, 1.0], vec![], vec![0.1]],
        units: vec![vec![699, 0], vec![], vec![7]],
        labels: vec![1, 0, 1],
        speakers: vec![0, 0, 1],
        class_names: vec!["zero".into(), "fünf".into()],
        speaker_names: vec!["ada".into(), "béla".into()],
        notes: vec![("producer", "test".into())],
    };
    write_spikes(&path, &spikes).unwrap();
    let times = ask(&path, "spikes/times", "ragged", None).unwrap();
    assert_eq!(times.ints("offsets"), Ok(vec![0, 2, 2, 3]));
    // A tenth in half precision.
    assert_eq!(times.reals("values"), Ok(vec![0.25, 1.0, 0.099_975_585_937_5]));
    let units = ask(&path, "spikes/units", "ragged", Some(&[2, 0])).unwrap();
    assert_eq!(units.reals("values"), Ok(vec![7.0, 699.0, 0.0]));
    let speakers = ask(&path, "extra/speaker", "numbers", None).unwrap();
    assert_eq!(speakers.reals("values"), Ok(vec![0.0, 0.0, 1.0]));
    let names = ask(&path, "extra/keys", "texts", None).unwrap();
    assert_eq!(names.text("texts"), Ok("zerofünf"));
    assert_eq!(names.ints("lengths"), Ok(vec![4, 5]));
    assert_eq!(write_spikes(&path, &spikes).unwrap_err().code(), "archive-exists");
    let mut short = spikes;
    short.labels.pop();
    let error = write_spikes(&dir.path().join("new.h5"), &short).unwrap_err();
    assert_eq!(error.code(), "archive-invalid");
    assert!(!dir.path().join("new.h5").exists());
}

/// Whatever happens to a file, what comes is an error or an array: no panic, no crash, no endless allocation.
#[test]
fn damaged_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let damaged = dir.path().join("damaged.h5");
    let ask_all = || {
        let mut errors = 0;
        for (array, kind) in [
            ("grid", "numbers"),
            ("noise", "numbers"),
            ("spikes/times", "ragged"),
            ("spikes/deflated", "ragged"),
        ] {
            if let Err(error) = ask(&damaged, array, kind, None) {
                assert!(error.message().contains("damaged.h5"), "{error:?}");
                errors += 1;
            }
        }
        errors
    };
    for end in (0..whole.len()).step_by(97) {
        std::fs::write(&damaged, &whole[..end]).unwrap();
        assert_eq!(ask_all(), 4, "cut at {end}");
    }
    let mut noticed = 0;
    let flips: usize = std::env::var("NEUROTRAIN_FLIPS").map_or(1500, |n| n.parse().unwrap());
    let mut random = neurotrain_plugin_api::rng::Stream::new(7, "flips", 0);
    for _ in 0..flips {
        let mut bytes = whole.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << random.below(8);
        }
        std::fs::write(&damaged, &bytes).unwrap();
        noticed += usize::from(ask_all() > 0);
    }
    // The library checks structure, and here the values of `noise`.
    assert!(noticed > flips / 4, "{noticed} of {flips}");
}

/// The library would walk in circles.
#[test]
fn a_damaged_heap_of_lists_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let heap = whole.windows(8).position(|w| w == b"GCOL\x01\0\0\0").unwrap();
    // The first object is a list of two numbers of four bytes; 8 bytes behind its start is its size.
    let size = heap + 16 + 8;
    assert_eq!(whole[size..size + 8], 8_u64.to_le_bytes());
    for (index, bytes) in [(1_u16, u64::MAX - 15), (1, 1 << 40), (0, 0), (0, 15)] {
        let mut changed = whole.clone();
        changed[heap + 16..heap + 18].copy_from_slice(&index.to_le_bytes());
        changed[size..size + 8].copy_from_slice(&bytes.to_le_bytes());
        std::fs::write(&path, changed).unwrap();
        let error = ask(&path, "spikes/times", "ragged", None).err().unwrap();
        let expected = format!("x.h5: the heap of lists at byte {heap} is damaged");
        assert!(error.message().contains(&expected), "{error:?}");
    }
}

/// Files that h5py wrote, of half precision where Python's data sets are.
#[test]
fn real_files_are_read() {
    let root = std::env::var_os("NEUROTRAIN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let data = root.join("data");
    if !data.is_dir() {
        println!("skipped: no reference data; set NEUROTRAIN_SHARED to its folder");
        return;
    }
    let shd = data.join("shd_related/shd_fmt_example.h5");
    let times = ask(&shd, "spikes/times", "ragged", None).unwrap();
    let units = ask(&shd, "spikes/units", "ragged", Some(&[0, 1, 2])).unwrap();
    assert_eq!(times.ints("offsets"), Ok(vec![0, 4, 9, 15]));
    assert_eq!(times.ints("offsets"), units.ints("offsets"));
    assert_eq!(
        units.reals("values").unwrap(),
        [
            516., 541., 366., 55., 354., 472., 649., 17., 164., 388., 162., 195., 400., 367., 7.
        ]
    );
    // In half precision: 0.1131 of the first spike is 1853 of 2^-14.
    let values = times.reals("values").unwrap();
    assert_eq!(values[0], 1853.0 / 16384.0);
    assert!(values.iter().all(|t| (0.0..1.0).contains(t)));
    assert_eq!(
        ask(&shd, "labels", "numbers", None).unwrap().reals("values"),
        Ok(vec![0.0, 11.0, 19.0])
    );
    let keys = ask(&shd, "extra/keys", "texts", None).unwrap();
    assert_eq!(keys.ints("lengths").unwrap().len(), 20);
    assert!(keys.text("texts").unwrap().starts_with("zerozero"));
    let usps = ask(&data.join("usps/usps.h5"), "train/data", "numbers", None).unwrap();
    assert_eq!(usps.ints("dims"), Ok(vec![7291, 256]));
}
