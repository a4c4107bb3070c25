//! The loss of a block: which class' target trace a sample's trace resembles.
//!
//! The target path sees the label alone, so samples of one class share it: all sums over the samples of a batch are
//! sums over classes, weighted by how many samples they have.

use neurotrain_plugin_api::{Batch, Ctx, Result, Tensor};

/// Samples of each class in a batch.
#[derive(Debug)]
pub(crate) struct ClassCounts {
    /// `ln n_c`, `[1, C]`; for absent classes a number whose exponential is 0.
    log: Tensor,
    /// `[C, C]`.
    identity: Tensor,
}

/// Far below any similarity, and its square is still finite in single precision.
const LOG_OF_NONE: f64 = -1e18;

impl ClassCounts {
    pub(crate) fn of(batch: &Batch, ctx: &Ctx) -> Result<Self> {
        let classes = batch.classes();
        let mut counts = vec![0usize; classes];
        for label in batch.label_values() {
            if let Some(count) = usize::try_from(*label).ok().and_then(|y| counts.get_mut(y)) {
                *count += 1;
            }
        }
        let logs: Vec<f64> = counts
            .into_iter()
            .map(|n| if n > 0 { (n as f64).ln() } else { LOG_OF_NONE })
            .collect();
        let identity: Vec<f64> = (0..classes * classes)
            .map(|k| f64::from(u8::from(k / classes == k % classes)))
            .collect();
        Ok(ClassCounts {
            log: ctx.tensor(&logs, &[1, classes])?,
            identity: ctx.tensor(&identity, &[classes, classes])?,
        })
    }

    /// Distances `[C, C]` between one-hot codes whose common trace is `trace`.
    pub(crate) fn distance_of_labels(&self, trace: f64) -> Result<Tensor> {
        self.identity.affine(
            -std::f64::consts::SQRT_2 * trace,
            std::f64::consts::SQRT_2 * trace,
        )
    }

    /// Distances `[C, C]` between target traces `[C, channels, positions]`, averaged over positions.
    pub(crate) fn distance(&self, traces: &Tensor) -> Result<Tensor> {
        let [classes, _, positions] = traces.shape()[..] else {
            return Err(neurotrain_plugin_api::Error::new(
                "shape-mismatch",
                format!("traces of shape {:?} are no feature maps", traces.shape()),
            ));
        };
        let by_position = traces.transpose(1, 2)?.transpose(0, 1)?.copy()?; // [positions, C, channels]
        let products = by_position.matmul_transposed(&by_position)?;
        // Read off the products, so that a trace is at distance 0 from itself whatever the rounding.
        let squares = products.mul(&self.identity)?.sum(&[-1])?; // [positions, C]
        squares
            .reshape(&[positions, classes, 1])?
            .add(&squares.reshape(&[positions, 1, classes])?)?
            .sub(&products.scale(2.0)?)?
            .relu()?
            .sqrt()?
            .mean(&[0])
    }

    /// Gradient `[B, C]` of the mean cross-entropy between softmaxes over the batch: of the negative distances
    /// `[C, C]` below, which are constant, and of the similarities `[B, C]` here.
    pub(crate) fn gradient(&self, similarity: &Tensor, distance: &Tensor, batch: &Batch) -> Result<Tensor> {
        let wanted = distance.gather_rows(batch.labels(), -1.0)?;
        let given = similarity.add(&self.log)?.softmax(1)?;
        given
            .sub(&wanted.add(&self.log)?.softmax(1)?)?
            .scale(1.0 / batch.len().max(1) as f64)
    }
}
