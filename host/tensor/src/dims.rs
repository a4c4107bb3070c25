//! Shapes without allocation.

use neurotrain_plugin_api::{Error, Result};
use std::fmt;
use std::ops::Deref;

/// Most axes that a tensor may have.
pub(crate) const MAX_RANK: usize = 8;

/// The lengths of a tensor's axes, at most eight; reads like a slice.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Dims {
    rank: usize,
    lengths: [usize; MAX_RANK],
}

impl Dims {
    /// From a slice.
    ///
    /// # Errors
    /// `shape-mismatch` for more than eight axes.
    pub fn new(dims: &[usize]) -> Result<Dims> {
        if dims.len() > MAX_RANK {
            return Err(Error::new(
                "shape-mismatch",
                format!("shape {dims:?} has more than {MAX_RANK} axes"),
            ));
        }
        Ok(Self::merged(dims))
    }

    /// From a slice; axes beyond the eighth are merged into it.
    pub(crate) fn merged(dims: &[usize]) -> Dims {
        let rank = dims.len().min(MAX_RANK);
        let mut lengths = [0; MAX_RANK];
        lengths[..rank].copy_from_slice(&dims[..rank]);
        if dims.len() > MAX_RANK {
            lengths[MAX_RANK - 1] = dims[MAX_RANK - 1..].iter().product();
        }
        Dims { rank, lengths }
    }

    /// Number of elements.
    pub fn count(&self) -> usize {
        self.iter().product()
    }
}

impl Deref for Dims {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.lengths[..self.rank]
    }
}

impl fmt::Debug for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self[..], f)
    }
}
