//! The state that neurons carry, as rules save it and go back to it.

use crate::core::Work;
use crate::custom::snapshot;
use crate::neuron::Neuron;
use crate::operands::Operands;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join};
use crate::state::Carry;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::{Error, LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor};
use std::sync::Arc;

impl<R: Scalar> Work<'_, R> {
    /// For every layer its membranes and its last spikes, empty tensors where there are none.
    pub(crate) fn carried(&self) -> Result<Vec<HostTensor>> {
        let nothing = || HostTensor::from_vec::<R>(self.session, Vec::new(), &[0], Category::NeuronState);
        let mut out = Vec::new();
        for carry in &self.state.carry {
            let Some(carry) = carry else {
                out.extend([nothing()?, nothing()?]);
                continue;
            };
            out.push(snapshot(&carry.membrane)?);
            out.push(match &carry.counted {
                Some(spikes) => snapshot(spikes)?,
                None => nothing()?,
            });
        }
        Ok(out)
    }

    /// Goes back to what [`carried`](Work::carried) returned.
    pub(crate) fn carry_on(&mut self, o: &Operands<'_>) -> Result<()> {
        let layers = &self.plan.info.layers;
        if o.tensors() != 2 * layers.len() {
            let message = format!(
                "`{}`: {} tensors are not the state of {} layers",
                o.name,
                o.tensors(),
                layers.len()
            );
            return Err(Error::new("bad-operand", message).with_hint("give back what `state` returned"));
        }
        let mut carry = Vec::with_capacity(layers.len());
        let mut batch = None;
        for (index, info) in layers.iter().enumerate() {
            let (membrane, spikes) = (o.tensor(2 * index)?, o.tensor(2 * index + 1)?);
            if membrane.shape()[..] == [0] {
                carry.push(None);
                continue;
            }
            let rows = self.rows_of_state(o.name, info, &membrane, batch)?;
            batch = Some(rows);
            let events = match spikes.shape()[..] == [0] {
                true => None,
                false => {
                    self.rows_of_state(o.name, info, &spikes, batch)?;
                    Some(self.binary(&spikes, rows, info, o.name)?)
                }
            };
            let spiking = matches!(self.state.neurons[index], Neuron::Lif { .. });
            carry.push(Some(Carry::new(snapshot(&membrane)?, events.filter(|_| spiking))));
        }
        self.state.carry = carry;
        self.state.record = None;
        self.state.batch = batch;
        Ok(())
    }

    fn rows_of_state(
        &self,
        name: &str,
        info: &LayerInfo,
        tensor: &HostTensor,
        batch: Option<usize>,
    ) -> Result<usize> {
        let shape = tensor.shape();
        let rows = shape.first().copied().unwrap_or(0);
        let fits = rows > 0 && shape[1..] == info.shape[..] && batch.is_none_or(|batch| batch == rows);
        if fits && count(shape) == rows * info.size() {
            return Ok(rows);
        }
        Err(Error::new(
            "shape-mismatch",
            format!(
                "`{name}`: a state of layer {} (`{}`) has shape {:?}, not [B, ..{:?}]",
                info.index, info.name, shape, info.shape
            ),
        ))
    }
    /// The spikes as events.
    fn binary(&self, spikes: &HostTensor, rows: usize, info: &LayerInfo, name: &str) -> Result<HostTensor> {
        if spikes.event_index().is_some() {
            return snapshot(spikes);
        }
        let found = read(spikes, |values: &[R]| {
            Events::from_dense(values, rows, info.size())
        })?;
        let events = found.ok_or_else(|| {
            Error::new(
                "bad-operand",
                format!("`{name}`: the spikes hold values other than 0 and 1"),
            )
        })?;
        let dims = join(&[rows], &info.shape);
        Ok(HostTensor::events(
            self.session,
            Arc::new(events),
            &dims,
            Category::NeuronState,
        ))
    }
}
