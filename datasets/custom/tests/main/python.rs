//! Archives that numpy writes.

use crate::fixture::{bytes, open, reals};
use neurotrain_data_custom::Npz;
use neurotrain_plugin_api::Dataset;
use std::process::Command;

const SCRIPT: &str = r"
import sys
import numpy as np
x = np.arange(12 * 4 * 5, dtype=np.uint8).reshape(12, 4, 5)
y = np.arange(12) % 3
np.savez_compressed(sys.argv[1] + '/packed.npz', x_train=x[:9], y_train=y[:9], x_test=x[9:], y_test=y[9:])
f = (np.arange(24) / 8).reshape(6, 4)
np.savez(sys.argv[1] + '/plain.npz', data=np.asfortranarray(f), target=y[:6].astype(np.uint16))
";

#[test]
fn archives_of_numpy_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new("python3")
        .args(["-c", SCRIPT])
        .arg(dir.path())
        .output();
    if !made.as_ref().is_ok_and(|out| out.status.success()) {
        println!("skipped: no Python with numpy ({made:?})");
        return;
    }
    let packed = open::<Npz>(&dir.path().join("packed.npz"), &[]).unwrap();
    assert_eq!(packed.info().shape, [1, 4, 5]);
    assert_eq!(packed.info().classes, 3);
    let (pixels, labels) = bytes(&packed, "test", &[0, 2]);
    assert_eq!(labels, [0, 2]);
    assert_eq!(pixels[..2], [180, 181]);
    assert_eq!(pixels[20..22], [220, 221]);
    let names = [
        ("x_train", "data".into()),
        ("y_train", "target".into()),
        ("test_fraction", 0.5.into()),
    ];
    let plain = open::<Npz>(&dir.path().join("plain.npz"), &names).unwrap();
    let mut all = [
        reals(&plain, "train", &[0, 1, 2]).0,
        reals(&plain, "test", &[0, 1, 2]).0,
    ]
    .concat();
    all.sort_by(f32::total_cmp);
    assert_eq!(all, (0..24).map(|i| i as f32 / 8.0).collect::<Vec<_>>());
}
