//! From the current back to the input of a synapse.

use super::{multiplies, not_recorded};
use crate::core::Work;
use crate::credit::WeightForm;
use crate::graph::{NodeId, Op, Weights};
use crate::scalar::Scalar;
use neurotrain_kernels::conv::Post;
use neurotrain_kernels::dense::{self, Matrix, product};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{HostTensor, Phase};

impl<R: Scalar> Work<'_, R> {
    /// Gradient with respect to the input of a synapse node, for `post` with respect to its output (before pooling).
    pub(crate) fn synapse_input_grad(
        &mut self,
        node: NodeId,
        form: WeightForm,
        post: &[R],
        x: Option<&HostTensor>,
        rows: usize,
    ) -> Result<Vec<R>> {
        let plan = self.plan;
        let at = &plan.nodes[node];
        let standardised = |weights: &Weights| weights.standardise.filter(|_| form == WeightForm::Used);
        match &at.op {
            Op::Linear(weights) => {
                let nonzero = dense::nonzero(post);
                let (outputs, inputs) = self.matrix_shape(weights.weight);
                let mut out = self.session.buffer(rows * inputs);
                self.state.params[weights.weight].with_matrix(standardised(weights), |matrix| {
                    product(
                        Matrix::new(post, rows, outputs),
                        Matrix::new(matrix, outputs, inputs),
                        &mut out,
                        false,
                    );
                })?;
                self.count(
                    Phase::Learning,
                    rows * inputs * outputs,
                    multiplies(nonzero * inputs),
                );
                Ok(out)
            }
            Op::Conv2d { .. } => self.conv_input_grad(node, form, Post::Map(post), rows),
            Op::Custom {
                json,
                weights: Some(weights),
            } => {
                let x = x.ok_or_else(|| not_recorded(&at.name))?;
                Ok(self
                    .custom_synapse_grads(json, weights, x, post, rows, &at.shape)?
                    .0)
            }
            _ => Err(Error::new(
                "host-fault",
                format!("node `{}` is no synapse", at.name),
            )),
        }
    }
}
