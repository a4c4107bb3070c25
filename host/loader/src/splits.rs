//! Which samples belong to training, validation and test.

use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{DatasetInfo, Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// Learned from.
    Train,
    /// Held out for selection and early stopping.
    Validation,
    /// Used once, for the reported result.
    Test,
}

impl Split {
    /// All of them.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// `train`, `validation` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the archive says about a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitInfo {
    /// `train`, `validation` or `test`.
    pub name: String,
    /// The data set's own split that its samples come from.
    pub source: String,
    /// Number of samples.
    pub samples: usize,
    /// SHA-256 of the sample indices in ascending order, each as 64-bit little-endian number, in hexadecimal.
    pub indices_sha256: String,
}

/// The samples of one split: indices into a split of the data set, ascending.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    pub(crate) source: &'static str,
    pub(crate) indices: Vec<u64>,
}

/// All three.
#[derive(Debug)]
pub(crate) struct Splits([Members; 3]);

impl Splits {
    /// Divides the data. Validation samples are the data set's own, or else the first `fraction` of a permutation of
    /// the training samples that depends on the seed and on their number alone.
    pub(crate) fn new(info: &DatasetInfo, fraction: f64, seed: u64) -> Result<Self> {
        let size = |name: &str| info.splits.iter().find(|(n, _)| n == name).map(|(_, n)| *n);
        let all = |source: &'static str, n: usize| Members {
            source,
            indices: (0..n as u64).collect(),
        };
        let train = size("train").filter(|n| *n > 0).ok_or_else(|| {
            Error::bad_data(format!(
                "the data set has no training samples; its splits are {:?}",
                info.splits
            ))
        })?;
        let test = all("test", size("test").unwrap_or(0));
        if let Some(validation) = size("validation") {
            return Ok(Splits([all("train", train), all("validation", validation), test]));
        }
        let held_out = (fraction * train as f64).round() as usize;
        if held_out >= train {
            return Err(Error::new(
                "bad-config",
                format!(
                    "`validation_fraction` {fraction} leaves none of {train} training samples to learn from"
                ),
            )
            .with_hint("use a smaller fraction"));
        }
        let order = Stream::new(seed, "loader.validation", 0).permutation(train);
        let members = |positions: &[usize]| {
            let mut indices: Vec<u64> = positions.iter().map(|i| *i as u64).collect();
            indices.sort_unstable();
            Members {
                source: "train",
                indices,
            }
        };
        Ok(Splits([
            members(&order[held_out..]),
            members(&order[..held_out]),
            test,
        ]))
    }

    pub(crate) fn get(&self, split: Split) -> &Members {
        match split {
            Split::Train => &self.0[0],
            Split::Validation => &self.0[1],
            Split::Test => &self.0[2],
        }
    }

    pub(crate) fn info(&self, split: Split) -> SplitInfo {
        let members = self.get(split);
        let mut hash = Sha256::new();
        for index in &members.indices {
            hash.update(index.to_le_bytes());
        }
        SplitInfo {
            name: split.name().to_owned(),
            source: members.source.to_owned(),
            samples: members.indices.len(),
            indices_sha256: hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn info(splits: &[(&str, usize)]) -> DatasetInfo {
        DatasetInfo {
            splits: splits.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
            ..DatasetInfo::default()
        }
    }

    proptest! {
        #[test]
        fn train_and_validation_cover_the_data_and_share_nothing(
            n in 2_usize..500, fraction in 0.0..0.5_f64, seed: u64,
        ) {
            let splits = Splits::new(&info(&[("train", n), ("test", 3)]), fraction, seed).unwrap();
            let (train, validation) = (splits.get(Split::Train), splits.get(Split::Validation));
            prop_assert_eq!(validation.indices.len(), (fraction * n as f64).round() as usize);
            let mut all: Vec<u64> = train.indices.iter().chain(&validation.indices).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..n as u64).collect::<Vec<_>>());
            prop_assert!(train.indices.is_sorted() && validation.indices.is_sorted());
        }
    }

    #[test]
    fn the_division_depends_on_the_seed_alone() {
        let hash = |seed| {
            let splits = Splits::new(&info(&[("train", 1000), ("test", 10)]), 0.1, seed).unwrap();
            Split::ALL.map(|s| splits.info(s).indices_sha256)
        };
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1)[0], hash(2)[0]);
        assert_ne!(hash(1)[1], hash(2)[1]);
        assert_eq!(hash(1)[2], hash(2)[2]);
    }

    #[test]
    fn an_own_validation_split_is_used_as_it_is() {
        let splits = Splits::new(&info(&[("train", 10), ("validation", 4), ("test", 5)]), 0.5, 1).unwrap();
        assert_eq!(Split::ALL.map(|s| splits.info(s).samples), [10, 4, 5]);
        assert_eq!(splits.info(Split::Validation).source, "validation");
    }

    #[test]
    fn nothing_to_learn_from_is_an_error() {
        assert_eq!(
            Splits::new(&info(&[("test", 5)]), 0.1, 1).unwrap_err().code(),
            "bad-data"
        );
        assert_eq!(
            Splits::new(&info(&[("train", 0)]), 0.1, 1).unwrap_err().code(),
            "bad-data"
        );
        assert_eq!(
            Splits::new(&info(&[("train", 1)]), 0.9, 1).unwrap_err().code(),
            "bad-config"
        );
    }
}
