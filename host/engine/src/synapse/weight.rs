//! Gradients of weights, and updates that do not form them.

use super::values::Sides;
use super::{Rows, accumulates, rows_of};
use crate::core::Work;
use crate::credit::WeightForm;
use crate::graph::{NodeId, Op, Weights};
use crate::scalar::{Held, Scalar, read};
use crate::shape::repeated;
use neurotrain_kernels::conv::Post;
use neurotrain_kernels::cost::Form;
use neurotrain_kernels::dense::sum_of_rows;
use neurotrain_kernels::gradient::{add_weight_gradient, scratch_bytes, weight_gradient_into};
use neurotrain_kernels::{Order, majority};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor, Phase};

impl<R: Scalar> Work<'_, R> {
    /// Gradient of the weights of a synapse node as they are stored, for `post` with respect to its output (before
    /// pooling), summed over `rows` samples.
    pub(crate) fn synapse_weight_grad(
        &mut self,
        node: NodeId,
        form: WeightForm,
        post: &[R],
        x: &HostTensor,
        rows: usize,
    ) -> Result<Vec<R>> {
        match repeated(x)? {
            // Steps with the same input: the sum of their postsynaptic sides meets it once.
            Some((frame, times)) if rows.is_multiple_of(times) && rows > 0 => {
                let post = sum_of_rows(post, post.len() / times);
                let _scratch = self.scratch(&post);
                self.repeating(times, |work| {
                    work.weight_grad_of(node, form, &post, &frame, rows / times)
                })
            }
            _ => self.weight_grad_of(node, form, post, x, rows),
        }
    }

    fn weight_grad_of(
        &mut self,
        node: NodeId,
        form: WeightForm,
        post: &[R],
        x: &HostTensor,
        rows: usize,
    ) -> Result<Vec<R>> {
        let plan = self.plan;
        let at = &plan.nodes[node];
        let (gradient, weights) = match &at.op {
            Op::Linear(weights) => {
                let (outputs, inputs) = self.matrix_shape(weights.weight);
                let shape = [rows, outputs, inputs];
                (self.outer_sum(post, x, shape, Order::Rows)?.0, weights)
            }
            Op::Conv2d { .. } => {
                let (gradient, weights) = self.conv_weight_grad(node, Post::Map(post), x, rows)?;
                return self.through_standardisation(&weights, form, gradient);
            }
            Op::Custom {
                json,
                weights: Some(weights),
            } => (
                self.custom_synapse_grads(json, weights, x, post, rows, &at.shape)?
                    .1,
                weights,
            ),
            _ => {
                return Err(Error::new(
                    "host-fault",
                    format!("node `{}` is no synapse", at.name),
                ));
            }
        };
        self.through_standardisation(weights, form, gradient)
    }

    /// From the gradient of the weights that a product uses to that of those stored.
    pub(super) fn through_standardisation(
        &mut self,
        weights: &Weights,
        form: WeightForm,
        mut gradient: Vec<R>,
    ) -> Result<Vec<R>> {
        if let Some(with) = weights.standardise.filter(|_| form == WeightForm::Used) {
            let param = &mut self.state.params[weights.weight];
            let outputs = param.rows();
            param.with_matrix(None, |matrix| {
                crate::standardise::adjoint(with, matrix, &mut gradient, outputs)
            })?;
        }
        Ok(gradient)
    }

    /// The gradient of a plain matrix for `post`, summed over `rows`; column by column where the kernel can.
    pub(crate) fn grad_by_columns(
        &mut self,
        param: usize,
        post: &[R],
        x: &HostTensor,
        rows: usize,
    ) -> Result<HostTensor> {
        let (outputs, inputs) = self.matrix_shape(param);
        let shape = [outputs, inputs];
        match self.outer_sum(post, x, [rows, outputs, inputs], Order::Columns)? {
            (gradient, Order::Columns) => {
                HostTensor::from_columns(self.session, gradient, shape, Category::RuleState)
            }
            (gradient, Order::Rows) => {
                HostTensor::from_vec(self.session, gradient, &shape, Category::RuleState)
            }
        }
    }

    /// `postᵀ x` summed over `rows`, `[outputs, inputs]`, in the order that is wished for or row by row.
    pub(crate) fn outer_sum(
        &mut self,
        post: &[R],
        x: &HostTensor,
        [rows, outputs, inputs]: [usize; 3],
        mut order: Order,
    ) -> Result<(Vec<R>, Order)> {
        let form = rows_of::<R>(self.session, Form::Gradient, x, rows, [outputs, inputs])?;
        let (gradient, effective) = match form {
            Rows::Events(events) => {
                // And the events by column.
                let bytes = scratch_bytes::<R>(rows, [outputs, inputs]) + events.bytes();
                let _scratch = Held::scratch(self.session, bytes);
                let mut gradient = self.session.buffer(outputs * inputs);
                weight_gradient_into(&events, post, outputs, order, &mut gradient);
                (gradient, accumulates(events.nnz() * outputs))
            }
            Rows::Repeated(events, repeats) => {
                // The sums in panels, and the events by column.
                let bytes = outputs * inputs * size_of::<R>() + majority::turned_bytes(&repeats);
                let _scratch = Held::scratch(self.session, bytes);
                let mut gradient = self.session.buffer(outputs * inputs);
                majority::weight_gradient_into(&repeats, post, outputs, &mut gradient);
                order = Order::Rows;
                (gradient, accumulates(events.nnz() * outputs))
            }
            Rows::Dense => read(x, |pre: &[R]| {
                let shape = [rows, outputs, inputs];
                Sides { post, pre, shape }.gradient(self.session, order)
            })?,
        };
        self.count(Phase::Learning, rows * inputs * outputs, effective);
        Ok((gradient, order))
    }

    /// In place: a plain matrix `+= scale postᵀ x`, summed over `rows`. Event by event the transposed weights are changed,
    /// so a rule that updates in every step transposes nothing.
    pub(crate) fn add_outer(
        &mut self,
        param: usize,
        scale: R,
        post: &[R],
        x: &HostTensor,
        rows: usize,
    ) -> Result<()> {
        let (outputs, inputs) = self.matrix_shape(param);
        let form = rows_of::<R>(self.session, Form::Update, x, rows, [outputs, inputs])?;
        let session = self.session;
        let weights = &mut self.state.params[param];
        let effective = match form {
            Rows::Events(events) | Rows::Repeated(events, _) => {
                let _scratch =
                    Held::scratch(session, scratch_bytes::<R>(rows, [outputs, 0]) + events.bytes());
                weights.change_panels(|panels| {
                    add_weight_gradient(&events, post, scale, panels);
                })?;
                accumulates(events.nnz() * outputs)
            }
            Rows::Dense => read(x, |pre: &[R]| {
                let shape = [rows, outputs, inputs];
                Sides { post, pre, shape }.add_to(weights, scale, session)
            })??,
        };
        self.count_update(param, 2);
        self.count(Phase::Learning, rows * inputs * outputs, effective);
        Ok(())
    }
}
