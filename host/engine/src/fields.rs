//! Reading a record.

use crate::core::Work;
use crate::custom::snapshot;
use crate::neuron::Neuron;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join};
use crate::state::{LayerRecord, Record};
use neurotrain_kernels::Events;
use neurotrain_kernels::neuron::{ResetOrder, after_reset};
use neurotrain_kernels::surrogate::derivative;
use neurotrain_plugin_api::{Error, Field, LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor};
use std::sync::Arc;

impl<R: Scalar> Work<'_, R> {
    /// Field `field` of layer `index`: `[B, ..]` after a step, `[T, B, ..]` after a run.
    pub(crate) fn field(&mut self, index: usize, field: Field) -> Result<HostTensor> {
        let (layer, info) = self.layer("field", index)?;
        let (record, kept) = self.recorded("field", info)?;
        let (lead, kept) = (record.lead.clone(), kept.clone());
        match field {
            Field::Input => snapshot(&kept.input),
            Field::Membrane => snapshot(&kept.membrane),
            Field::Spikes => self.spikes_of(info, &kept, &lead),
            Field::Output => {
                let output = self.plan.nodes.len() - 1;
                let value = record.value(layer.output).or_else(|| {
                    let same = info.readout && self.plan.nodes[output].inputs == [layer.output];
                    record.value(output).filter(|_| same)
                });
                snapshot(value.ok_or_else(|| unrecorded("field", info))?)
            }
            Field::Current => match (&kept.current, self.state.neurons[index]) {
                (Some(current), _) => snapshot(current),
                (None, Neuron::None) => snapshot(&kept.membrane),
                (None, _) if kept.version == self.version(info) => {
                    self.state.current_asked_for[index] = true;
                    self.current(index, &kept.input)
                }
                (None, _) => Err(Error::new(
                    "not-recorded",
                    format!(
                        "`field`: the weights of layer {index} (`{}`) changed since the network ran",
                        info.name
                    ),
                )
                .with_hint("read the current before updating the weights")),
            },
            Field::Reported => self.reported(index, info, &kept, &lead),
            Field::Surrogate => self.surrogate(index, &kept, &lead),
            Field::PreviousSpikes => self.previous_spikes(info, &kept, &lead),
        }
    }

    /// The record of a layer.
    pub(crate) fn recorded(&self, name: &str, info: &LayerInfo) -> Result<(&Record, &LayerRecord)> {
        let record = self.state.record.as_ref().ok_or_else(|| {
            Error::new(
                "not-recorded",
                format!(
                    "`{name}` of layer {} (`{}`): nothing has run yet",
                    info.index, info.name
                ),
            )
            .with_hint("call `step` or `run` after `reset`")
        })?;
        match &record.layers[info.index] {
            Some(kept) => Ok((record, kept)),
            None => Err(unrecorded(name, info)),
        }
    }

    fn spikes_of(&self, info: &LayerInfo, kept: &LayerRecord, lead: &[usize]) -> Result<HostTensor> {
        match (&kept.spikes, self.state.neurons[info.index]) {
            (Some(spikes), _) => snapshot(spikes),
            // The output of a layer without neurons.
            (None, Neuron::None) => snapshot(&kept.membrane),
            (None, _) => Ok(self.silence(info, lead)),
        }
    }

    fn silence(&self, info: &LayerInfo, lead: &[usize]) -> HostTensor {
        let events = Arc::new(Events::empty(count(lead), info.size()));
        HostTensor::events(
            self.session,
            events,
            &join(lead, &info.shape),
            self.category(lead),
        )
    }

    fn reported(
        &self,
        index: usize,
        info: &LayerInfo,
        kept: &LayerRecord,
        lead: &[usize],
    ) -> Result<HostTensor> {
        let Neuron::Lif { lif, .. } = self.state.neurons[index] else {
            return snapshot(&kept.membrane);
        };
        if lif.order == ResetOrder::Delayed {
            return snapshot(&kept.membrane);
        }
        if let Some(reported) = &kept.reported {
            return snapshot(reported);
        }
        let width = lead.last().copied().unwrap_or(1) * info.size();
        let initial = match &kept.before {
            Some(carry) => read(&carry.membrane, <[R]>::to_vec)?,
            None => vec![R::ZERO; width],
        };
        let values = read(&kept.membrane, |fired: &[R]| after_reset(&lif, &initial, fired))?;
        HostTensor::from_vec(
            self.session,
            values,
            &join(lead, &info.shape),
            Category::Activation,
        )
    }

    fn surrogate(&self, index: usize, kept: &LayerRecord, lead: &[usize]) -> Result<HostTensor> {
        let (surrogate, threshold) = match self.state.neurons[index] {
            Neuron::Lif { lif, surrogate } => (surrogate, lif.threshold),
            Neuron::Integrator {
                threshold, surrogate, ..
            } => (surrogate, threshold),
            Neuron::None => {
                let ones = vec![R::ONE; count(kept.membrane.shape())];
                return HostTensor::from_vec(self.session, ones, kept.membrane.shape(), self.category(lead));
            }
        };
        let values = read(&kept.membrane, |u: &[R]| {
            let mut out = self.session.buffer(u.len());
            derivative(surrogate, u, threshold, &mut out);
            out
        })?;
        HostTensor::from_vec(self.session, values, kept.membrane.shape(), self.category(lead))
    }

    fn previous_spikes(&self, info: &LayerInfo, kept: &LayerRecord, lead: &[usize]) -> Result<HostTensor> {
        let Some(spikes) = kept.spikes.as_ref().and_then(HostTensor::event_index) else {
            return Ok(self.silence(info, lead));
        };
        let batch = lead.last().copied().unwrap_or(1);
        let first = kept.before.as_ref().and_then(|carry| carry.spikes.clone());
        let first = first.unwrap_or_else(|| Arc::new(Events::empty(batch, info.size())));
        let events = match lead.len() {
            1 => first,
            _ => {
                Arc::new(Events::stack([&*first, &spikes.narrow(0, spikes.rows - batch)]).unwrap_or_default())
            }
        };
        Ok(HostTensor::events(
            self.session,
            events,
            &join(lead, &info.shape),
            self.category(lead),
        ))
    }
}

fn unrecorded(name: &str, info: &LayerInfo) -> Error {
    Error::new(
        "not-recorded",
        format!(
            "`{name}`: layer {} (`{}`) was not kept by the last run",
            info.index, info.name
        ),
    )
    .with_hint("run with the record, not for the readout alone")
}
