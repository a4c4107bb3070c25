//! The real USPS file through the host's reading of HDF5.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that may be skipped loudly"
)]

use neurotrain_archive::ArrayReader;
use neurotrain_data_files::testing::{TestHost, shared_data};
use neurotrain_data_usps::Usps;
use neurotrain_plugin_api::{Dataset, Samples};

#[test]
fn real_digits_are_recognised_by_their_nearest_neighbours() {
    let Some(data) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let mut host = TestHost::with_dir(&data);
    host.hdf5 = Some(|request| ArrayReader::default().answer(request));
    let usps = host.open::<Usps>(&[]).unwrap();
    let info = usps.info();
    assert_eq!((info.shape, info.variant.as_str()), (vec![1, 16, 16], ""));
    assert!((info.mean[0] - 0.254_480_6).abs() < 1e-6 && (info.std[0] - 0.384_620_7).abs() < 1e-6);
    let read = |split: &str, n: u64| match usps.read(split, &(0..n).collect::<Vec<_>>()).unwrap() {
        Samples::Reals { values, labels } => (values, labels),
        _ => panic!("pixels are reals"),
    };
    let ((known, names), (tested, truth)) = (read("train", 7291), read("test", 2007));
    let counts = |labels: &[i64]| {
        (0..10)
            .map(|c| labels.iter().filter(|l| **l == c).count())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        counts(&names),
        [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644]
    );
    assert_eq!(counts(&truth), [359, 264, 198, 166, 200, 160, 170, 147, 166, 177]);
    let distance = |a: &[f32], b: &[f32]| -> f32 {
        let mut lanes = [0.0_f32; 16];
        for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
            (0..16).for_each(|l| lanes[l] += (a[l] - b[l]) * (a[l] - b[l]));
        }
        lanes.iter().sum()
    };
    let right = tested.chunks_exact(256).zip(&truth).filter(|(image, label)| {
        let distances = known.chunks_exact(256).map(|other| distance(image, other));
        let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        names[nearest.unwrap().0] == **label
    });
    // numpy, in double precision: 1894 of 2007 (94.4 %).
    let right = right.count();
    println!("nearest neighbour: {right} of 2007");
    assert!(right.abs_diff(1894) <= 1, "{right}");
}
