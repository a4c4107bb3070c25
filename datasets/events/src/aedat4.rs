//! AEDAT 4.0, the format of DV (iniVation): a header table, then packets of several streams, each packet a FlatBuffers
//! table, compressed or not.

use crate::flatbuffer::Table;
use crate::stream::{EventStream, Recorder, Sensor};
use lz4_flex::frame::FrameDecoder;
use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::{Error, Result};
use ruzstd::decoding::StreamingDecoder;
use std::borrow::Cow;
use std::io::Read;

const MAGIC: &[u8] = b"#!AER-DAT4.0\r\n";
/// A packet that decompresses to more than this holds more events than a camera sends in minutes.
const MAX_PACKET: u64 = 1 << 28;

#[derive(Debug, Clone, Copy)]
enum Compression {
    None,
    Lz4,
    Zstd,
}

/// Decodes the first stream of events (the one with the lowest number) of file `name`; frames, triggers and the
/// readings of the inertial sensor are skipped.
///
/// # Errors
/// `bad-data` naming the offset; within a compressed packet, the offset of the packet and that within it.
pub fn decode(name: &str, bytes: &[u8], sensor: Sensor) -> Result<EventStream> {
    let mut cursor = Cursor::new(name, bytes);
    if !bytes.starts_with(MAGIC) {
        let start = bytes
            .get(..14.min(bytes.len()))
            .unwrap_or_default()
            .escape_ascii();
        return Err(cursor
            .fault(format!("starts with `{start}` instead of `#!AER-DAT4.0`"))
            .with_hint("the file is damaged or of another format"));
    }
    cursor.take(MAGIC.len(), "the first line")?;
    let (compression, table_at) = header(name, &mut cursor)?;
    let end = match usize::try_from(table_at) {
        // Recording was interrupted: there is no table at the end.
        Err(_) | Ok(0) => bytes.len(),
        Ok(at) if at >= cursor.offset() && at <= bytes.len() => {
            check_table(name, at, &bytes[at..], compression)?;
            at
        }
        Ok(at) => {
            return Err(Error::bad_data(format!(
                "{name}: truncated at offset {}: its table should be at offset {at}",
                bytes.len()
            ))
            .with_hint("the copy or download was cut short or is damaged; replace the file"));
        }
    };
    let start = cursor.offset();
    let mut cursor = Cursor::at_base(name, &bytes[start..end], start);
    let mut chosen: Option<(i32, Recorder<'_>)> = None;
    while !cursor.is_at_end() {
        let at = cursor.offset();
        let stream = cursor.i32_le("a packet header")?;
        let size = cursor.u32_le("a packet header")? as usize;
        let stored = cursor.take(size, "a packet")?;
        if chosen.as_ref().is_some_and(|(id, _)| *id < stream) {
            continue;
        }
        let plain = decompress(name, at, stored, compression)?;
        let inside = format!("{name}: in the packet at offset {at}");
        let (table, id) = Table::root(&inside, &plain)?;
        if &id != b"EVTS" {
            continue;
        }
        if chosen.as_ref().is_none_or(|(id, _)| *id > stream) {
            chosen = Some((stream, Recorder::new(name, sensor, 0)));
        }
        if let Some((_, recorder)) = &mut chosen {
            read_events(&table, at, recorder)?;
        }
    }
    match chosen {
        Some((_, recorder)) => recorder.finish(),
        None => Err(Error::bad_data(format!("{name}: holds no stream of events"))),
    }
}

/// The table at the end says where packets lie, which is not needed; but where it is whole, nothing was cut off.
fn check_table(name: &str, at: usize, stored: &[u8], compression: Compression) -> Result<()> {
    if let Compression::Lz4 = compression {
        whole_frame(&mut Cursor::at_base(name, stored, at))?;
    }
    let inside = format!("{name}: in the table at offset {at}");
    let plain = decompress(name, at, stored, compression)?;
    let (_, id) = Table::root(&inside, &plain)?;
    match &id {
        b"FTAB" => Ok(()),
        other => Err(Error::bad_data(format!(
            "{inside}: called `{}` instead of `FTAB`",
            other.escape_ascii()
        ))
        .with_hint("the file is damaged; replace it")),
    }
}

/// Steps over a frame of LZ4 ("LZ4 Frame Format", version 1.6): its decoder does not mind when the end is missing.
fn whole_frame(cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.take(4, "the magic number of LZ4")?;
    let flags = cursor.u8("the flags of LZ4")?;
    let (sized, keyed) = (flags >> 3 & 1 == 1, flags & 1 == 1);
    let rest = 2 + if sized { 8 } else { 0 } + if keyed { 4 } else { 0 };
    cursor.take(rest, "the header of LZ4")?;
    let checksum = if flags >> 4 & 1 == 1 { 4 } else { 0 };
    loop {
        let size = cursor.u32_le("the size of a block of LZ4")? & 0x7fff_ffff;
        if size == 0 {
            break;
        }
        cursor.take(size as usize + checksum, "a block of LZ4")?;
    }
    if flags >> 2 & 1 == 1 {
        cursor.take(4, "the checksum of LZ4")?;
    }
    Ok(())
}

/// Compression, and where the table at the end of the file lies (below 0 when there is none).
fn header(name: &str, cursor: &mut Cursor<'_>) -> Result<(Compression, i64)> {
    let at = cursor.offset();
    let size = cursor.clone().u32_le("the size of the header")? as usize;
    let table = cursor.take(size.saturating_add(4), "the header")?;
    let inside = format!("{name}: in the header at offset {at}");
    let (table, id) = Table::root(&inside, table)?;
    if &id != b"IOHE" {
        return Err(cursor.fault_at(
            at + 8,
            format!("a header called `{}` instead of `IOHE`", id.escape_ascii()),
        ));
    }
    let compression = match table.i32(0, 0)? {
        0 => Compression::None,
        1 | 2 => Compression::Lz4,
        3 | 4 => Compression::Zstd,
        other => return Err(cursor.fault_at(at, format!("unknown compression {other}"))),
    };
    Ok((compression, table.i64(1, -1)?))
}

fn decompress<'a>(
    name: &str,
    at: usize,
    stored: &'a [u8],
    compression: Compression,
) -> Result<Cow<'a, [u8]>> {
    let damaged = |why: String| {
        Error::bad_data(format!(
            "{name}: offset {at}: the compressed data are damaged: {why}"
        ))
        .with_hint("the copy or download was cut short or is damaged; replace the file")
    };
    let mut plain = Vec::new();
    let limit = MAX_PACKET + 1;
    let read = match compression {
        Compression::None => return Ok(Cow::Borrowed(stored)),
        Compression::Lz4 => FrameDecoder::new(stored).take(limit).read_to_end(&mut plain),
        Compression::Zstd => match StreamingDecoder::new(stored) {
            Ok(decoder) => decoder.take(limit).read_to_end(&mut plain),
            Err(e) => return Err(damaged(e.to_string())),
        },
    };
    read.map_err(|e| damaged(e.to_string()))?;
    match plain.len() as u64 > MAX_PACKET {
        true => Err(damaged(format!("it has more than {MAX_PACKET} bytes"))),
        false => Ok(Cow::Owned(plain)),
    }
}

/// An event has 16 bytes: time, column, row, polarity, three bytes of padding.
fn read_events(table: &Table<'_>, packet: usize, recorder: &mut Recorder<'_>) -> Result<()> {
    for event in table.vector::<16>(0)? {
        let [a, b, c, d, e, f, g, h, x0, x1, y0, y1, on, ..] = *event;
        let t = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
        // Negative coordinates become large ones, which are outside of any sensor.
        let (x, y) = (u16::from_le_bytes([x0, x1]), u16::from_le_bytes([y0, y1]));
        recorder.push(packet, t, (x.into(), y.into()), on != 0)?;
    }
    Ok(())
}
