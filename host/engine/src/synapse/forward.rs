//! The current of a synapse.

use super::{Rows, accumulates, effective_of, rows_of};
use crate::core::Work;
use crate::graph::{NodeId, Op, Weights};
use crate::neuron::Neuron;
use crate::scalar::{Scalar, read};
use crate::shape::repeated;
use crate::sweep::SpikeFeed;
use neurotrain_kernels::cost::Form;
use neurotrain_kernels::dense::{Matrix, add_bias, product};
use neurotrain_kernels::gather::{sum_repeating_rows, sum_rows};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{HostTensor, Phase};

impl<R: Scalar> Work<'_, R> {
    /// Current of a synapse node for `rows` samples, before pooling. Steps with the same input are computed once.
    pub(crate) fn synapse_forward(&mut self, node: NodeId, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        match repeated(x)? {
            Some((frame, times)) if rows.is_multiple_of(times) => {
                let once = self.repeating(times, |work| work.forward_of(node, &frame, rows / times))?;
                Ok(once.repeat(times))
            }
            _ => self.forward_of(node, x, rows),
        }
    }

    /// What a sweep needs to compute the current of a layer itself: spikes through a plain linear synapse,
    /// worth doing event by event, straight into spiking neurons.
    pub(crate) fn spike_feed(
        &mut self,
        index: usize,
        x: &HostTensor,
        rows: usize,
        steps: usize,
    ) -> Result<Option<SpikeFeed>> {
        let layer = &self.plan.layers[index];
        let Op::Linear(weights) = &self.plan.nodes[layer.synapse].op else {
            return Ok(None);
        };
        let spiking = matches!(self.state.neurons[index], Neuron::Lif { .. });
        if !spiking || weights.bias.is_some() || !layer.current_path.is_empty() {
            return Ok(None);
        }
        // A step's current is kept where it is read, before the rule changes the weights.
        if steps < 2 && (self.plan.info.layers[index].readout || self.state.current_asked_for[index]) {
            return Ok(None);
        }
        if x.event_index().is_none() {
            return Ok(None);
        }
        let (outputs, inputs) = self.matrix_shape(weights.weight);
        let form = rows_of::<R>(self.session, Form::Forward, x, rows, [outputs, inputs])?;
        let (input, repeats) = match form {
            Rows::Events(input) => (input, None),
            Rows::Repeated(input, majority) => (input, Some(majority)),
            Rows::Dense => return Ok(None),
        };
        Ok(Some(SpikeFeed {
            input,
            repeats,
            weight: weights.weight,
            standardise: weights.standardise,
        }))
    }

    /// Counts what a sweep does with its feed.
    pub(crate) fn count_feed(&self, feed: &SpikeFeed) {
        let (outputs, inputs) = self.matrix_shape(feed.weight);
        let effective = accumulates(feed.input.nnz() * outputs);
        self.count(Phase::Forward, feed.input.rows * inputs * outputs, effective);
    }

    fn forward_of(&mut self, node: NodeId, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        let plan = self.plan;
        let at = &plan.nodes[node];
        match &at.op {
            Op::Linear(weights) => self.linear_forward(weights, x, rows),
            Op::Conv2d { .. } => self.conv_forward(node, x, rows),
            Op::Custom {
                json,
                weights: Some(weights),
            } => self.custom_synapse(json, weights, x, rows, &at.shape),
            _ => Err(Error::new(
                "host-fault",
                format!("node `{}` is no synapse", at.name),
            )),
        }
    }

    fn linear_forward(&mut self, weights: &Weights, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        let (outputs, inputs) = self.matrix_shape(weights.weight);
        let form = rows_of::<R>(self.session, Form::Forward, x, rows, [outputs, inputs])?;
        let param = &mut self.state.params[weights.weight];
        let mut out = self.session.buffer(rows * outputs);
        let effective = match &form {
            Rows::Events(events) => {
                sum_rows(events, param.panels(weights.standardise)?, &mut out);
                accumulates(events.nnz() * outputs)
            }
            Rows::Repeated(events, majority) => {
                sum_repeating_rows(majority, param.panels(weights.standardise)?, &mut out);
                accumulates(events.nnz() * outputs)
            }
            Rows::Dense => {
                param.read_densely();
                param.with_matrix(weights.standardise, |matrix| {
                    read(x, |x: &[R]| {
                        product(
                            Matrix::new(x, rows, inputs),
                            Matrix::new(matrix, outputs, inputs).t(),
                            &mut out,
                            false,
                        );
                        effective_of(x, outputs)
                    })
                })??
            }
        };
        self.count(Phase::Forward, rows * inputs * outputs, effective);
        self.bias(weights, &mut out)?;
        Ok(out)
    }

    /// Adds the bias to every row.
    fn bias(&mut self, weights: &Weights, out: &mut [R]) -> Result<()> {
        let Some(bias) = weights.bias else { return Ok(()) };
        read(self.state.params[bias].value()?, |bias: &[R]| add_bias(out, bias))
    }
}
