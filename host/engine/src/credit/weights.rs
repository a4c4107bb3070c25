//! Weight gradients of layers, through whatever lies between synapse and neurons.

use super::{Matrix, WeightForm, recurrent_param};
use crate::core::{Work, misfit};
use crate::graph::Op;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, leading, repeated};
use crate::synapse::Back;
use neurotrain_kernels::Order;
use neurotrain_kernels::optim::axpy;
use neurotrain_plugin_api::{LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor};

/// Most rows of a gradient that is taken for that of a step.
const STEP: usize = 1024;

impl<R: Scalar> Work<'_, R> {
    /// Gradient of a matrix, in the shape of its parameter.
    pub(crate) fn weight_grad(
        &mut self,
        index: usize,
        matrix: Matrix,
        form: WeightForm,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<HostTensor> {
        if let Some(param) = self.plain_matrix("weight_grad", index, matrix)?
            && self.state.params[param].order() == Order::Columns
            && repeated(pre)?.is_none()
        {
            let (_, info) = self.layer("weight_grad", index)?;
            let rows = count(&self.leads_agree("weight_grad", info, matrix, post, pre)?);
            // That of a sequence is made once and turned at little cost; its sides are large, and best read once.
            if rows <= STEP {
                return read(post, |post: &[R]| self.grad_by_columns(param, post, pre, rows))?;
            }
        }
        let (param, gradient) = self.gradient("weight_grad", index, matrix, form, post, pre)?;
        HostTensor::from_vec(
            self.session,
            gradient,
            &self.state.params[param].shape,
            Category::RuleState,
        )
    }

    /// Parameter and its gradient.
    fn gradient(
        &mut self,
        name: &str,
        index: usize,
        matrix: Matrix,
        form: WeightForm,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<(usize, Vec<R>)> {
        let (layer, info) = self.layer(name, index)?;
        let lead = self.leads_agree(name, info, matrix, post, pre)?;
        let rows = count(&lead);
        if matrix == Matrix::Recurrent {
            let param = recurrent_param(name, info)?;
            let n = info.size();
            let (gradient, _) = read(post, |post: &[R]| {
                self.outer_sum(post, pre, [rows, n, n], Order::Rows)
            })??;
            return Ok((param, gradient));
        }
        let gradient = read(post, |post: &[R]| match self.back_along(layer, post, rows)? {
            Back::Output(post) => self.synapse_weight_grad(layer.synapse, form, &post, pre, rows),
            Back::Maxima(post) => self.pooled_weight_grad(layer.synapse, form, &post, pre, rows),
        })??;
        Ok((info.weight, gradient))
    }

    /// The common leading axes of both sides of a weight gradient.
    fn leads_agree(
        &self,
        name: &str,
        info: &LayerInfo,
        matrix: Matrix,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<Vec<usize>> {
        let input = if matrix == Matrix::Recurrent {
            &info.shape
        } else {
            &info.input_shape
        };
        let lead = leading(post.shape(), &info.shape).ok_or_else(|| {
            misfit(
                name,
                info,
                "the postsynaptic side",
                post.shape(),
                &format!("[.., {:?}]", info.shape),
            )
        })?;
        let other = leading(pre.shape(), input).ok_or_else(|| {
            misfit(
                name,
                info,
                "the presynaptic side",
                pre.shape(),
                &format!("[.., {input:?}]"),
            )
        })?;
        if lead != other {
            return Err(misfit(
                name,
                info,
                "the presynaptic side",
                pre.shape(),
                &format!("{:?}", join(&lead, input)),
            ));
        }
        Ok(lead)
    }

    /// The parameter of a matrix whose gradient is `postᵀ pre`, with nothing between product and neurons.
    fn plain_matrix(&self, name: &str, index: usize, matrix: Matrix) -> Result<Option<usize>> {
        let (layer, info) = self.layer(name, index)?;
        Ok(match (&self.plan.nodes[layer.synapse].op, matrix) {
            (_, Matrix::Recurrent) => Some(recurrent_param(name, info)?),
            (Op::Linear(w), _) if w.standardise.is_none() && layer.current_path.is_empty() => Some(w.weight),
            _ => None,
        })
    }

    /// In place: a matrix `+= scale * weight_grad(post, pre)`.
    pub(crate) fn outer_update(
        &mut self,
        index: usize,
        matrix: Matrix,
        scale: f64,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<()> {
        let name = "outer_update";
        let (_, info) = self.layer(name, index)?;
        let scale = R::from_f64(scale);
        if let Some(param) = self.plain_matrix(name, index, matrix)? {
            let lead = self.leads_agree(name, info, matrix, post, pre)?;
            return read(post, |post: &[R]| {
                self.add_outer(param, scale, post, pre, count(&lead))
            })?;
        }
        let (param, gradient) = self.gradient(name, index, matrix, WeightForm::Used, post, pre)?;
        self.state.params[param].change(|values| {
            axpy(values, scale, &gradient);
            Ok(())
        })
    }
}
