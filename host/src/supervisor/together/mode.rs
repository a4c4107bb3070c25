//! How a supervisor shares a campaign with others.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What a supervisor takes of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything; nobody else takes part.
    Alone,
    /// A fixed part.
    Part(Shard),
    /// Whatever nobody else has, of everything or of a part.
    Shared(Option<Shard>),
}

/// One of several parts of a campaign: every `of`-th run, so that parts have equal sizes and each has runs of every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1, as the elements of a job array are counted.
    pub index: usize,
    /// How many parts there are.
    pub of: usize,
}

/// The wishes of the user.
#[derive(Debug, Clone)]
pub(crate) struct SharingOptions {
    /// What is taken.
    pub(crate) mode: Mode,
    /// Name of this supervisor for the others.
    pub(crate) worker: String,
    /// Time without a sign of life after which others may take over.
    pub(crate) timeout: Duration,
    /// Whether runs of others are waited for.
    pub(crate) wait: bool,
    /// Whether runs are started at all.
    pub(crate) start: bool,
    /// Whether runs that failed before are done again.
    pub(crate) retry_failed: bool,
}

impl Mode {
    /// The part that is taken.
    pub(crate) fn shard(self) -> Option<Shard> {
        match self {
            Mode::Alone => None,
            Mode::Part(shard) => Some(shard),
            Mode::Shared(shard) => shard,
        }
    }

    /// Whether runs are taken one by one.
    pub(crate) fn is_shared(self) -> bool {
        matches!(self, Mode::Shared(_))
    }
}

impl Shard {
    /// Whether the thing at `place` (from 0) of a list belongs to it.
    pub(crate) fn has(self, place: usize) -> bool {
        place % self.of == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-of-{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no part of a campaign: write I/N with I from 1 to N, for instance 1/4");
        let (index, of) = text.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
        let shard = Shard {
            index: number(index)?,
            of: number(of)?,
        };
        if shard.index == 0 || shard.index > shard.of {
            return Err(wrong());
        }
        Ok(shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_complete() {
        for of in 1..6 {
            let parts: Vec<Shard> = (1..=of).map(|index| Shard { index, of }).collect();
            for place in 0..20 {
                assert_eq!(parts.iter().filter(|part| part.has(place)).count(), 1);
            }
        }
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0", "-1/2"] {
            let error = wrong.parse::<Shard>().unwrap_err();
            assert!(error.contains(wrong) && error.contains("1/4"), "{error}");
        }
    }
}
