//! AEDAT 2.0, the format of jAER: lines that start with `#`, then pairs of an address and a time in microseconds, each
//! four bytes, big-endian.

use crate::stream::{EventStream, Recorder, Sensor};
use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::Result;

/// The sensor whose addresses are known: a DVS128.
pub const SENSOR: Sensor = Sensor {
    width: 128,
    height: 128,
};

/// The lines at the start of a file of the AEDAT family, and where the data begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The lines without `#` and line end.
    pub lines: Vec<String>,
    /// Offset of the first byte after them.
    pub end: usize,
}

/// Longest header line.
const MAX_LINE: usize = 1 << 20;

/// Reads the header of file `name`, which must start with the line `#!AER-DAT` and `version`. It ends before the first
/// line that does not start with `#`.
///
/// # Errors
/// `bad-data` for another start.
pub fn header(name: &str, bytes: &[u8], version: &str) -> Result<Header> {
    let mut cursor = Cursor::new(name, bytes);
    let magic = format!("#!AER-DAT{version}");
    if !bytes.starts_with(magic.as_bytes()) {
        let start = bytes
            .get(..14.min(bytes.len()))
            .unwrap_or_default()
            .escape_ascii();
        return Err(cursor
            .fault(format!("starts with `{start}` instead of `{magic}`"))
            .with_hint("the file is damaged or of another format"));
    }
    let mut lines = Vec::new();
    while cursor.rest().first() == Some(&b'#') {
        let line = cursor.line(b'\n', MAX_LINE, "a header line")?;
        let text = String::from_utf8_lossy(&line[1..]);
        lines.push(text.trim_end().to_owned());
        // The data of AEDAT 3 might start with `#`.
        if text.starts_with("!END-HEADER") {
            break;
        }
    }
    Ok(Header {
        lines,
        end: cursor.offset(),
    })
}

/// Decodes the recording of a DVS128 in file `name`.
///
/// In an address, bit 0 says that it became darker, bits 1 to 7 are the column from the right and bits 8 to 14 the row
/// from the bottom; the stream has columns from the left and rows from the top. Addresses with bit 15 set are special
/// events and left out. (tonic gives the numbers as they are stored, columns and rows exchanged; spikingjelly exchanges
/// them too.)
///
/// # Errors
/// `bad-data` naming the offset.
pub fn decode(name: &str, bytes: &[u8]) -> Result<EventStream> {
    let start = header(name, bytes, "2.0")?.end;
    let (events, rest) = bytes[start..].as_chunks::<8>();
    if !rest.is_empty() {
        Cursor::at_base(name, rest, bytes.len() - rest.len()).take(8, "an event")?;
    }
    let mut recorder = Recorder::new(name, SENSOR, events.len());
    for (i, event) in events.iter().enumerate() {
        let [a, b, c, d, time @ ..] = *event;
        let address = u32::from_be_bytes([a, b, c, d]);
        if address >> 15 & 1 == 1 && address >> 16 == 0 {
            continue;
        }
        let offset = start + i * 8;
        if address >> 15 != 0 {
            return Err(Cursor::new(name, bytes)
                .fault_at(offset, format!("address 0x{address:08x} is not one of a DVS128")));
        }
        let (x, y) = (127 - (address >> 1 & 127), 127 - (address >> 8 & 127));
        recorder.push(offset, u32::from_be_bytes(time).into(), (x, y), address & 1 == 0)?;
    }
    recorder.finish()
}
