//! Small files of every format, all with the same events.

use neurotrain_data_events::{EventStream, Sensor, aedat2, aedat3, aedat4, dat, npy};
use neurotrain_plugin_api::Result;
use std::io::Write;

pub(crate) const SENSOR: Sensor = Sensor {
    width: 128,
    height: 128,
};

/// Five events of a DVS128.
pub(crate) fn events() -> EventStream {
    EventStream {
        t: vec![10, 10, 300, 70_000, 8_000_000],
        x: vec![0, 127, 3, 64, 5],
        y: vec![0, 2, 127, 63, 100],
        p: vec![0, 1, 1, 0, 1],
    }
}

fn each() -> Vec<(u32, u32, u32, u32)> {
    let e = events();
    (0..e.len())
        .map(|i| (e.t[i] as u32, e.x[i].into(), e.y[i].into(), e.p[i].into()))
        .collect()
}

pub(crate) fn nmnist() -> Vec<u8> {
    each()
        .into_iter()
        .flat_map(|(t, x, y, p)| {
            [
                x as u8,
                y as u8,
                (p << 7 | t >> 16) as u8,
                (t >> 8) as u8,
                t as u8,
            ]
        })
        .collect()
}

pub(crate) fn aedat2_file() -> Vec<u8> {
    let mut out = b"#!AER-DAT2.0\r\n# This is a raw AE data file\r\n".to_vec();
    for (t, x, y, p) in each() {
        out.extend(((127 - y) << 8 | (127 - x) << 1 | (1 - p)).to_be_bytes());
        out.extend(t.to_be_bytes());
    }
    out
}

pub(crate) fn packet(kind: u16, overflow: u32, events: &[(u32, u32, u32, u32)]) -> Vec<u8> {
    let n = events.len() as u32;
    let mut out = [kind.to_le_bytes(), 1_u16.to_le_bytes()].concat();
    [8, 4, overflow, n, n, n]
        .iter()
        .for_each(|v: &u32| out.extend(v.to_le_bytes()));
    for (t, x, y, p) in events {
        out.extend((x << 17 | y << 2 | p << 1 | 1).to_le_bytes());
        out.extend(t.to_le_bytes());
    }
    out
}

pub(crate) fn aedat3_file() -> Vec<u8> {
    let mut out = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n".to_vec();
    let events = each();
    out.extend(packet(1, 0, &events[..2]));
    out.extend(packet(0, 0, &[(7, 0, 0, 0)]));
    out.extend(packet(1, 0, &events[2..]));
    out
}

/// A table without its size: root offset, identifier, vtable of `fields`, and their values.
fn table(id: &[u8; 4], body: &[u8], vtable: &[u16]) -> Vec<u8> {
    // Layout: root offset, identifier, vtable, table.
    let vtable_len = 4 + 2 * vtable.len();
    let table_at = 8 + vtable_len.next_multiple_of(4);
    let mut out = (table_at as u32).to_le_bytes().to_vec();
    out.extend(id);
    out.extend((vtable_len as u16).to_le_bytes());
    out.extend(64_u16.to_le_bytes());
    vtable.iter().for_each(|f| out.extend(f.to_le_bytes()));
    out.resize(table_at, 0);
    out.extend(((table_at - 8) as i32).to_le_bytes());
    out.extend(body);
    let mut sized = (out.len() as u32).to_le_bytes().to_vec();
    sized.extend(out);
    sized
}

#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Plain,
    Lz4,
    Zstd,
}

pub(crate) fn event_table(events: &[(u32, u32, u32, u32)]) -> Vec<u8> {
    let mut body = 4_u32.to_le_bytes().to_vec();
    body.extend((events.len() as u32).to_le_bytes());
    for (t, x, y, p) in events {
        body.extend(i64::from(*t).to_le_bytes());
        body.extend((*x as u16).to_le_bytes());
        body.extend((*y as u16).to_le_bytes());
        body.extend([*p as u8, 0, 0, 0]);
    }
    table(b"EVTS", &body, &[4])
}

fn compressed(bytes: &[u8], packing: Packing) -> Vec<u8> {
    match packing {
        Packing::Plain => bytes.to_vec(),
        Packing::Lz4 => {
            let mut out = lz4_flex::frame::FrameEncoder::new(Vec::new());
            out.write_all(bytes).unwrap();
            out.finish().unwrap()
        }
        Packing::Zstd => {
            ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
        }
    }
}

/// A recording, with the table at its end that says where packets lie where `whole`.
pub(crate) fn aedat4_file(packing: Packing, whole: bool) -> Vec<u8> {
    let number = match packing {
        Packing::Plain => 0_i32,
        Packing::Lz4 => 1,
        Packing::Zstd => 3,
    };
    // Compression at 4, place of the table at 8; none where it is below 0.
    let start = |table_at: i64| {
        let header = [number.to_le_bytes().as_slice(), &table_at.to_le_bytes()].concat();
        [b"#!AER-DAT4.0\r\n".to_vec(), table(b"IOHE", &header, &[4, 8])].concat()
    };
    let mut out = start(-1);
    let events = each();
    let other = table(b"IMUS", &[], &[]);
    for (stream, content) in [
        (0, event_table(&events[..3])),
        (1, other),
        (2, event_table(&[(1, 1, 1, 1)])),
        (0, event_table(&events[3..])),
    ] {
        let stored = compressed(&content, packing);
        out.extend(i32::to_le_bytes(stream));
        out.extend((stored.len() as u32).to_le_bytes());
        out.extend(stored);
    }
    if whole {
        let head = start(out.len() as i64);
        out[..head.len()].copy_from_slice(&head);
        out.extend(compressed(&table(b"FTAB", &[0; 8], &[4]), packing));
    }
    out
}

pub(crate) fn dat_file() -> Vec<u8> {
    let mut out = b"% Data file containing events.\n% Version 2\n".to_vec();
    out.extend([0, 8]);
    for (t, x, y, p) in each() {
        out.extend(t.to_le_bytes());
        out.extend((p << 28 | y << 14 | x).to_le_bytes());
    }
    out
}

fn npy_header(descr: &str, shape: &str) -> Vec<u8> {
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    text.push_str(&" ".repeat(63 - (10 + text.len()) % 64));
    text.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
    out
}

/// Times are stored in units of 10 µs.
pub(crate) fn npy_file() -> Vec<u8> {
    let mut out = npy_header("<i8", "(5, 4)");
    for (t, x, y, p) in each() {
        [x, y, p, t / 10]
            .iter()
            .for_each(|v| out.extend(i64::from(*v).to_le_bytes()));
    }
    out
}

pub(crate) fn npz_file() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let column = |i: usize| each().into_iter().map(move |(t, x, y, p)| [t, x, y, p][i]);
    for (i, key) in ["t", "x", "y", "p"].iter().enumerate() {
        zip.start_file(format!("{key}.npy"), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&npy_header("<u4", "(5,)")).unwrap();
        column(i).for_each(|v| zip.write_all(&v.to_le_bytes()).unwrap());
    }
    zip.finish().unwrap().into_inner()
}

type Decode = fn(&[u8]) -> Result<EventStream>;

/// Every format: name, file, decoder.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>, Decode)> {
    vec![
        ("nmnist", nmnist(), |b| {
            neurotrain_data_events::nmnist::decode("some/file", b, SENSOR)
        }),
        ("aedat2", aedat2_file(), |b| aedat2::decode("some/file", b)),
        ("aedat3", aedat3_file(), |b| {
            aedat3::decode("some/file", b, SENSOR)
        }),
        ("aedat4", aedat4_file(Packing::Plain, false), |b| {
            aedat4::decode("some/file", b, SENSOR)
        }),
        ("aedat4-lz4", aedat4_file(Packing::Lz4, false), |b| {
            aedat4::decode("some/file", b, SENSOR)
        }),
        ("aedat4-zstd", aedat4_file(Packing::Zstd, false), |b| {
            aedat4::decode("some/file", b, SENSOR)
        }),
        ("whole-aedat4", aedat4_file(Packing::Plain, true), |b| {
            aedat4::decode("some/file", b, SENSOR)
        }),
        ("whole-aedat4-lz4", aedat4_file(Packing::Lz4, true), |b| {
            aedat4::decode("some/file", b, SENSOR)
        }),
        ("whole-aedat4-zstd", aedat4_file(Packing::Zstd, true), |b| {
            aedat4::decode("some/file", b, SENSOR)
        }),
        ("dat", dat_file(), |b| dat::decode("some/file", b, SENSOR)),
        ("npy", npy_file(), |b| npy::decode("some/file", b, SENSOR, 10.0)),
        ("npz", npz_file(), |b| {
            npy::decode_npz("some/file", b, SENSOR, 1.0)
        }),
    ]
}
