//! AEDAT 3.1, the format of cAER: header lines, then packets of events of one kind, little-endian.

use crate::aedat2::header;
use crate::stream::{EventStream, Recorder, Sensor};
use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::Result;
use std::ops::Range;

/// The kind of packet that holds changes of brightness; others are skipped.
const POLARITY: u16 = 1;

/// Decodes the content of file `name`. Events that are marked as invalid are left out.
///
/// # Errors
/// `bad-data` naming the offset.
pub fn decode(name: &str, bytes: &[u8], sensor: Sensor) -> Result<EventStream> {
    decode_between(name, bytes, sensor, i64::MIN..i64::MAX)
}

/// Decodes the events of file `name` whose times lie in `window`. Packets outside of it are stepped over, so that a
/// part of a long recording costs little.
///
/// # Errors
/// `bad-data` naming the offset, also when no event lies in the window.
pub fn decode_between(name: &str, bytes: &[u8], sensor: Sensor, window: Range<i64>) -> Result<EventStream> {
    let start = header(name, bytes, "3.1")?.end;
    let mut cursor = Cursor::at_base(name, &bytes[start..], start);
    let mut recorder = Recorder::new(name, sensor, 0);
    while !cursor.is_at_end() {
        let at = cursor.offset();
        let kind = cursor.u16_le("a packet header")?;
        let _source = cursor.u16_le("a packet header")?;
        let size = cursor.u32_le("a packet header")? as usize;
        let _time_at = cursor.u32_le("a packet header")?;
        let overflow = cursor.u32_le("a packet header")?;
        let capacity = cursor.u32_le("a packet header")? as usize;
        let number = cursor.u32_le("a packet header")? as usize;
        let valid = cursor.u32_le("a packet header")? as usize;
        let body_at = cursor.offset();
        let Some(bytes) = size
            .checked_mul(capacity)
            .filter(|_| valid <= number && number <= capacity)
        else {
            return Err(cursor.fault_at(
                at,
                format!("a packet of {capacity} places with {number} events, {valid} of them valid"),
            ));
        };
        let body = cursor.take(bytes, "a packet of events")?;
        if kind != POLARITY {
            continue;
        }
        if size != 8 {
            return Err(cursor.fault_at(at, format!("polarity events of {size} bytes instead of 8")));
        }
        if overflow > i32::MAX as u32 {
            return Err(cursor.fault_at(at, format!("the clock has overflowed {overflow} times")));
        }
        let events = &body.as_chunks::<8>().0[..number];
        let outside = |event: Option<&[u8; 8]>, test: fn(i64, &Range<i64>) -> bool| {
            event.is_some_and(|[_, _, _, _, time @ ..]| {
                let time = i64::from(u32::from_le_bytes(*time));
                time <= i32::MAX.into() && test(i64::from(overflow) << 31 | time, &window)
            })
        };
        if outside(events.last(), |t, w| t < w.start) || outside(events.first(), |t, w| t >= w.end) {
            continue;
        }
        for (i, event) in events.iter().enumerate() {
            let [a, b, c, d, time @ ..] = *event;
            let data = u32::from_le_bytes([a, b, c, d]);
            if data & 1 == 0 {
                continue;
            }
            let time = u32::from_le_bytes(time);
            if time > i32::MAX as u32 {
                return Err(cursor.fault_at(body_at + i * 8, format!("a negative time, 0x{time:08x}")));
            }
            let t = i64::from(overflow) << 31 | i64::from(time);
            if !window.contains(&t) {
                continue;
            }
            recorder.push(
                body_at + i * 8,
                t,
                (data >> 17, data >> 2 & 0x7fff),
                data >> 1 & 1 == 1,
            )?;
        }
    }
    recorder.finish()
}
