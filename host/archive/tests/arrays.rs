//! Arrays that data sets read through the host.

use hdf5::types::VarLenArray;
use neurotrain_archive::answer_hdf5_array;
use neurotrain_plugin_api::{Bundle, Result};
use std::path::{Path, PathBuf};

fn ask(path: &Path, dataset: &str, ragged: bool, rows: Option<&[i64]>) -> Result<Bundle> {
    let mut request = Bundle::new();
    request.put_text("path", path.to_str().unwrap());
    request.put_text("dataset", dataset);
    request.put_int("ragged", ragged.into());
    if let Some(rows) = rows {
        request.put_ints("rows", rows);
    }
    answer_hdf5_array(&request)
}

fn fixture(dir: &Path) -> PathBuf {
    let path = dir.join("x.h5");
    let file = hdf5::File::create(&path).unwrap();
    let group = file.create_group("spikes").unwrap();
    let lists = [&[1.0_f32, 2.5][..], &[], &[7.0]].map(VarLenArray::from_slice);
    group
        .new_dataset_builder()
        .with_data(ndarray::arr1(&lists).view())
        .create("times")
        .unwrap();
    file.new_dataset_builder()
        .with_data(ndarray::arr2(&[[1_u16, 2], [3, 65_535]]).view())
        .create("grid")
        .unwrap();
    path
}

#[test]
fn numbers_of_every_type_come_as_doubles() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(dir.path());
    let grid = ask(&path, "grid", false, None).unwrap();
    assert_eq!(grid.ints("dims"), Ok(vec![2, 2]));
    assert_eq!(grid.reals("values"), Ok(vec![1.0, 2.0, 3.0, 65_535.0]));
    let all = ask(&path, "spikes/times", true, None).unwrap();
    assert_eq!(all.ints("offsets"), Ok(vec![0, 2, 2, 3]));
    assert_eq!(all.reals("values"), Ok(vec![1.0, 2.5, 7.0]));
    let some = ask(&path, "spikes/times", true, Some(&[2, 0, 1])).unwrap();
    assert_eq!(some.ints("offsets"), Ok(vec![0, 1, 3, 3]));
    assert_eq!(some.reals("values"), Ok(vec![7.0, 1.0, 2.5]));
}

#[test]
fn faults_name_file_and_data_set() {
    let dir = tempfile::tempdir().unwrap();
    let path = fixture(dir.path());
    let message = |dataset, ragged, rows: Option<&[i64]>| {
        let error = ask(&path, dataset, ragged, rows).err().unwrap();
        assert!(
            error.code() == "bad-data" && error.message().contains("x.h5"),
            "{error:?}"
        );
        error.message().to_owned()
    };
    assert!(message("nothing", false, None).contains("`nothing`"));
    assert!(message("spikes/times", false, None).contains("`spikes/times`"));
    assert!(message("grid", true, None).contains("`grid`"));
    assert!(message("spikes/times", true, Some(&[3])).contains("has 3 rows, but row 3 was asked for"));
    assert!(message("spikes/times", true, Some(&[-1])).contains("row -1"));
    let whole = std::fs::read(&path).unwrap();
    for end in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..end]).unwrap();
        assert!(ask(&path, "grid", false, None).is_err(), "{end}");
    }
    assert_eq!(
        ask(&dir.path().join("none.h5"), "grid", false, None)
            .err().unwrap()
            .code(),
        "io"
    );
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
    let times = ask(&shd, "spikes/times", true, None).unwrap();
    let units = ask(&shd, "spikes/units", true, Some(&[0, 1, 2])).unwrap();
    assert_eq!(times.ints("offsets"), units.ints("offsets"));
    assert_eq!(times.ints("dims"), Ok(vec![3]));
    assert!(
        times
            .reals("values")
            .unwrap()
            .iter()
            .all(|t| (0.0..2.0).contains(t))
    );
    assert!(
        units
            .reals("values")
            .unwrap()
            .iter()
            .all(|u| (0.0..700.0).contains(u))
    );
    assert_eq!(
        ask(&shd, "labels", false, None).unwrap().ints("dims"),
        Ok(vec![3])
    );
    let usps = ask(&data.join("usps/usps.h5"), "train/data", false, None).unwrap();
    assert_eq!(usps.ints("dims"), Ok(vec![7291, 256]));
}
