//! DAT, a format of Prophesee: lines that start with `%`, a byte for the type of events and one for their size, then
//! pairs of a time in microseconds and column (14 bits), row (14 bits) and polarity, little-endian.

use crate::stream::{EventStream, Recorder, Sensor};
use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::Result;

/// Types of changes of brightness.
const TYPES: [u8; 2] = [0x00, 0x0c];

/// Decodes the content of file `name`.
///
/// # Errors
/// `bad-data` naming the offset.
pub fn decode(name: &str, bytes: &[u8], sensor: Sensor) -> Result<EventStream> {
    let mut cursor = Cursor::new(name, bytes);
    if bytes.first() != Some(&b'%') {
        let hint = "the file is damaged or of another format";
        return Err(cursor
            .fault("does not start with `%`, as a DAT file does")
            .with_hint(hint));
    }
    while cursor.rest().first() == Some(&b'%') {
        cursor.line(b'\n', 1 << 16, "a header line")?;
    }
    let at = cursor.offset();
    let (kind, size) = (cursor.u8("the type of events")?, cursor.u8("the size of events")?);
    if !TYPES.contains(&kind) || size != 8 {
        return Err(cursor.fault_at(
            at,
            format!("events of type {kind} and {size} bytes, which are not read"),
        ));
    }
    let start = cursor.offset();
    let (events, rest) = cursor.rest().as_chunks::<8>();
    if !rest.is_empty() {
        Cursor::at_base(name, rest, bytes.len() - rest.len()).take(8, "an event")?;
    }
    let mut recorder = Recorder::new(name, sensor, events.len());
    for (i, event) in events.iter().enumerate() {
        let [a, b, c, d, place @ ..] = *event;
        let place = u32::from_le_bytes(place);
        let t = u32::from_le_bytes([a, b, c, d]);
        let on = place >> 28 & 1 == 1;
        recorder.push(
            start + i * 8,
            t.into(),
            (place & 0x3fff, place >> 14 & 0x3fff),
            on,
        )?;
    }
    recorder.finish()
}
