//! The binary version: records of a label and the 3072 bytes of an image.

use crate::part::{CLASSES, IMAGE, Part};
use neurotrain_data_files::Content;
use neurotrain_plugin_api::{Error, Result};

/// Bytes of a record.
pub(crate) const RECORD: usize = 1 + IMAGE;

/// Decodes a file of whole records.
///
/// # Errors
/// `bad-data` naming file and offset.
pub(crate) fn decode(file: &Content) -> Result<Part> {
    let (name, bytes) = (&file.name, &file.bytes);
    if bytes.is_empty() {
        return Err(Error::bad_data(format!("{name}: is empty")));
    }
    let rest = bytes.len() % RECORD;
    if rest != 0 {
        return Err(Error::bad_data(format!(
            "{name}: truncated at offset {}: {} whole records of {RECORD} bytes, then {rest} bytes",
            bytes.len(),
            bytes.len() / RECORD
        ))
        .with_hint("the copy or download was cut short; replace the file"));
    }
    let mut part = Part {
        pixels: Vec::with_capacity(bytes.len()),
        labels: Vec::with_capacity(bytes.len() / RECORD),
    };
    for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
        let (label, image) = (record[0], &record[1..]);
        if label >= CLASSES {
            return Err(Error::bad_data(format!(
                "{name}: label {label} of image {i} (offset {}) is not below {CLASSES}",
                i * RECORD
            ))
            .with_hint("the file is damaged or not of the binary version; replace it"));
        }
        part.labels.push(label);
        part.pixels.extend_from_slice(image);
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(bytes: Vec<u8>) -> Content {
        Content {
            name: "data_batch_1.bin".into(),
            bytes,
        }
    }

    #[test]
    fn faults_are_named_by_offset() {
        let mut two = vec![0; 2 * RECORD];
        two[RECORD] = 9;
        two[RECORD + 1] = 77;
        let part = decode(&file(two.clone())).unwrap();
        assert_eq!((part.labels, part.pixels[IMAGE]), (vec![0, 9], 77));
        two[RECORD] = 10;
        let message = |bytes| decode(&file(bytes)).unwrap_err().message().to_owned();
        assert!(message(two.clone()).contains("label 10 of image 1 (offset 3073)"));
        two.pop();
        assert!(message(two).contains("truncated at offset 6145: 1 whole records"));
        assert!(message(Vec::new()).contains("is empty"));
    }

    proptest! {
        #[test]
        fn a_changed_file_is_read_whole_or_refused(
            cut in 0..=2 * RECORD,
            flips in prop::collection::vec((0..2 * RECORD, any::<u8>()), 0..4),
        ) {
            let mut bytes = vec![0; 2 * RECORD];
            bytes.truncate(cut);
            flips.iter().filter(|(at, _)| *at < cut).for_each(|(at, v)| bytes[*at] = *v);
            match decode(&file(bytes)) {
                Ok(part) => {
                    prop_assert_eq!(part.labels.len() * RECORD, cut);
                    prop_assert!(part.labels.iter().all(|l| *l < CLASSES));
                }
                Err(error) => prop_assert!(error.message().contains("data_batch_1.bin")),
            }
        }
    }
}
