//! Spikes, labels, and what is wrong with them.

use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::TestHost;
use neurotrain_data_shd::{Shd, Ssc};
use neurotrain_plugin_api::{Dataset, Error, Samples};

fn host(dir: &std::path::Path) -> TestHost {
    for name in ["SHD/shd_train.h5", "SHD/shd_test.h5"] {
        std::fs::create_dir_all(dir.join("SHD")).unwrap();
        std::fs::write(dir.join(name), "x").unwrap();
    }
    let mut host = TestHost::with_dir(dir);
    host.arrays = vec![
        ("shd_train.h5", "labels", vec![vec![3.0], vec![19.0], vec![0.0]]),
        // 0.0999755859375 is a tenth of a second in half precision.
        (
            "shd_train.h5",
            "spikes/times",
            vec![vec![0.5], vec![0.099_975_585_937_5, 0.25], vec![1.0]],
        ),
        (
            "shd_train.h5",
            "spikes/units",
            vec![vec![699.0], vec![1.0, 2.0], vec![5.0]],
        ),
        ("shd_test.h5", "labels", vec![vec![7.0]]),
        ("shd_test.h5", "spikes/times", vec![vec![0.0]]),
        ("shd_test.h5", "spikes/units", vec![vec![1.0]]),
    ];
    host
}

fn open(host: &TestHost) -> Shd {
    host.open::<Shd>(&[("random_validation", "true")]).unwrap()
}

#[test]
fn spikes_are_events_of_one_row() {
    let dir = tempfile::tempdir().unwrap();
    let shd = open(&host(dir.path()));
    let info = shd.info();
    assert_eq!(
        (info.shape, info.sensor, info.classes),
        (vec![700], vec![1, 700], 20)
    );
    assert_eq!(info.variant, "subset 3/1");
    std::fs::write(dir.path().join("SHD").join(STAND_IN), "{}").unwrap();
    let marked = open(&host(dir.path()));
    assert_eq!(marked.info().variant, "stand-in 3/1");
    let Samples::Events { events, labels } = shd.read("train", &[1, 0]).unwrap() else {
        panic!("spikes are events")
    };
    assert_eq!(labels, [19, 3]);
    assert_eq!(
        (events.offsets, events.t),
        (vec![0, 2, 3], vec![99_975, 250_000, 500_000])
    );
    assert_eq!(
        (events.x, events.y, events.p),
        (vec![1, 2, 699], vec![0; 3], vec![0; 3])
    );
}

/// Four recordings of speakers 2, 0, 2, 7.
fn spoken(dir: &std::path::Path) -> TestHost {
    let mut host = host(dir);
    host.arrays[0].2 = vec![vec![3.0], vec![19.0], vec![0.0], vec![1.0]];
    host.arrays[1].2.push(vec![0.5]);
    host.arrays[2].2.push(vec![4.0]);
    host.arrays.push((
        "shd_train.h5",
        "extra/speaker",
        vec![vec![2.0], vec![0.0], vec![2.0], vec![7.0]],
    ));
    host
}

#[test]
fn a_speaker_is_held_out_for_validation() {
    let dir = tempfile::tempdir().unwrap();
    let labels = |params: &[(&str, serde_json::Value)], split: &str| {
        let shd = spoken(dir.path())
            .open_with::<Shd>(|c| params.iter().for_each(|(k, v)| c.set(k, v.clone())))
            .unwrap();
        let n = shd.info().splits.iter().find(|(name, _)| name == split)?.1 as u64;
        let Samples::Events { labels, .. } = shd.read(split, &(0..n).collect::<Vec<_>>()).unwrap() else {
            panic!("spikes are events")
        };
        Some(labels)
    };
    // Speakers 0 and 7 are equally near to a tenth: the lower number.
    assert_eq!(labels(&[], "validation"), Some(vec![19]));
    assert_eq!(labels(&[], "train"), Some(vec![3, 0, 1]));
    let given = [("validation_speakers", vec![2, 7].into())];
    assert_eq!(labels(&given, "validation"), Some(vec![3, 0, 1]));
    assert_eq!(labels(&given, "train"), Some(vec![19]));
    assert_eq!(labels(&[("compat", "neurotrain".into())], "validation"), None);
    let message = |speakers: Vec<i64>| {
        let error = spoken(dir.path())
            .open_with::<Shd>(|c| c.set("validation_speakers", speakers))
            .unwrap_err();
        error.message().to_owned()
    };
    assert!(message(vec![5]).contains("no recordings of speaker 5, only of 0, 2, 7"));
    assert!(message(vec![0, 2, 7]).contains("every speaker"));
    let error = host(dir.path()).open::<Shd>(&[]).unwrap_err();
    assert!(error.message().contains("no array `extra/speaker`"), "{error:?}");
}

#[test]
fn spikes_out_of_order_are_sorted_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let mut host = host(dir.path());
    host.arrays[1].2[1] = vec![0.5, 0.25];
    let shd = open(&host);
    for _ in 0..2 {
        let Samples::Events { events, .. } = shd.read("train", &[1]).unwrap() else {
            panic!("spikes are events")
        };
        assert_eq!((events.t, events.x), (vec![250_000, 500_000], vec![2, 1]));
    }
    let warned = host
        .log()
        .iter()
        .filter(|l| l.contains("not in the order of time"))
        .count();
    assert_eq!(warned, 1);
}

#[test]
fn faults_name_file_and_sample() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |change: &dyn Fn(&mut TestHost)| -> Error {
        let mut host = host(dir.path());
        change(&mut host);
        match host.open::<Shd>(&[("random_validation", "true")]) {
            Ok(shd) => shd.read("train", &[2, 0]).unwrap_err(),
            Err(error) => error,
        }
    };
    let message = |at: usize, row: usize, values: Vec<f64>| {
        fails(&|host| host.arrays[at].2[row].clone_from(&values))
            .message()
            .to_owned()
    };
    assert!(message(0, 1, vec![20.0]).contains("shd_train.h5: label 20 of sample 1"));
    assert!(
        message(2, 0, vec![700.0])
            .contains("shd_train.h5: sample 0: spike 0 is of unit 700, but there are 700")
    );
    assert!(message(1, 0, vec![f64::INFINITY]).contains("at inf s"));
    assert!(message(1, 0, vec![f64::NAN]).contains("at NaN s"));
    assert!(message(1, 2, vec![]).contains("sample 2: 0 times and 1 units"));
    assert!(
        fails(&|host| drop(host.arrays[2].2.pop()))
            .message()
            .contains("`labels` has 3 rows, but `spikes/units` has 2")
    );
    assert!(
        fails(&|host| drop(host.arrays.remove(1)))
            .message()
            .contains("spikes/times")
    );
    let shd = open(&host(dir.path()));
    assert!(
        shd.read("validation", &[0])
            .unwrap_err()
            .message()
            .contains("no split")
    );
    let error = host(dir.path()).open::<Ssc>(&[]).unwrap_err();
    assert!(error.message().contains("no file ssc_train.h5"), "{error:?}");
    std::fs::write(dir.path().join("ssc_train.h5.zip"), "x").unwrap();
    let error = host(dir.path()).open::<Ssc>(&[]).unwrap_err();
    assert!(
        error.message().contains("ssc_train.h5.zip must be unpacked"),
        "{error:?}"
    );
}
