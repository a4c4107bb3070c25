//! The data set `digits` (E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
//! Learning Repository, 1998; its test part, as scikit-learn distributes it).

use crate::csv::{CLASSES, PIXELS, Table, WHITE};
use neurotrain_data_files::{gunzip, sha256, split_of};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, FileInfo, Paper, Result, Samples, coding_params,
};

const FILE: &[u8] = include_bytes!("../data/digits.csv.gz");
const NAME: &str = "bundled/digits.csv.gz";
/// A bound on its decompressed size.
const MAX_BYTES: u64 = 1 << 20;

/// Samples of the training split: the first four fifths of the file. The rest, its last 360 samples, is the test
/// split.
///
/// The data has no official division. Samples of one writer stand together in the file, so that a split in file order
/// tests mostly on writers that were not seen in training; one that picks every fifth sample would not (a
/// nearest-neighbour classifier reaches 95.6 % and 99.2 %).
pub(crate) const TRAIN: usize = 1437;

/// UCI handwritten digits.
#[derive(Debug)]
pub struct Digits {
    table: Table,
    mean: f64,
    std: f64,
}

impl Digits {
    fn decode() -> Result<Self> {
        let text = String::from_utf8(gunzip(NAME, FILE, MAX_BYTES)?)
            .map_err(|e| Error::bad_data(format!("{NAME}: no text: {e}")))?;
        let table = Table::parse(NAME, &text)?;
        let train = table.pixels.get(..TRAIN * PIXELS).unwrap_or_default();
        let values = || train.iter().map(|v| f64::from(*v) / f64::from(WHITE));
        let n = train.len().max(1) as f64;
        let mean = values().sum::<f64>() / n;
        let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        Ok(Digits {
            table,
            mean,
            std: variance.sqrt(),
        })
    }

    fn sizes(&self) -> [(&'static str, usize); 2] {
        let samples = self.table.labels.len();
        [
            ("train", TRAIN.min(samples)),
            ("test", samples.saturating_sub(TRAIN)),
        ]
    }
}

impl Dataset for Digits {
    const KEY: &'static str = "digits";

    fn manifest() -> Component {
        let mut component = Component::new(
            Self::KEY,
            "UCI handwritten digits",
            "handwritten digits, 1797 images of 8×8 grey levels, ten classes; bundled, for quick runs",
        )
        .networks(&["fc", "rec", "conv"])
        .docs(include_str!("../README.md"))
        .paper(Paper {
            title: "Optical Recognition of Handwritten Digits".into(),
            year: 1998,
            doi: "10.24432/C50P49".into(),
            ..Paper::default()
        });
        component.params = coding_params(10, "rate");
        component
    }

    fn open(_: &Config, _: &Ctx) -> Result<Self> {
        Digits::decode()
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "image".into(),
            shape: vec![1, 8, 8],
            classes: usize::from(CLASSES),
            class_names: (0..CLASSES).map(|c| c.to_string()).collect(),
            splits: self.sizes().map(|(name, n)| (name.to_owned(), n)).to_vec(),
            scale: 1.0 / f64::from(WHITE),
            mean: vec![self.mean],
            std: vec![self.std],
            files: vec![FileInfo {
                name: NAME.into(),
                bytes: FILE.len() as u64,
                sha256: sha256(FILE),
            }],
            variant: String::new(),
            attribution:
                "Optical Recognition of Handwritten Digits: E. Alpaydin and C. Kaynak, UCI Machine Learning \
                          Repository, CC BY 4.0"
                    .into(),
            flip: false,
            crop_padding: 1,
            rate_from_standardised: false,
            ..DatasetInfo::default()
        }
    }

    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let start = match split_of(Self::KEY, &self.sizes(), split, indices)? {
            0 => 0,
            _ => TRAIN,
        };
        let mut values = Vec::with_capacity(indices.len() * PIXELS);
        let mut labels = Vec::with_capacity(indices.len());
        for index in indices {
            let at = start + *index as usize;
            values.extend_from_slice(&self.table.pixels[at * PIXELS..(at + 1) * PIXELS]);
            labels.push(i64::from(self.table.labels[at]));
        }
        Ok(Samples::Bytes { values, labels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(digits: &Digits, split: &str) -> (Vec<u8>, Vec<i64>) {
        let size = digits
            .info()
            .splits
            .iter()
            .find(|(name, _)| name == split)
            .unwrap()
            .1;
        match digits.read(split, &(0..size as u64).collect::<Vec<_>>()).unwrap() {
            Samples::Bytes { values, labels } => (values, labels),
            _ => panic!("digits are bytes"),
        }
    }

    fn histogram(labels: &[i64]) -> [usize; 10] {
        let mut counts = [0; 10];
        labels.iter().for_each(|l| counts[*l as usize] += 1);
        counts
    }

    #[test]
    fn known_facts_of_the_data() {
        let digits = Digits::decode().unwrap();
        let (train, train_labels) = all(&digits, "train");
        let (test, test_labels) = all(&digits, "test");
        assert_eq!((train_labels.len(), test_labels.len()), (1437, 360));
        assert_eq!(train.len() + test.len(), 1797 * 64);
        let labels = [train_labels.clone(), test_labels.clone()].concat();
        assert_eq!(
            histogram(&labels),
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        );
        assert_eq!(histogram(&test_labels), [35, 36, 35, 37, 37, 37, 37, 36, 33, 37]);
        assert_eq!(labels[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
        assert_eq!(train[..16], [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
        let info = digits.info();
        assert!((info.mean[0] - 0.305_386).abs() < 1e-6 && (info.std[0] - 0.375_507).abs() < 1e-6);
        assert_eq!(info.files[0].bytes, 57_523);
        assert!(info.files[0].sha256.starts_with("09f66e6d"));
    }

    /// A wrong order of pixels, labels or samples would not reach this.
    #[test]
    fn nearest_neighbours_recognise_the_test_split() {
        let digits = Digits::decode().unwrap();
        let (train, train_labels) = all(&digits, "train");
        let (test, test_labels) = all(&digits, "test");
        let distance = |a: &[u8], b: &[u8]| -> u32 {
            a.iter()
                .zip(b)
                .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
                .sum()
        };
        let right = test
            .chunks(64)
            .zip(&test_labels)
            .filter(|(image, label)| {
                let nearest = train
                    .chunks(64)
                    .zip(&train_labels)
                    .min_by_key(|(other, _)| distance(image, other))
                    .unwrap();
                nearest.1 == *label
            })
            .count();
        assert_eq!(right, 344);
    }

    #[test]
    fn bad_requests_are_refused() {
        let digits = Digits::decode().unwrap();
        assert!(
            digits
                .read("validation", &[0])
                .unwrap_err()
                .message()
                .contains("`validation`")
        );
        assert!(
            digits
                .read("test", &[360])
                .unwrap_err()
                .message()
                .contains("no sample 360")
        );
        assert!(digits.read("train", &[u64::MAX]).is_err());
        assert_eq!(
            digits.read("train", &[]).unwrap(),
            Samples::Bytes {
                values: vec![],
                labels: vec![]
            }
        );
    }

    #[test]
    fn samples_come_in_the_order_asked_for() {
        let digits = Digits::decode().unwrap();
        match digits.read("train", &[3, 1, 3]).unwrap() {
            Samples::Bytes { values, labels } => {
                assert_eq!(labels, [3, 1, 3]);
                assert_eq!(values[..64], values[128..]);
            }
            _ => panic!("digits are bytes"),
        }
    }
}
