//! Parts of tensors, for the host itself.

use crate::HostTensor;
use crate::ops::{candle, copied, event_rows};
use crate::value::DenseView;
use neurotrain_plugin_api::{Error, Result};

impl HostTensor {
    /// Positions `from .. from + len` of axis `axis`, without a history: seen in the memory of a dense tensor where they lie
    /// together or are one repeated frame, else copied.
    ///
    /// # Errors
    /// `shape-mismatch` when they are not all there, `borrowed` while the tensor is lent exclusively.
    pub fn narrow(&self, axis: usize, from: usize, len: usize) -> Result<HostTensor> {
        let there = self.shape().get(axis).copied().unwrap_or_default();
        if from.checked_add(len).is_none_or(|end| end > there) {
            return Err(Error::new(
                "shape-mismatch",
                format!(
                    "positions {from} to {from} + {len} of axis {axis} of a tensor {:?} are not all there",
                    self.dims()
                ),
            ));
        }
        if let Some((kept, dims)) = event_rows::part(self, axis, from, len) {
            return Ok(event_rows::tensor(self.session(), kept, &dims, self.category()));
        }
        let view = self.view()?;
        let tensor = view.tensor.narrow(axis, from, len).map_err(candle)?;
        // Whoever reads rows that do not lie together copies them, each time; a repeated frame has no rows of its own.
        if !tensor.is_contiguous() && !tensor.stride().contains(&0) {
            let own = copied(&tensor.detach())?;
            return Ok(HostTensor::owned(self.session(), own, self.category()));
        }
        let part = DenseView { tensor, ..view }.detached();
        Ok(HostTensor::from_view(self.session(), part, self.category()))
    }
}
