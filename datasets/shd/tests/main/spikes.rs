//! Spikes, labels, and what is wrong with them.

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
            vec![vec![0.5], vec![0.25, 0.099_975_585_937_5], vec![1.0]],
        ),
        (
            "shd_train.h5",
            "spikes/units",
            vec![vec![699.0], vec![1.0, 2.0], vec![5.0]],
        ),
        ("shd_test.h5", "labels", vec![vec![7.0]]),
        ("shd_test.h5", "spikes/times", vec![vec![0.0, 0.0]]),
        ("shd_test.h5", "spikes/units", vec![vec![1.0]]),
    ];
    host
}

#[test]
fn spikes_are_events_of_one_row() {
    let dir = tempfile::tempdir().unwrap();
    let shd = host(dir.path()).open::<Shd>(&[]).unwrap();
    let info = shd.info();
    assert_eq!(
        (info.shape, info.sensor, info.classes),
        (vec![700], vec![1, 700], 20)
    );
    assert_eq!(info.variant, "subset 3/1");
    let Samples::Events { events, labels } = shd.read("train", &[1, 0]).unwrap() else {
        panic!("spikes are events")
    };
    assert_eq!(labels, [19, 3]);
    assert_eq!(
        (events.offsets, events.t),
        (vec![0, 2, 3], vec![250_000, 99_975, 500_000])
    );
    assert_eq!(
        (events.x, events.y, events.p),
        (vec![1, 2, 699], vec![0; 3], vec![0; 3])
    );
}

#[test]
fn faults_name_file_and_sample() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |change: &dyn Fn(&mut TestHost)| -> Error {
        let mut host = host(dir.path());
        change(&mut host);
        match host.open::<Shd>(&[]) {
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
    assert!(message(2, 0, vec![700.0]).contains("shd_train.h5: sample 0: spike 0 is of unit 700 at 0.5 s"));
    assert!(message(1, 0, vec![f64::INFINITY]).contains("at inf s"));
    assert!(message(1, 0, vec![f64::NAN]).contains("at NaN s"));
    assert!(message(1, 2, vec![]).contains("sample 2: 0 times and 1 units"));
    assert!(
        fails(&|host| drop(host.arrays.remove(1)))
            .message()
            .contains("spikes/times")
    );
    let shd = host(dir.path()).open::<Shd>(&[]).unwrap();
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
