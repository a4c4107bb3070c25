//! Gradients of weights for presynaptic operands of any values: element by element where so many are zero that it pays, as
//! in traces of spikes.

use super::effective;
use crate::params::Param;
use crate::scalar::{Held, Scalar};
use neurotrain_kernels::Order;
use neurotrain_kernels::cost::{Form, Kernel};
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::weighted::{Support, Weighted, add_weighted_gradient, weighted_gradient_into};
use neurotrain_plugin_api::Result;
use neurotrain_tensor::{Category, Session, SynapticOps};
use std::sync::Arc;

/// Both sides of a weight gradient, sample by sample.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a, R> {
    /// `[rows, outputs]`.
    pub(super) post: &'a [R],
    /// `[rows, inputs]`.
    pub(super) pre: &'a [R],
    /// `[rows, outputs, inputs]`.
    pub(super) shape: [usize; 3],
}

impl<R: Scalar> Sides<'_, R> {
    /// `postᵀ pre` in the given order, with its effective operations.
    pub(super) fn gradient(&self, session: &Arc<Session>, order: Order) -> (Vec<R>, SynapticOps) {
        let [rows, outputs, inputs] = self.shape;
        let (weighted, effective) = self.weighted(session, Form::GradientWeighted);
        let mut gradient = session.buffer(outputs * inputs);
        if let Some(pre) = weighted {
            // The sums in panels and the packed postsynaptic side.
            let bytes = size_of_val(self.post) + outputs * inputs * size_of::<R>();
            let _scratch = Held::scratch(session, bytes);
            weighted_gradient_into(&pre, self.post, outputs, order, &mut gradient);
        } else {
            let (post, pre) = (
                Matrix::new(self.post, rows, outputs),
                Matrix::new(self.pre, rows, inputs),
            );
            match order {
                Order::Rows => product(post.t(), pre, &mut gradient, false),
                Order::Columns => product(pre.t(), post, &mut gradient, false),
            }
        }
        (gradient, effective)
    }

    /// In place: `weights += scale postᵀ pre`; its effective operations.
    pub(super) fn add_to(
        &self,
        weights: &mut Param<R>,
        scale: R,
        session: &Arc<Session>,
    ) -> Result<SynapticOps> {
        let [rows, outputs, inputs] = self.shape;
        let (weighted, effective) = self.weighted(session, Form::UpdateWeighted);
        if let Some(pre) = weighted {
            let _scratch = Held::scratch(session, size_of_val(self.post));
            weights.change_panels(|panels| add_weighted_gradient(&pre, self.post, scale, panels))?;
        } else {
            let scaled: Vec<R> = self.post.iter().map(|p| scale * *p).collect();
            let _scratch = Held::scratch(session, size_of_val(&scaled[..]));
            weights.change(|values| {
                let post = Matrix::new(&scaled, rows, outputs);
                product(post.t(), Matrix::new(self.pre, rows, inputs), values, true);
                Ok(())
            })?;
        }
        Ok(effective)
    }

    /// The presynaptic side as its elements that are not zero, where that is worth it, and the effective operations either
    /// way.
    fn weighted(&self, session: &Arc<Session>, form: Form) -> (Option<Held<Weighted<R>>>, SynapticOps) {
        let [rows, outputs, inputs] = self.shape;
        let support = Support::of(self.pre, rows, inputs);
        let nonzero = support.nonzero();
        let weighted = match session.cost().choose(form, rows, inputs, outputs, nonzero) {
            Kernel::Events => {
                let weighted = Weighted::new(self.pre, &support);
                let bytes = weighted.bytes();
                Some(Held::new(session, weighted, bytes, Category::Scratch))
            }
            Kernel::Dense => None,
        };
        (weighted, effective(self.pre, nonzero * outputs))
    }
}
