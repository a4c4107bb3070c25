//! What the host itself asks of a network.

use crate::core::Work;
use crate::custom::snapshot;
use crate::forward::Keep;
use crate::network::NamedParam;
use crate::neuron::Neuron;
use crate::profile::span;
use crate::scalar::{Scalar, read};
use crate::shape::count;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor};

impl<R: Scalar> Work<'_, R> {
    /// Class scores `[B, C]` of a sequence.
    pub(crate) fn scores(&mut self, input: &HostTensor) -> Result<HostTensor> {
        let _span = span("scores", || None);
        self.run(input, Keep::Readout)?;
        let index = self.plan.layers.len() - 1;
        let info = &self.plan.info.layers[index];
        let scores = {
            let (record, kept) = self.recorded("scores", info)?;
            let batch = record.lead.last().copied().unwrap_or(1);
            let width = batch * self.plan.info.classes;
            let values = match self.state.neurons[index] {
                Neuron::Integrator { .. } => read(&kept.membrane, |u: &[R]| {
                    u[u.len().saturating_sub(width)..].to_vec()
                })?,
                _ => {
                    let output = record.value(self.plan.nodes.len() - 1);
                    let output =
                        output.ok_or_else(|| Error::new("host-fault", "the readout's value was dropped"))?;
                    summed(output, count(&record.lead) / batch, width)?
                }
            };
            HostTensor::from_vec(
                self.session,
                values,
                &[batch, self.plan.info.classes],
                Category::Activation,
            )?
        };
        self.state.record = None;
        self.state.carry.fill(None);
        self.state.batch = None;
        Ok(scores)
    }

    pub(crate) fn named_params(&mut self) -> Result<Vec<NamedParam>> {
        self.state
            .params
            .iter_mut()
            .map(|param| {
                Ok(NamedParam {
                    tensor: snapshot(param.value()?)?,
                    name: param.name.clone(),
                    shape: param.shape.clone(),
                    kind: param.kind,
                    trained: param.trained || param.changes > 0,
                    spared: param.spared,
                })
            })
            .collect()
    }

    pub(crate) fn set_named(&mut self, name: &str, value: &HostTensor) -> Result<()> {
        match self.state.params.iter().position(|p| p.name == name) {
            Some(index) => self.param_set(index, value),
            None => {
                let names: Vec<&str> = self.state.params.iter().map(|p| p.name.as_str()).collect();
                Err(
                    Error::new("unknown-parameter", format!("there is no parameter `{name}`"))
                        .with_hint(format!("the parameters are: {}", names.join(", "))),
                )
            }
        }
    }
}

/// Sum over the steps of `[steps, width]`.
fn summed<R: Scalar>(output: &HostTensor, steps: usize, width: usize) -> Result<Vec<R>> {
    let mut sum = vec![R::ZERO; width];
    if let Some(events) = output.event_index() {
        let cols = events.cols.max(1);
        for row in 0..events.rows {
            let base = row * cols % width.max(1);
            for &col in events.row(row) {
                sum[base + col as usize] += R::ONE;
            }
        }
        return Ok(sum);
    }
    read(output, |values: &[R]| {
        for step in values.chunks_exact(width.max(1)).take(steps) {
            sum.iter_mut().zip(step).for_each(|(s, v)| *s += *v);
        }
    })?;
    Ok(sum)
}
