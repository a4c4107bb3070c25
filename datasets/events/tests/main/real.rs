//! Real recordings of the reference data, with the counts and values that are known of them.

use neurotrain_data_events::{Sensor, aedat2, aedat4, dat, nmnist};
use neurotrain_data_files::testing::shared_data;
use std::path::PathBuf;

fn samples() -> Option<PathBuf> {
    shared_data(env!("CARGO_MANIFEST_DIR")).map(|data| data.join("event-samples"))
}

#[test]
fn aedat4_of_a_dvxplorer() {
    let Some(dir) = samples() else { return };
    let bytes = std::fs::read(dir.join("sample.aedat4")).unwrap();
    let events = aedat4::decode(
        "sample.aedat4",
        &bytes,
        Sensor {
            width: 320,
            height: 240,
        },
    )
    .unwrap();
    assert_eq!(events.len(), 111_954);
    let at = |i: usize| (events.t[i], events.x[i], events.y[i], events.p[i]);
    assert_eq!(at(0), (1_605_537_493_718_345, 154, 204, 0));
    assert_eq!(at(events.len() - 1), (1_605_537_494_308_262, 88, 237, 1));
    let error = aedat4::decode(
        "f",
        &bytes,
        Sensor {
            width: 128,
            height: 128,
        },
    )
    .unwrap_err();
    assert!(error.message().contains("column 154, row 204"), "{error:?}");
    // All events lie before the table at the end (offset 945,243), but a cut table is a cut file.
    for end in (0..945_243)
        .step_by(9973)
        .chain((945_243..949_253).step_by(397))
        .chain(949_240..949_253)
    {
        assert!(
            aedat4::decode(
                "f",
                &bytes[..end],
                Sensor {
                    width: 320,
                    height: 240
                }
            )
            .is_err(),
            "{end}"
        );
    }
}

#[test]
fn nmnist_of_an_atis() {
    let Some(dir) = samples() else { return };
    let bytes = std::fs::read(dir.join("sample_nmnist.bin")).unwrap();
    let events = nmnist::decode("sample_nmnist.bin", &bytes, nmnist::SENSOR).unwrap();
    assert_eq!(events.len(), 4325);
    assert_eq!((events.t[0], events.t[4324]), (654, 311_175));
}

#[test]
fn dat_of_an_atis() {
    let Some(dir) = samples() else { return };
    let bytes = std::fs::read(dir.join("sample_ncars.dat")).unwrap();
    let events = dat::decode(
        "sample_ncars.dat",
        &bytes,
        Sensor {
            width: 120,
            height: 100,
        },
    )
    .unwrap();
    assert_eq!(events.len(), 2009);
    assert_eq!((events.t[0], events.t[2008]), (0, 99_952));
    assert_eq!(
        (events.x[1], events.y[1], events.p[1], events.p[2]),
        (67, 35, 0, 1)
    );
}

#[test]
fn the_header_of_jaer() {
    let Some(dir) = samples() else { return };
    let bytes = std::fs::read(dir.join("sample_aedat_header.aedat")).unwrap();
    let header = aedat2::header("f", &bytes, "2.0").unwrap();
    assert_eq!(header.end, bytes.len());
    assert_eq!(header.lines[0], "!AER-DAT2.0");
    assert!(header.lines.iter().any(|l| l.contains("Davis346red")));
    assert!(
        aedat2::decode("f", &bytes)
            .unwrap_err()
            .message()
            .contains("holds no events")
    );
}

/// Clips of DVS128 Gesture in the event layout of N-MNIST.
#[test]
fn gesture_clips() {
    let Some(data) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let mut counts = Vec::new();
    for clip in 1..=10 {
        let name = format!("dvsgesture-10/{clip}.bs2");
        let bytes = std::fs::read(data.join(&name)).unwrap();
        let events = nmnist::decode(&name, &bytes, aedat2::SENSOR).unwrap();
        assert!(
            events.t[0] >= 0 && *events.t.last().unwrap() <= 1_450_000,
            "{name}"
        );
        counts.push(events.len());
    }
    assert_eq!(*counts.iter().min().unwrap(), 63_471);
    assert_eq!(*counts.iter().max().unwrap(), 181_179);
}
