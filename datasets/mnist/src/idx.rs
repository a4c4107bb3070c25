//! The IDX format: a big-endian header (two zero bytes, element type, number of axes, then the length of each
//! axis) followed by the elements in row-major order.

use crate::set::{CLASSES, COLS, ROWS};
use neurotrain_plugin_api::{Error, Result};

/// The images of a file, each `ROWS × COLS` bytes; the content stays as it was read.
#[derive(Debug)]
pub(crate) struct Images {
    content: Vec<u8>,
    /// Number of images.
    pub(crate) count: usize,
}

const IMAGE_MAGIC: u32 = 0x0000_0803;
const LABEL_MAGIC: u32 = 0x0000_0801;
const IMAGE_HEADER: usize = 16;
const LABEL_HEADER: usize = 8;
const IMAGE_SIZE: usize = ROWS * COLS;

impl Images {
    /// Checks the content of image file `name`.
    pub(crate) fn parse(name: &str, content: Vec<u8>) -> Result<Self> {
        let count = check_header(name, &content, IMAGE_MAGIC)?;
        for (offset, axis, wanted) in [(8, "rows", ROWS), (12, "columns", COLS)] {
            let found = word(name, &content, offset)?;
            if found as usize != wanted {
                return Err(Error::bad_data(format!(
                    "{name}: images have {found} {axis} (offset {offset}), but must have {wanted}"
                )));
            }
        }
        check_length(name, &content, IMAGE_HEADER, count, IMAGE_SIZE, "image")?;
        Ok(Images {
            content,
            count: count as usize,
        })
    }

    /// The bytes of image `index`, which must be below `count`.
    pub(crate) fn image(&self, index: usize) -> &[u8] {
        let start = IMAGE_HEADER + index * IMAGE_SIZE;
        &self.content[start..start + IMAGE_SIZE]
    }
}

/// The labels in the content of label file `name`.
pub(crate) fn parse_labels(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    let count = check_header(name, content, LABEL_MAGIC)?;
    check_length(name, content, LABEL_HEADER, count, 1, "label")?;
    let labels = &content[LABEL_HEADER..];
    if let Some(i) = labels.iter().position(|l| usize::from(*l) >= CLASSES) {
        return Err(Error::bad_data(format!(
            "{name}: label {} of item {i} (offset {}) is not below {CLASSES}",
            labels[i],
            LABEL_HEADER + i
        )));
    }
    Ok(labels.to_vec())
}

/// Checks the magic number and returns the number of items.
fn check_header(name: &str, content: &[u8], wanted: u32) -> Result<u32> {
    let magic = word(name, content, 0)?;
    if magic != wanted {
        let remark = match magic {
            IMAGE_MAGIC => "; this is an image file under the name of a label file",
            LABEL_MAGIC => "; this is a label file under the name of an image file",
            _ if magic.swap_bytes() == wanted => "; its bytes are in the wrong order",
            _ => "",
        };
        return Err(Error::bad_data(format!(
            "{name}: magic number 0x{magic:08x} at offset 0 instead of 0x{wanted:08x}{remark}"
        ))
        .with_hint("the file is damaged or not an IDX file; replace it"));
    }
    let count = word(name, content, 4)?;
    if count == 0 {
        return Err(Error::bad_data(format!("{name}: holds 0 items (offset 4)")));
    }
    Ok(count)
}

fn check_length(
    name: &str,
    content: &[u8],
    header: usize,
    count: u32,
    size: usize,
    item: &str,
) -> Result<()> {
    let wanted = header as u64 + u64::from(count) * size as u64;
    let found = content.len() as u64;
    if found < wanted {
        let whole = (found - header as u64) / size as u64;
        return Err(Error::bad_data(format!(
            "{name}: truncated at offset {found}: {count} {item}s (offset 4) take {wanted} bytes, {whole} are there"
        ))
        .with_hint("the copy or download was cut short; replace the file"));
    }
    if found > wanted {
        return Err(Error::bad_data(format!(
            "{name}: {} bytes after the last of {count} {item}s, from offset {wanted} on",
            found - wanted
        )));
    }
    Ok(())
}

/// The big-endian number at `offset`.
fn word(name: &str, content: &[u8], offset: usize) -> Result<u32> {
    match content.get(offset..).and_then(|rest| rest.first_chunk::<4>()) {
        Some(bytes) => Ok(u32::from_be_bytes(*bytes)),
        None => Err(Error::bad_data(format!(
            "{name}: truncated at offset {}: the IDX header wants 4 bytes at offset {offset}",
            content.len()
        ))
        .with_hint("the copy or download was cut short; replace the file")),
    }
}
