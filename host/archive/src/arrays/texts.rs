//! Arrays of texts.

use hdf5::Dataset;
use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};
use neurotrain_plugin_api::Bundle;

/// Longer texts of fixed length are cut: these are names.
const LONGEST: usize = 256;

/// The joined `texts` and their `lengths` in bytes.
pub(super) fn all(dataset: &Dataset) -> Result<Bundle, String> {
    let fail = |e: hdf5::Error| e.to_string();
    let kind = dataset.dtype().and_then(|t| t.to_descriptor()).map_err(fail)?;
    // The library does not convert between texts of fixed and of any length, nor between character sets.
    let texts: Vec<String> = match kind {
        TypeDescriptor::FixedAscii(_) => {
            strings(&dataset.read_raw::<FixedAscii<LONGEST>>().map_err(fail)?, |t| {
                t.as_bytes()
            })
        }
        TypeDescriptor::FixedUnicode(_) => {
            strings(&dataset.read_raw::<FixedUnicode<LONGEST>>().map_err(fail)?, |t| {
                t.as_bytes()
            })
        }
        TypeDescriptor::VarLenAscii => strings(&dataset.read_raw::<VarLenAscii>().map_err(fail)?, |t| {
            t.as_bytes()
        }),
        TypeDescriptor::VarLenUnicode => strings(&dataset.read_raw::<VarLenUnicode>().map_err(fail)?, |t| {
            t.as_bytes()
        }),
        other => return Err(format!("holds {other} instead of texts")),
    };
    let lengths: Vec<i64> = texts.iter().map(|t| t.len() as i64).collect();
    let mut answer = Bundle::new();
    answer.put_text("texts", &texts.concat());
    answer.put_ints("lengths", &lengths);
    Ok(answer)
}

/// A damaged file may hold bytes that are no UTF-8.
fn strings<T>(texts: &[T], bytes: impl Fn(&T) -> &[u8]) -> Vec<String> {
    texts
        .iter()
        .map(|t| {
            String::from_utf8_lossy(bytes(t))
                .trim_end_matches('\0')
                .to_owned()
        })
        .collect()
}
