//! The python version: pickled dictionaries with a numpy array `data` and a list `labels`.
//!
//! A pickle is a program. This reads the instructions that such files use and builds plain values from them; what a
//! file asks to be called is recorded, never run.

mod machine;

use crate::part::{CLASSES, IMAGE, Part};
use machine::{Machine, Node};
use neurotrain_data_files::Content;
use neurotrain_plugin_api::{Error, Result};

/// Decodes a file of the python version.
///
/// # Errors
/// `bad-data` naming file and, where it is known, offset.
pub(crate) fn decode(file: &Content) -> Result<Part> {
    let machine = Machine::run(&file.name, &file.bytes)?;
    let fault = |what: &str| {
        Error::bad_data(format!("{}: {what}", file.name))
            .with_hint("the file is damaged or not of the python version; replace it")
    };
    let labels = machine
        .entry("labels")
        .ok_or_else(|| fault("has no list `labels`"))?;
    let labels = machine
        .items(labels)
        .ok_or_else(|| fault("`labels` is no list"))?;
    let labels: Vec<u8> = labels
        .iter()
        .enumerate()
        .map(|(i, label)| match machine.node(*label) {
            Node::Int(l) if (0..i64::from(CLASSES)).contains(l) => Ok(*l as u8),
            Node::Int(l) => Err(fault(&format!(
                "label {l} of image {i} is not from 0 to {}",
                CLASSES - 1
            ))),
            _ => Err(fault(&format!("label {i} is no number"))),
        })
        .collect::<Result<_>>()?;
    let data = machine
        .entry("data")
        .ok_or_else(|| fault("has no array `data`"))?;
    let pixels =
        array(&machine, data).ok_or_else(|| fault("`data` is no array of bytes in row-major order"))?;
    if labels.is_empty() || pixels.len() != labels.len() * IMAGE {
        return Err(fault(&format!(
            "`data` has {} bytes, but {} labels ask for {}",
            pixels.len(),
            labels.len(),
            labels.len() * IMAGE
        )));
    }
    Ok(Part {
        pixels: pixels.to_vec(),
        labels,
    })
}

/// The bytes of an array as numpy pickles it: an object with the state (version, shape, element type, whether in
/// column-major order, bytes).
fn array<'a>(machine: &Machine<'a>, value: usize) -> Option<&'a [u8]> {
    let state = machine.items(machine.state(value)?)?;
    let &[_, shape, dtype, fortran, bytes] = state else {
        return None;
    };
    let Node::Bool(false) = machine.node(fortran) else {
        return None;
    };
    let kind = *machine.items(machine.arguments(dtype)?)?.first()?;
    let Node::Bytes(b"u1" | b"|u1" | b"B") = machine.node(kind) else {
        return None;
    };
    let Node::Bytes(bytes) = machine.node(bytes) else {
        return None;
    };
    let mut elements = 1_usize;
    for axis in machine.items(shape)? {
        let Node::Int(n) = machine.node(*axis) else {
            return None;
        };
        elements = elements.checked_mul(usize::try_from(*n).ok()?)?;
    }
    (elements == bytes.len()).then_some(*bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The instructions that Python 2 wrote for the official files.
    pub(crate) fn pickle(labels: &[u8], pixels: &[u8]) -> Vec<u8> {
        let mut out =
            b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05("
                .to_vec();
        labels.iter().for_each(|l| out.extend([b'K', *l]));
        out.extend(b"eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85q\tU\x01bq\n\x87Rq\x0b(K\x01M");
        out.extend((labels.len() as u16).to_le_bytes());
        out.extend(b"M\x00\x0c\x86q\x0ccnumpy\ndtype\nq\rU\x02u1q\x0eK\x00K\x01\x87q\x0fRq\x10(K\x03U\x01|q\x11NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x12b\x89T");
        out.extend((pixels.len() as u32).to_le_bytes());
        out.extend(pixels);
        out.extend(b"q\x13tq\x14bU\tfilenamesq\x15]q\x16(U\x05a.pngq\x17U\x05b.pngq\x18eu.");
        out
    }

    fn file(bytes: Vec<u8>) -> Content {
        Content {
            name: "data_batch_1".into(),
            bytes,
        }
    }

    fn small() -> (Vec<u8>, Vec<u8>) {
        let pixels: Vec<u8> = (0..2 * IMAGE).map(|i| (i * 7 % 251) as u8).collect();
        (pickle(&[3, 9], &pixels), pixels)
    }

    #[test]
    fn an_official_file_is_read() {
        let (bytes, pixels) = small();
        assert_eq!(
            decode(&file(bytes)).unwrap(),
            Part {
                pixels,
                labels: vec![3, 9]
            }
        );
    }

    #[test]
    fn faults_are_named() {
        let (_, pixels) = small();
        let message = |bytes| decode(&file(bytes)).unwrap_err().message().to_owned();
        assert!(message(pickle(&[3, 10], &pixels)).contains("label 10 of image 1"));
        assert!(message(pickle(&[3, 1, 2], &pixels)).contains("no array of bytes"));
        assert!(message(b"\x80\x02}.".to_vec()).contains("no list `labels`"));
        assert!(message(b"\x80\x02]]e.".to_vec()).contains("offset 4"));
        assert!(message(b"cos\nsystem\n(U\x04evilR.".to_vec()).contains("data_batch_1"));
    }

    #[test]
    fn every_truncation_is_an_error() {
        let (bytes, _) = small();
        for end in (0..300).chain(bytes.len() - 100..bytes.len()) {
            assert_eq!(
                decode(&file(bytes[..end].to_vec())).unwrap_err().code(),
                "bad-data",
                "{end}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&file(bytes));
        }

        #[test]
        fn flipped_bits_never_panic(at in 0_usize..330, bit in 0_u8..8) {
            let (mut bytes, _) = small();
            bytes[at] ^= 1 << bit;
            let _ = decode(&file(bytes));
        }
    }
}
