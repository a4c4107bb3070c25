//! tonic's layout and the original one.

use neurotrain_data_dvsgesture::DvsGesture;
use neurotrain_data_files::STAND_IN;
use neurotrain_data_files::testing::TestHost;
use neurotrain_plugin_api::{Dataset, Error, EventBatch, Samples};
use std::path::Path;

fn read(data: &DvsGesture, split: &str, indices: &[u64]) -> Result<(EventBatch, Vec<i64>), Error> {
    match data.read(split, indices)? {
        Samples::Events { events, labels } => Ok((events, labels)),
        _ => panic!("recordings are events"),
    }
}

/// Rows x, y, p, t of 16-bit numbers.
fn npy(events: &[[u16; 4]]) -> Vec<u8> {
    let mut text = format!(
        "{{'descr': '<u2', 'fortran_order': False, 'shape': ({}, 4), }}",
        events.len()
    );
    text.push_str(&" ".repeat(117 - text.len()));
    text.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
    events
        .as_flattened()
        .iter()
        .for_each(|v| out.extend(v.to_le_bytes()));
    out
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn arrays_of_tonic() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("DVSGesture/DVSGesture");
    write(
        &root.join("ibmGestureTrain/user02_led/10.npy"),
        &npy(&[[1, 2, 1, 3], [127, 126, 0, 60_000]]),
    );
    write(
        &root.join("ibmGestureTrain/user01_lab/0.npy"),
        &npy(&[[9, 9, 1, 0]]),
    );
    write(
        &root.join("ibmGestureTest/user24_lab/4.npy"),
        &npy(&[[5, 6, 0, 7]]),
    );
    let data = TestHost::with_dir(dir.path()).open::<DvsGesture>(&[]).unwrap();
    assert_eq!(data.info().variant, "subset 2/1");
    std::fs::write(root.join(STAND_IN), "{}").unwrap();
    assert_eq!(data.info().variant, "stand-in 2/1");
    assert_eq!(data.info().shape, [2, 128, 128]);
    let (events, labels) = read(&data, "train", &[1, 0]).unwrap();
    assert_eq!((labels, events.offsets), (vec![10, 0], vec![0, 2, 3]));
    assert_eq!((events.t, events.x), (vec![3000, 60_000_000, 0], vec![1, 127, 9]));
    write(
        &root.join("ibmGestureTest/user24_lab/11.npy"),
        &npy(&[[5, 6, 0, 7]]),
    );
    let error = TestHost::with_dir(dir.path())
        .open::<DvsGesture>(&[])
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("user24_lab/11.npy is not called after a label"),
        "{error:?}"
    );
}

fn aedat(events: &[(u32, u32, u32, u32)]) -> Vec<u8> {
    let mut out = b"#!AER-DAT3.1\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n".to_vec();
    for packet in events.chunks(3) {
        let n = packet.len() as u32;
        out.extend([1, 0, 1, 0]);
        [8, 4, 0, n, n, n]
            .iter()
            .for_each(|v: &u32| out.extend(v.to_le_bytes()));
        for (t, x, y, p) in packet {
            out.extend((x << 17 | y << 2 | p << 1 | 1).to_le_bytes());
            out.extend(t.to_le_bytes());
        }
    }
    out
}

#[test]
fn original_recordings_are_cut_by_their_labels() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("DvsGesture");
    let events: Vec<_> = (0..40).map(|i| (i * 10, i, 127 - i, i % 2)).collect();
    write(&root.join("user01_led.aedat"), &aedat(&events));
    write(
        &root.join("user01_led_labels.csv"),
        b"class,startTime_usec,endTime_usec\n1,100,200\n11,195,305\n",
    );
    write(&root.join("user24_lab.aedat"), &aedat(&events[..10]));
    write(
        &root.join("user24_lab_labels.csv"),
        b"class,startTime_usec,endTime_usec\n3,0,50\n4,500,900\n",
    );
    write(&root.join("trials_to_train.txt"), b"user01_led.aedat\n\n");
    write(&root.join("trials_to_test.txt"), b"user24_lab.aedat\r\n");
    let host = TestHost::with_dir(dir.path());
    let data = host.open::<DvsGesture>(&[]).unwrap();
    assert_eq!(data.info().variant, "subset 2/2");
    std::fs::write(root.join(STAND_IN), "{}").unwrap();
    assert_eq!(data.info().variant, "stand-in 2/2");
    let (events, labels) = read(&data, "train", &[0, 1]).unwrap();
    assert_eq!(labels, [0, 10]);
    assert_eq!(
        events.t[events.range(0)],
        (10..20).map(|i| i * 10).collect::<Vec<_>>()
    );
    assert_eq!(
        events.t[events.range(1)],
        (20..31).map(|i| i * 10).collect::<Vec<_>>()
    );
    assert_eq!((events.x[0], events.y[0], events.p[1]), (10, 117, 1));
    assert_eq!(read(&data, "test", &[0]).unwrap().1, [2]);
    let error = read(&data, "test", &[1]).unwrap_err();
    assert!(
        error.message().contains("from 500 to 900 µs") && error.message().contains("user24_lab.aedat"),
        "{error:?}"
    );
    std::fs::remove_file(root.join("user24_lab.aedat")).unwrap();
    assert!(
        host.open::<DvsGesture>(&[])
            .unwrap_err()
            .message()
            .contains("user24_lab.aedat")
    );
}

#[test]
fn packed_archives_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("DVSGesture/ibmGestureTrain.tar.gz"), b"x");
    let error = TestHost::with_dir(dir.path())
        .open::<DvsGesture>(&[])
        .unwrap_err();
    assert!(error.message().contains("must be unpacked"), "{error:?}");
}
