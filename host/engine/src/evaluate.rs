//! What the host itself asks of a network.

use crate::core::Work;
use crate::custom::snapshot;
use crate::forward::Keep;
use crate::graph::Op;
use crate::network::NamedParam;
use crate::neuron::Neuron;
use crate::profile::span;
use crate::scalar::{Scalar, read};
use crate::shape::count;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor};
use std::ops::Range;

/// Bytes of what all neurons of the samples that are evaluated together pass on.
const PART: usize = 6 << 20;
/// Samples are taken together in multiples of this: the engine gives as many to a thread at a time.
const BLOCK: usize = 16;
/// About as many or more, so that several threads have enough to do; of convolutions every sample is a task.
const FEWEST: usize = 256;
const FEWEST_MAPS: usize = 64;

impl<R: Scalar> Work<'_, R> {
    /// Class scores `[B, C]` of a sequence `[T, B, ..]`, some samples after the others.
    pub(crate) fn scores(&mut self, input: &HostTensor) -> Result<HostTensor> {
        let _span = span("scores", || None);
        let lead = self.lead("scores", input, &["T", "B"])?;
        let mut values = Vec::with_capacity(lead[1] * self.plan.info.classes);
        for part in self.parts(&lead) {
            match part.len() == lead[1] {
                true => values.extend(self.scores_of(input)?),
                false => values.extend(self.scores_of(&input.narrow(1, part.start, part.len())?)?),
            }
        }
        self.state.record = None;
        self.state.carry.fill(None);
        self.state.batch = None;
        let dims = [lead[1], self.plan.info.classes];
        HostTensor::from_vec(self.session, values, &dims, Category::Activation)
    }

    /// Samples of a batch `[steps, batch]` that are evaluated together, so that what one layer leaves is near when the next
    /// one needs it. A node of a plugin's own gets the whole batch, of which it may compute what it likes.
    fn parts(&self, lead: &[usize]) -> Vec<Range<usize>> {
        let (steps, batch, ops) = (lead[0], lead[1], self.plan.nodes.iter().map(|node| &node.op));
        let fewest = match ops.clone().any(|op| matches!(op, Op::Conv2d { .. })) {
            _ if ops.clone().any(|op| matches!(op, Op::Custom { .. })) => batch,
            true => FEWEST_MAPS,
            false => FEWEST,
        };
        let layers = self.plan.info.layers.iter();
        let neurons: usize = layers.map(|layer| count(&layer.shape)).sum();
        let most = (PART / (steps * neurons * size_of::<R>()).max(1)).max(fewest);
        let (blocks, parts) = (batch.div_ceil(BLOCK), batch.div_ceil(most));
        let start = |part: usize| (part * blocks / parts * BLOCK).min(batch);
        (0..parts).map(|part| start(part)..start(part + 1)).collect()
    }

    /// Class scores of all samples of a sequence, row by row.
    fn scores_of(&mut self, input: &HostTensor) -> Result<Vec<R>> {
        self.run(input, Keep::Readout)?;
        let index = self.plan.layers.len() - 1;
        let info = &self.plan.info.layers[index];
        let (record, kept) = self.recorded("scores", info)?;
        let batch = record.lead.last().copied().unwrap_or(1);
        let width = batch * self.plan.info.classes;
        match self.state.neurons[index] {
            Neuron::Integrator { .. } => read(&kept.membrane, |u: &[R]| {
                u[u.len().saturating_sub(width)..].to_vec()
            }),
            _ => {
                let output = record.value(self.plan.nodes.len() - 1);
                let output =
                    output.ok_or_else(|| Error::new("host-fault", "the readout's value was dropped"))?;
                summed(output, count(&record.lead) / batch, width)
            }
        }
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
