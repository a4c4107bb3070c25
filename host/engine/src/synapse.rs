//! Products of synapses: forward, with respect to the weights, and with respect to the input.

use crate::core::Work;
use crate::graph::{NodeId, Op, Weights};
use crate::scalar::{Scalar, read};
use crate::shape::count;
use neurotrain_kernels::conv::{self, Conv};
use neurotrain_kernels::dense::{Matrix, add_bias, product};
use neurotrain_kernels::product::{add_columns, event_driven, sum_columns, sum_rows, transpose};
use neurotrain_kernels::{Events, Real};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{HostTensor, Phase, SynapticOps};
use std::sync::Arc;

/// A presynaptic operand as rows of `inputs` elements.
pub(crate) enum Rows {
    /// Binary, worth doing event by event.
    Events(Arc<Events>),
    /// Every element.
    Dense,
}

impl<R: Scalar> Work<'_, R> {
    /// Current of a synapse node for `rows` samples, before pooling.
    pub(crate) fn synapse_forward(&mut self, node: NodeId, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        let plan = self.plan;
        let at = &plan.nodes[node];
        match &at.op {
            Op::Linear(weights) => self.linear_forward(weights, x, rows),
            Op::Conv2d { weights, .. } => {
                let geometry = self.geometry(node)?;
                self.conv_forward(weights, &geometry, x, rows)
            }
            Op::Custom { json, weights: Some(weights) } => self.custom_synapse(json, weights, x, rows, &at.shape),
            _ => Err(Error::new("host-fault", format!("node `{}` is no synapse", at.name))),
        }
    }

    fn linear_forward(&mut self, weights: &Weights, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        let (outputs, inputs) = self.matrix_shape(weights.weight);
        let form = rows_of::<R>(x, rows, inputs, outputs)?;
        let param = &mut self.state.params[weights.weight];
        let mut out = vec![R::ZERO; rows * outputs];
        let effective = match &form {
            Rows::Events(events) => {
                sum_rows(events, param.transposed(weights.standardise)?, outputs, &mut out, false);
                accumulates(events.nnz() * outputs)
            }
            Rows::Dense => param.with_matrix(weights.standardise, |matrix| {
                read(x, |x: &[R]| {
                    product(Matrix::new(x, rows, inputs), Matrix::new(matrix, outputs, inputs).t(), &mut out, false);
                    effective_of(x, outputs)
                })
            })??,
        };
        self.count(Phase::Forward, rows * inputs * outputs, effective);
        self.bias(weights, &mut out, 1)?;
        Ok(out)
    }

    fn conv_forward(&mut self, weights: &Weights, geometry: &Conv, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        let param = &mut self.state.params[weights.weight];
        let (mut out, effective) = param.with_matrix(weights.standardise, |matrix| {
            read(x, |x: &[R]| {
                // Each input element meets one weight per output in about `positions / pixels` of the kernel's places.
                let taps = geometry.work() as f64 / (x.len() as f64 / rows.max(1) as f64);
                (conv::forward(geometry, x, matrix), effective_of(x, taps.round() as usize))
            })
        })??;
        self.count(Phase::Forward, rows * geometry.work(), effective);
        self.bias(weights, &mut out, geometry.positions())?;
        Ok(out)
    }

    /// Adds the bias, each element to `repeat` consecutive outputs.
    fn bias(&mut self, weights: &Weights, out: &mut [R], repeat: usize) -> Result<()> {
        let Some(bias) = weights.bias else { return Ok(()) };
        let bias = read(self.state.params[bias].value()?, |bias: &[R]| {
            bias.iter().flat_map(|b| std::iter::repeat_n(*b, repeat)).collect::<Vec<R>>()
        })?;
        add_bias(out, &bias);
        Ok(())
    }

    /// Gradient of the weights of a synapse node as they are stored, for `post` with respect to its output (before
    /// pooling), summed over `rows` samples.
    pub(crate) fn synapse_weight_grad(
        &mut self,
        node: NodeId,
        post: &[R],
        x: &HostTensor,
        rows: usize,
    ) -> Result<Vec<R>> {
        let plan = self.plan;
        let at = &plan.nodes[node];
        let (mut gradient, weights) = match &at.op {
            Op::Linear(weights) => {
                let (outputs, inputs) = self.matrix_shape(weights.weight);
                (self.outer_sum(post, x, rows, outputs, inputs)?, weights)
            }
            Op::Conv2d { weights, .. } => {
                let geometry = self.geometry(node)?;
                let (gradient, effective) = read(x, |x: &[R]| {
                    let taps = geometry.work() as f64 / (x.len() as f64 / rows.max(1) as f64);
                    (conv::weight_grad(&geometry, post, x), effective_of(x, taps.round() as usize))
                })?;
                self.count(Phase::Learning, rows * geometry.work(), effective);
                (gradient, weights)
            }
            Op::Custom { json, weights: Some(weights) } => {
                (self.custom_synapse_grads(json, weights, x, post, rows, &at.shape)?.1, weights)
            }
            _ => return Err(Error::new("host-fault", format!("node `{}` is no synapse", at.name))),
        };
        if let Some(with) = weights.standardise {
            let param = &mut self.state.params[weights.weight];
            let outputs = param.rows();
            param.with_matrix(None, |matrix| crate::standardise::adjoint(with, matrix, &mut gradient, outputs))?;
        }
        Ok(gradient)
    }

    /// `postᵀ x` summed over `rows`, `[outputs, inputs]`.
    pub(crate) fn outer_sum(
        &mut self,
        post: &[R],
        x: &HostTensor,
        rows: usize,
        outputs: usize,
        inputs: usize,
    ) -> Result<Vec<R>> {
        let mut gradient = vec![R::ZERO; outputs * inputs];
        let effective = match rows_of::<R>(x, rows, inputs, outputs)? {
            Rows::Events(events) => {
                let mut transposed = vec![R::ZERO; outputs * inputs];
                sum_columns(&events, post, outputs, &mut transposed, false);
                transpose(&transposed, inputs, outputs, &mut gradient);
                accumulates(events.nnz() * outputs)
            }
            Rows::Dense => read(x, |x: &[R]| {
                product(Matrix::new(post, rows, outputs).t(), Matrix::new(x, rows, inputs), &mut gradient, false);
                effective_of(x, outputs)
            })?,
        };
        self.count(Phase::Learning, rows * inputs * outputs, effective);
        Ok(gradient)
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
        let weights = &mut self.state.params[param];
        let effective = match rows_of::<R>(x, rows, inputs, outputs)? {
            Rows::Events(events) => {
                weights.change_transposed(|values| {
                    add_columns(&events, post, outputs, scale, values);
                })?;
                accumulates(events.nnz() * outputs)
            }
            Rows::Dense => read(x, |x: &[R]| {
                let scaled: Vec<R> = post.iter().map(|p| scale * *p).collect();
                weights.change(|values| {
                    product(Matrix::new(&scaled, rows, outputs).t(), Matrix::new(x, rows, inputs), values, true);
                    Ok(effective_of(x, outputs))
                })
            })??,
        };
        self.count(Phase::Learning, rows * inputs * outputs, effective);
        Ok(())
    }

    /// Gradient with respect to the input of a synapse node, for `post` with respect to its output (before pooling).
    pub(crate) fn synapse_input_grad(
        &mut self,
        node: NodeId,
        post: &[R],
        x: Option<&HostTensor>,
        rows: usize,
    ) -> Result<Vec<R>> {
        let plan = self.plan;
        let at = &plan.nodes[node];
        let nonzero = post.iter().filter(|v| **v != R::ZERO).count();
        match &at.op {
            Op::Linear(weights) => {
                let (outputs, inputs) = self.matrix_shape(weights.weight);
                let mut out = vec![R::ZERO; rows * inputs];
                self.state.params[weights.weight].with_matrix(weights.standardise, |matrix| {
                    product(Matrix::new(post, rows, outputs), Matrix::new(matrix, outputs, inputs), &mut out, false);
                })?;
                self.count(Phase::Learning, rows * inputs * outputs, multiplies(nonzero * inputs));
                Ok(out)
            }
            Op::Conv2d { weights, .. } => {
                let geometry = self.geometry(node)?;
                let out = self.state.params[weights.weight]
                    .with_matrix(weights.standardise, |matrix| conv::input_grad(&geometry, post, matrix))?;
                self.count(Phase::Learning, rows * geometry.work(), multiplies(nonzero * geometry.patch()));
                Ok(out)
            }
            Op::Custom { json, weights: Some(weights) } => {
                let x = x.ok_or_else(|| not_recorded(&at.name))?;
                Ok(self.custom_synapse_grads(json, weights, x, post, rows, &at.shape)?.0)
            }
            _ => Err(Error::new("host-fault", format!("node `{}` is no synapse", at.name))),
        }
    }

    /// Outputs and inputs of a parameter seen as a matrix.
    pub(crate) fn matrix_shape(&self, param: usize) -> (usize, usize) {
        (self.state.params[param].rows(), self.state.params[param].cols())
    }

    /// The geometry of a convolution node.
    fn geometry(&self, node: NodeId) -> Result<Conv> {
        let at = &self.plan.nodes[node];
        let input = &self.plan.nodes[at.inputs[0]].shape;
        match (&at.op, input.as_slice()) {
            (Op::Conv2d { weights, stride, padding }, &[channels, height, width]) => {
                let shape = &self.plan.info.params[weights.weight].shape;
                let (stride, padding) = (*stride, *padding);
                Ok(Conv { channels, height, width, outputs: shape[0], kernel: [shape[2], shape[3]], stride, padding })
            }
            _ => Err(Error::new("host-fault", format!("node `{}` is no convolution", at.name))),
        }
    }

    pub(crate) fn count(&self, phase: Phase, dense: usize, effective: SynapticOps) {
        self.session.meter().count(phase, SynapticOps { dense_mac: dense as u64, ..effective });
    }
}

/// What is missing when a call needs the value of a node that was not kept.
pub(crate) fn not_recorded(node: &str) -> Error {
    Error::new("not-recorded", format!("the input of node `{node}` was not kept"))
        .with_hint("step the network, or run it with its record, before asking for gradients through it")
}

/// How a presynaptic operand of `rows` samples enters a product with `outputs` columns.
fn rows_of<R: Scalar>(x: &HostTensor, rows: usize, inputs: usize, outputs: usize) -> Result<Rows> {
    let found = count(x.shape());
    if found != rows * inputs {
        let message = format!("{found} presynaptic elements are not {rows} rows of {inputs}");
        return Err(Error::new("shape-mismatch", message));
    }
    let events = match x.event_index() {
        Some(events) if events.cols == inputs => Some(events),
        Some(events) => events.reshape(rows, inputs).map(Arc::new),
        // A dense operand that happens to be binary is as good as events.
        None => read(x, |x: &[R]| Events::from_dense(x, rows, inputs))?.map(Arc::new),
    };
    Ok(match events {
        Some(events) if event_driven(rows, inputs, outputs, events.nnz()) => Rows::Events(events),
        _ => Rows::Dense,
    })
}

/// Effective operations of a dense operand, each of whose non-zero elements meets `taps` weights.
fn effective_of<R: Real>(x: &[R], taps: usize) -> SynapticOps {
    let (mut nonzero, mut ones) = (0usize, 0usize);
    for v in x {
        nonzero += usize::from(*v != R::ZERO);
        ones += usize::from(*v == R::ONE);
    }
    if nonzero == ones { accumulates(nonzero * taps) } else { multiplies(nonzero * taps) }
}

fn accumulates(n: usize) -> SynapticOps {
    SynapticOps { effective_ac: n as u64, ..SynapticOps::default() }
}

fn multiplies(n: usize) -> SynapticOps {
    SynapticOps { effective_mac: n as u64, ..SynapticOps::default() }
}
