//! What each format says, and what it must not say.

use crate::fixture::{SENSOR, aedat2_file, aedat3_file, all, dat_file, events, nmnist, npy_file, packet};
use neurotrain_data_events::gesture::{Gesture, labels};
use neurotrain_data_events::{EventStream, Sensor, aedat2, aedat3, dat, npy};
use neurotrain_plugin_api::{EventBatch, Result};

#[test]
fn every_format_gives_the_events() {
    for (format, file, decode) in all() {
        assert_eq!(decode(&file).unwrap(), events(), "{format}");
    }
}

fn message(result: Result<EventStream>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "bad-data");
    error.message().to_owned()
}

fn decode_nmnist(bytes: &[u8]) -> Result<EventStream> {
    neurotrain_data_events::nmnist::decode(
        "f.bin",
        bytes,
        Sensor {
            width: 34,
            height: 34,
        },
    )
}

#[test]
fn overflows_of_the_clock_add_up() {
    let event = |t: u8, y: u8| [3, y, 0, 0, t];
    let bytes = [
        event(9, 0),
        event(0, 240),
        event(1, 1),
        event(0, 240),
        event(2, 2),
    ]
    .concat();
    assert_eq!(decode_nmnist(&bytes).unwrap().t, [9, 8193, 16386]);
}

#[test]
fn faults_name_file_and_offset() {
    assert!(
        message(decode_nmnist(&[0; 13])).contains("f.bin: truncated at offset 13: an event at offset 10")
    );
    assert!(message(decode_nmnist(&[])).contains("f.bin: holds no events"));
    let late = [[1, 1, 0, 0, 9], [1, 1, 0, 0, 8]].concat();
    assert!(message(decode_nmnist(&late)).contains("offset 5: event 1 is at 8 µs, after one at 9 µs"));
    assert!(
        message(decode_nmnist(&[0, 34, 0, 0, 0]))
            .contains("column 0, row 34, outside of the sensor of 34×34")
    );

    assert!(message(aedat2::decode("f", b"#!AER-DAT3.1\r\n")).contains("instead of `#!AER-DAT2.0`"));
    assert!(message(aedat2::decode("f", b"#!AER-DAT2.0\r\n")).contains("holds no events"));
    let mut far = aedat2_file();
    let at = far.len() - 8;
    far[at] = 1;
    assert!(message(aedat2::decode("f", &far)).contains(&format!("offset {at}: address 0x01")));

    let head = b"#!AER-DAT3.1\r\n#!END-HEADER\r\n".to_vec();
    let mut absurd = [head.clone(), packet(1, 0, &[(1, 1, 1, 1)])].concat();
    absurd[head.len() + 16..head.len() + 28].fill(0xff);
    assert!(message(aedat3::decode("f", &absurd, SENSOR)).contains("truncated"));
    let outside = [head.clone(), packet(1, 0, &[(1, 128, 1, 1)])].concat();
    assert!(message(aedat3::decode("f", &outside, SENSOR)).contains("column 128"));
    let overflown = [head, packet(1, 3, &[(5, 1, 1, 1)])].concat();
    assert_eq!(
        aedat3::decode("f", &overflown, SENSOR).unwrap().t,
        [3 * (1 << 31) + 5]
    );

    assert!(message(dat::decode("f", &nmnist(), SENSOR)).contains("does not start with `%`"));
    let mut other = dat_file();
    let at = other.iter().position(|b| *b == 0).unwrap();
    other[at] = 7;
    assert!(message(dat::decode("f", &other, SENSOR)).contains("events of type 7"));

    let mut wrong = npy_file();
    let at = wrong.len() - 16;
    wrong[at] = 2;
    assert!(message(npy::decode("f", &wrong, SENSOR, 10.0)).contains("event 4 has x 5, y 100, p 2"));
    let text = String::from_utf8_lossy(&npy_file()[..128]).into_owned();
    for (from, to, wanted) in [
        ("<i8", "<c8", "`<c8`"),
        ("(5, 4)", "(5, x)", "`shape`"),
        ("False", "Maybe", "`fortran_order`"),
    ] {
        let at = text.find(from).unwrap() - text.matches('\u{fffd}').count() * 2;
        let mut wrong = npy_file();
        wrong[at..at + to.len()].copy_from_slice(to.as_bytes());
        assert!(
            message(npy::decode("f", &wrong, SENSOR, 10.0)).contains(wanted),
            "{from}"
        );
    }
}

#[test]
fn invalid_events_are_left_out() {
    let mut file = aedat3_file();
    let at = file.len() - 8;
    file[at] &= !1;
    assert_eq!(aedat3::decode("f", &file, SENSOR).unwrap().len(), 4);
}

#[test]
fn gestures_are_read_and_cut_out() {
    let text = "class,startTime_usec,endTime_usec\r\n1,80048239,85092709\n11,10,300\n";
    let gestures = labels("l.csv", text.as_bytes()).unwrap();
    let expected = [
        Gesture {
            class: 0,
            start: 80_048_239,
            end: 85_092_709,
        },
        Gesture {
            class: 10,
            start: 10,
            end: 300,
        },
    ];
    assert_eq!(gestures, expected);
    let cut = events().between(gestures[1].start, gestures[1].end);
    assert_eq!((cut.t, cut.x), (vec![10, 10], vec![0, 127]));
    let message = |text: &str| labels("l.csv", text.as_bytes()).unwrap_err().message().to_owned();
    let head = "class,startTime_usec,endTime_usec\n";
    assert!(message("a,b,c\n").contains("l.csv: line 1"));
    assert!(message(head).contains("no gesture"));
    assert!(message(&format!("{head}1,2\n")).contains("line 2: `1,2` is not three"));
    assert!(message(&format!("{head}12,2,3\n")).contains("class 12"));
    assert!(message(&format!("{head}1,5,5\n")).contains("from 5 to 5"));
}

#[test]
fn recordings_are_put_side_by_side() {
    let mut batch = EventBatch::default();
    events().append_to(&mut batch);
    events().between(0, 11).append_to(&mut batch);
    assert_eq!(batch.offsets, [0, 5, 7]);
    assert_eq!(batch.y[5..], [0, 2]);
}
