//! One's own recordings.

use neurotrain_data_files::testing::TestHost;
use neurotrain_data_shd::EventsHdf5;
use neurotrain_plugin_api::{Dataset, Result, Samples};
use serde_json::Value;
use std::path::Path;

/// Ten recordings of speakers 0 to 4, one spike each, of unit and label of their number.
fn host(dir: &Path) -> TestHost {
    std::fs::create_dir_all(dir.join("mine")).unwrap();
    std::fs::write(dir.join("mine/all.h5"), "x").unwrap();
    let mut host = TestHost::with_dir(dir);
    let column = |of: &dyn Fn(f64) -> f64| (0..10).map(|i| vec![of(f64::from(i))]).collect::<Vec<_>>();
    host.arrays = vec![
        ("all.h5", "labels", column(&|i| i)),
        ("all.h5", "spikes/times", column(&|i| i / 10.0)),
        ("all.h5", "spikes/units", column(&|i| i * 2.0)),
        ("all.h5", "extra/speaker", column(&|i| (i / 2.0).floor())),
    ];
    host
}

fn params(more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let mut params: Vec<(&'static str, Value)> = vec![("path", "mine".into()), ("train", "all.h5".into())];
    params.extend_from_slice(more);
    params
}

fn open(dir: &Path, params: &[(&str, Value)]) -> Result<EventsHdf5> {
    host(dir).open_with(|config| {
        params
            .iter()
            .for_each(|(key, value)| config.set(key, value.clone()))
    })
}

fn labels(data: &EventsHdf5, split: &str) -> Vec<i64> {
    let n = data
        .info()
        .splits
        .iter()
        .find(|(name, _)| name == split)
        .unwrap()
        .1 as u64;
    match data.read(split, &(0..n).collect::<Vec<_>>()).unwrap() {
        Samples::Events { labels, .. } => labels,
        _ => panic!("spikes are events"),
    }
}

#[test]
fn units_and_classes_are_found_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let data = open(dir.path(), &params(&[])).unwrap();
    let info = data.info();
    assert_eq!(
        (info.shape, info.sensor, info.classes),
        (vec![19], vec![1, 19], 10)
    );
    assert_eq!(info.splits, [("train".to_owned(), 8), ("test".to_owned(), 2)]);
    let mut all = [labels(&data, "train"), labels(&data, "test")].concat();
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    let wide = params(&[
        ("units", 20.into()),
        ("classes", 12.into()),
        ("downsample", 5.into()),
    ]);
    let info = open(dir.path(), &wide).unwrap().info();
    assert_eq!(
        (info.shape, info.sensor, info.classes),
        (vec![4], vec![1, 20], 12)
    );
}

#[test]
fn recordings_are_divided_by_speaker() {
    let dir = tempfile::tempdir().unwrap();
    let by_speaker = params(&[
        ("test_speakers", vec![1, 3].into()),
        ("validation_speakers", vec![4].into()),
    ]);
    let data = open(dir.path(), &by_speaker).unwrap();
    assert_eq!(labels(&data, "test"), [2, 3, 6, 7]);
    assert_eq!(labels(&data, "validation"), [8, 9]);
    assert_eq!(labels(&data, "train"), [0, 1, 4, 5]);
}

#[test]
fn faults_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let message = |more: &[(&'static str, Value)]| {
        let data = open(dir.path(), &params(more));
        let error = data.and_then(|d| d.read("train", &[7])).unwrap_err();
        error.message().to_owned()
    };
    assert!(message(&[("units", 10.into())]).contains("but there are 10"));
    assert!(message(&[("classes", 9.into())]).contains("label 9 of sample 9"));
    assert!(message(&[("train", "none.h5".into())]).contains("mine/none.h5"));
    assert!(message(&[("test", "none.h5".into())]).contains("file of `test`"));
    assert!(message(&[("train", "".into())]).contains("`train` names no file"));
    assert!(message(&[("test_fraction", 0.0.into())]).contains("`test_fraction` of 0"));
    let both = [("test", "all.h5".into()), ("test_speakers", vec![1].into())];
    assert!(message(&both).contains("leave one of them out"));
}
