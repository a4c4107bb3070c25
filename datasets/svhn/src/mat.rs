//! MAT-files of version 5 ("MAT-File Format", The MathWorks): a header of 128 bytes, then elements, each with a tag that
//! says type and size. A variable is an element of its own or one compressed with zlib.

use flate2::read::ZlibDecoder;
use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::{Error, Result};
use std::io::Read;

/// A numeric array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Array {
    pub(crate) name: String,
    pub(crate) dims: Vec<usize>,
    /// Elements in column-major order: the first axis is the fastest.
    pub(crate) values: Vec<u8>,
}

const COMPRESSED: u32 = 15;
const MATRIX: u32 = 14;
const HEADER: usize = 128;
/// Bytes of the tag of an element.
const TAG: u64 = 8;

/// The arrays of whole numbers below 256 in `bytes`, the content of file `name`.
///
/// # Errors
/// `bad-data` naming the offset; within a compressed variable, the offset of the variable and that within it.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Vec<Array>> {
    let mut cursor = Cursor::new(name, bytes);
    let header = cursor.take(HEADER, "the header of a MAT-file")?;
    match &header[124..] {
        [0, 1, b'I', b'M'] => {}
        [1, 0, b'M', b'I'] => return Err(cursor.fault_at(124, "a big-endian MAT-file, which is not read")),
        _ => {
            let hint = "the file is damaged, or of another version (version 7.3 is HDF5); replace it";
            return Err(cursor
                .fault_at(124, "not a MAT-file of version 5")
                .with_hint(hint));
        }
    }
    let mut arrays = Vec::new();
    while !cursor.is_at_end() {
        let start = cursor.offset();
        let (kind, body) = element(&mut cursor, false)?;
        match kind {
            COMPRESSED => {
                let inner_name = format!("{name}: in the variable at offset {start}");
                let plain = inflate(name, start, body)?;
                let mut inner = Cursor::new(&inner_name, &plain);
                let (kind, body) = element(&mut inner, false)?;
                if kind != MATRIX {
                    return Err(inner.fault_at(
                        0,
                        format!("a compressed element of type {kind} instead of an array"),
                    ));
                }
                arrays.push(matrix(&inner_name, body, 8)?);
            }
            MATRIX => arrays.push(matrix(name, body, start + 8)?),
            other => {
                return Err(
                    cursor.fault_at(start, format!("an element of type {other} instead of a variable"))
                );
            }
        }
    }
    Ok(arrays)
}

/// Decompresses a variable. Its own tag says how long it is, so that no more is kept.
fn inflate(name: &str, start: usize, stored: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    let mut decoder = ZlibDecoder::new(stored);
    let mut read = (&mut decoder).take(TAG).read_to_end(&mut plain);
    if let (Ok(_), Some([_, _, _, _, size @ ..])) = (&read, plain.first_chunk::<8>()) {
        // With room for padding; reading up to the end checks the checksum.
        let size = u64::from(u32::from_le_bytes(*size)) + TAG;
        read = (&mut decoder).take(size).read_to_end(&mut plain);
    }
    if let Err(e) = read {
        return Err(Error::bad_data(format!(
            "{name}: offset {start}: compressed data damaged near offset {} (after {} decompressed bytes): {e}",
            start + 8 + decoder.total_in() as usize,
            plain.len()
        ))
        .with_hint("the copy or download was cut short or is damaged; replace the file"));
    }
    Ok(plain)
}

/// The type and content of the next element. Within an array elements are padded to eight bytes.
fn element<'a>(cursor: &mut Cursor<'a>, padded: bool) -> Result<(u32, &'a [u8])> {
    let tag = cursor.u32_le("the type of an element")?;
    // A small element has its length in the upper half of the type, and its content in place of a length.
    if tag >> 16 != 0 {
        let size = (tag >> 16) as usize;
        if size > 4 {
            return Err(cursor.fault_at(cursor.offset() - 4, format!("a small element of {size} bytes")));
        }
        let content = cursor.take(4, "a small element")?;
        return Ok((tag & 0xffff, &content[..size]));
    }
    let size = cursor.u32_le("the size of an element")? as usize;
    let content = cursor.take(size, "an element")?;
    if padded {
        let padding = size.next_multiple_of(8) - size;
        cursor.take(padding.min(cursor.rest().len()), "padding")?;
    }
    Ok((tag, content))
}

fn matrix(name: &str, body: &[u8], base: usize) -> Result<Array> {
    let mut cursor = Cursor::at_base(name, body, base);
    let (_, flags) = element(&mut cursor, true)?;
    // Classes 6 to 15 are the numeric ones; bit 3 of the second byte says complex.
    match flags {
        [6..=15, flags, ..] if flags & 8 == 0 => {}
        _ => return Err(cursor.fault_at(base, "not a real numeric array")),
    }
    let at = cursor.offset();
    let (kind, dims) = element(&mut cursor, true)?;
    let (dims, rest) = dims.as_chunks::<4>();
    if kind != 5 || dims.len() < 2 || dims.len() > 8 || !rest.is_empty() {
        return Err(cursor.fault_at(at, "an array without dimensions"));
    }
    let sizes: Option<Vec<usize>> = dims
        .iter()
        .map(|d| usize::try_from(i32::from_le_bytes(*d)).ok())
        .collect();
    let elements = |s: &Vec<usize>| s.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
    let Some((dims, elements)) = sizes.and_then(|s| elements(&s).map(|n| (s, n))) else {
        return Err(cursor.fault_at(at, "dimensions that are negative or too large"));
    };
    let (_, text) = element(&mut cursor, true)?;
    let variable = String::from_utf8_lossy(text).into_owned();
    let at = cursor.offset();
    let (kind, data) = element(&mut cursor, true)?;
    let values =
        numbers(kind, data).map_err(|why| cursor.fault_at(at, format!("array `{variable}`: {why}")))?;
    if values.len() != elements {
        return Err(cursor.fault_at(
            at,
            format!(
                "array `{variable}` of size {dims:?} takes {elements} values, {} are there",
                values.len()
            ),
        ));
    }
    Ok(Array {
        name: variable,
        dims,
        values,
    })
}

/// Whole numbers from 0 to 255, in whatever type MATLAB stored them.
fn numbers(kind: u32, data: &[u8]) -> Result<Vec<u8>, String> {
    fn each<const N: usize>(data: &[u8], to_f64: impl Fn([u8; N]) -> f64) -> Result<Vec<u8>, String> {
        let (values, rest) = data.as_chunks::<N>();
        if !rest.is_empty() {
            return Err(format!("{} bytes for elements of {N}", data.len()));
        }
        let small = |(i, v): (usize, &[u8; N])| {
            let v = to_f64(*v);
            let whole = v.fract() == 0.0 && (0.0..256.0).contains(&v);
            whole
                .then_some(v as u8)
                .ok_or_else(|| format!("value {i} is {v}, not a whole number below 256"))
        };
        values.iter().enumerate().map(small).collect()
    }
    match kind {
        2 => Ok(data.to_vec()),
        1 => each(data, |b| i8::from_le_bytes(b).into()),
        3 => each(data, |b| i16::from_le_bytes(b).into()),
        4 => each(data, |b| u16::from_le_bytes(b).into()),
        5 => each(data, |b| i32::from_le_bytes(b).into()),
        6 => each(data, |b| u32::from_le_bytes(b).into()),
        7 => each(data, |b| f32::from_le_bytes(b).into()),
        9 => each(data, f64::from_le_bytes),
        12 => each(data, |b| i64::from_le_bytes(b) as f64),
        13 => each(data, |b| u64::from_le_bytes(b) as f64),
        other => Err(format!("element type {other} is not numeric")),
    }
}
