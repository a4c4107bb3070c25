//! Images, labels, and what is wrong with them.

use neurotrain_data_files::testing::TestHost;
use neurotrain_data_usps::Usps;
use neurotrain_plugin_api::{Dataset, Samples};

fn host(dir: &std::path::Path) -> TestHost {
    std::fs::create_dir_all(dir.join("usps")).unwrap();
    std::fs::write(dir.join("usps/usps.h5"), "x").unwrap();
    let image = |level: f64| (0..256).map(|i| level + f64::from(i) / 512.0).collect::<Vec<_>>();
    let mut host = TestHost::with_dir(dir);
    host.arrays = vec![
        ("usps.h5", "train/data", vec![image(0.0), image(0.25)]),
        ("usps.h5", "train/target", vec![vec![6.0], vec![9.0]]),
        ("usps.h5", "test/data", vec![image(0.5)]),
        ("usps.h5", "test/target", vec![vec![0.0]]),
    ];
    host
}

#[test]
fn images_come_in_the_order_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let usps = host(dir.path()).open::<Usps>(&[]).unwrap();
    let info = usps.info();
    assert_eq!(
        (info.shape, info.variant.as_str()),
        (vec![1, 16, 16], "subset 2/1")
    );
    assert!((info.mean[0] - (0.125 + 255.0 / 1024.0)).abs() < 1e-6);
    let Samples::Reals { values, labels } = usps.read("train", &[1, 0]).unwrap() else {
        panic!("pixels are reals")
    };
    assert_eq!((labels, values.len()), (vec![9, 6], 512));
    assert_eq!(
        (values[0], values[255], values[257]),
        (0.25, 0.25 + 255.0 / 512.0, 1.0 / 512.0)
    );
    assert!(usps.read("test", &[1]).is_err());
}

#[test]
fn faults_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let message = |at: usize, row: usize, values: Vec<f64>| {
        let mut host = host(dir.path());
        host.arrays[at].2[row] = values;
        let error = host.open::<Usps>(&[]).unwrap_err();
        assert!(error.message().contains("usps.h5"));
        error.message().to_owned()
    };
    assert!(message(1, 1, vec![10.0]).contains("target 10 of image 1"));
    assert!(message(3, 0, vec![0.5]).contains("group `test`: target 0.5"));
    assert!(message(0, 1, vec![1.5; 256]).contains("pixel 1.5 of image 1"));
    let mut host = host(dir.path());
    host.arrays[0].2.pop();
    let error = host.open::<Usps>(&[]).unwrap_err();
    assert!(
        error.message().contains("`data` of shape [1, 256] for 2 targets"),
        "{error:?}"
    );
}
