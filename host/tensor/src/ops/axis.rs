//! A tensor as `[outer, length, inner]` around one axis or a run of axes.

use super::operands::Call;
use neurotrain_plugin_api::{Error, Result};

/// The three factors of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) outer: usize,
    pub(crate) length: usize,
    pub(crate) inner: usize,
}

impl Split {
    /// Around axes `first..last`.
    pub(crate) fn around(dims: &[usize], first: usize, last: usize) -> Split {
        Split {
            outer: dims[..first].iter().product(),
            length: dims[first..last].iter().product(),
            inner: dims[last..].iter().product(),
        }
    }
}

/// `dims` without axis `axis`.
pub(crate) fn without(dims: &[usize], axis: usize) -> Vec<usize> {
    let mut rest = dims.to_vec();
    rest.remove(axis);
    rest
}

/// The axes that a reduction names, ascending and without repetition; all when none is named.
pub(crate) fn named_axes(call: &Call<'_>) -> Result<Vec<usize>> {
    let rank = call.receiver.shape().len();
    if call.ints().is_empty() {
        return Ok((0..rank).collect());
    }
    let mut axes = call
        .ints()
        .iter()
        .map(|a| call.normal_axis(*a, rank))
        .collect::<Result<Vec<_>>>()?;
    axes.sort_unstable();
    if axes.windows(2).any(|w| w[0] == w[1]) {
        return Err(Error::new(
            "bad-args",
            format!("`{}`: an axis is named twice in {:?}", call.name, call.ints()),
        ));
    }
    Ok(axes)
}
