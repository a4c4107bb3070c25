//! Files in the official layout, with made-up content.

use crate::fixture::{file, header, pixel, stored_pixels, variable};
use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::{TestHost, all_bytes};
use neurotrain_data_svhn::Svhn;
use neurotrain_plugin_api::Dataset;

#[test]
fn images_and_labels_come_out_in_order() {
    for compressed in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("SVHN")).unwrap();
        std::fs::write(
            dir.path().join("SVHN/train_32x32.mat"),
            file(&[1, 10, 9, 2, 3], compressed),
        )
        .unwrap();
        std::fs::write(dir.path().join("SVHN/test_32x32.mat"), file(&[5], compressed)).unwrap();
        let host = TestHost::with_dir(dir.path());
        let svhn = host.open::<Svhn>(&[]).unwrap();
        let (values, labels) = all_bytes(&svhn, "train").unwrap();
        assert_eq!(labels, [1, 0, 9, 2, 3]);
        for (n, image) in values.chunks(3072).enumerate() {
            for (i, v) in image.iter().enumerate() {
                assert_eq!(*v, pixel(n, i / 1024, i % 1024 / 32, i % 32), "{n} {i}");
            }
        }
        assert_eq!(all_bytes(&svhn, "test").unwrap().1, [5]);
        assert_eq!(svhn.info().variant, "unrecognised files 5/1");
        assert!(!svhn.info().flip);
        let mark = dir.path().join("SVHN").join(STAND_IN);
        std::fs::write(&mark, "{}").unwrap();
        assert_eq!(host.open::<Svhn>(&[]).unwrap().info().variant, "stand-in 5/1");
        std::fs::remove_file(mark).unwrap();

        assert!(
            host.open::<Svhn>(&[("extra", "true")])
                .unwrap_err()
                .message()
                .contains("extra_32x32.mat")
        );
        std::fs::write(dir.path().join("SVHN/extra_32x32.mat"), file(&[7, 7], compressed)).unwrap();
        let svhn = host.open::<Svhn>(&[("extra", "true")]).unwrap();
        assert_eq!(all_bytes(&svhn, "train").unwrap().1, [1, 0, 9, 2, 3, 7, 7]);
    }
}

/// MATLAB stores numbers in the narrowest type, other programs in the declared one.
#[test]
fn labels_may_be_stored_as_real_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let labels: Vec<u8> = [10.0_f64, 4.0].iter().flat_map(|l| l.to_le_bytes()).collect();
    let content = [
        header(),
        variable("y", &[2, 1], 9, &labels, true),
        variable("X", &[32, 32, 3, 2], 2, &stored_pixels(2), true),
    ]
    .concat();
    std::fs::write(dir.path().join("train_32x32.mat"), &content).unwrap();
    std::fs::write(dir.path().join("test_32x32.mat"), &content).unwrap();
    let svhn = TestHost::with_dir(dir.path()).open::<Svhn>(&[]).unwrap();
    assert_eq!(all_bytes(&svhn, "test").unwrap().1, [0, 4]);
}
