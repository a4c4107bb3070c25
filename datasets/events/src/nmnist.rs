//! The format of N-MNIST and N-Caltech101 (Orchard, Jayawant, Cohen and Thakor, Frontiers in Neuroscience 9:437, 2015):
//! five bytes per event, big-endian: column, row, polarity in the top bit, and a time of 23 bits.

use crate::stream::{EventStream, Recorder, Sensor};
use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::Result;

/// The part of the ATIS sensor that saw the digits of N-MNIST.
pub const SENSOR: Sensor = Sensor {
    width: 34,
    height: 34,
};

/// Bytes of an event.
const EVENT: usize = 5;
/// An event at this row says that the clock has overflowed, and nothing else.
const OVERFLOW: u8 = 240;
/// By how much, in microseconds.
const OVERFLOW_STEP: i64 = 1 << 13;

/// Decodes the content of file `name`.
///
/// # Errors
/// `bad-data` naming the offset.
pub fn decode(name: &str, bytes: &[u8], sensor: Sensor) -> Result<EventStream> {
    let (events, rest) = bytes.as_chunks::<EVENT>();
    if !rest.is_empty() {
        let mut cursor = Cursor::at_base(name, rest, bytes.len() - rest.len());
        cursor.take(EVENT, "an event")?;
    }
    let mut recorder = Recorder::new(name, sensor, events.len());
    let mut overflow = 0;
    for (i, [x, y, high, middle, low]) in events.iter().enumerate() {
        if *y == OVERFLOW {
            overflow += OVERFLOW_STEP;
            continue;
        }
        let t = i64::from(u32::from_be_bytes([0, high & 127, *middle, *low])) + overflow;
        recorder.push(i * EVENT, t, ((*x).into(), (*y).into()), high >> 7 == 1)?;
    }
    recorder.finish()
}
