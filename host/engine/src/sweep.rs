//! Neurons over the steps of a record.

use crate::core::Work;
use crate::graph::Standardise;
use crate::neuron::Neuron;
use crate::scalar::{Scalar, read};
use crate::shape::{join, reshape};
use crate::state::Carry;
use neurotrain_kernels::neuron::Lif;
use neurotrain_kernels::sequence::{self, Drive, Recurrent, Synapses};
use neurotrain_kernels::{Events, Majority, scan};
use neurotrain_plugin_api::{Error, RecurrentInfo, Result};
use neurotrain_tensor::{Category, HostTensor, Phase, SynapticOps};
use std::sync::Arc;

/// What a sweep gives.
pub(crate) struct Swept<R> {
    /// The membranes that were compared with the threshold, `[T * B * n]`.
    pub(crate) membrane: Vec<R>,
    /// The membranes as the next step finds them where they differ from the last of `membrane`.
    pub(crate) left: Option<Vec<R>>,
    /// `[T * B, n]`, for neurons that spike.
    pub(crate) spikes: Option<Events>,
    /// The state before the first step.
    pub(crate) before: Option<Carry>,
}

/// Where the current of a sweep comes from.
pub(crate) enum Feed<R> {
    /// It is computed: `[steps, batch, n]`.
    Current(Vec<R>),
    /// The sweep computes it, block of samples by block of samples.
    Spikes(SpikeFeed),
}

/// Presynaptic spikes on their way through a plain linear synapse.
pub(crate) struct SpikeFeed {
    /// `[steps * batch, inputs]`.
    pub(crate) input: Arc<Events>,
    /// The same, where they repeat from step to step.
    pub(crate) repeats: Option<Arc<Majority>>,
    /// The weights' parameter.
    pub(crate) weight: usize,
    /// What the weights are standardised by.
    pub(crate) standardise: Option<Standardise>,
}

impl<R: Scalar> Work<'_, R> {
    /// Sweeps the neurons of layer `index` over `steps * batch` rows, from the state that they carry.
    pub(crate) fn sweep(
        &mut self,
        index: usize,
        feed: Feed<R>,
        steps: usize,
        batch: usize,
    ) -> Result<Swept<R>> {
        let n = self.plan.info.layers[index].size();
        let before = self.state.carry[index].clone();
        let (mut membrane, feed) = match feed {
            Feed::Current(current) => (current, None),
            Feed::Spikes(feed) => {
                self.count_feed(&feed);
                (self.session.buffer(steps * batch * n), Some(feed))
            }
        };
        let without_spikes = |membrane, before| Swept {
            membrane,
            left: None,
            spikes: None,
            before,
        };
        match self.state.neurons[index] {
            Neuron::None => Ok(without_spikes(membrane, None)),
            Neuron::Integrator { beta, .. } => {
                let beta = beta.max(R::ZERO).min(R::ONE);
                if let Some(carry) = &before {
                    read(&carry.membrane, |initial: &[R]| {
                        let decayed = membrane.iter_mut().zip(initial);
                        decayed.for_each(|(x, u)| *x += beta * *u);
                    })?;
                }
                scan::decay(beta, &mut membrane, batch * n, false);
                Ok(without_spikes(membrane, before))
            }
            Neuron::Lif { lif, .. } => {
                let recurrent = self.plan.info.layers[index].recurrent.clone();
                let first = before.as_ref().and_then(|c| c.spikes.clone());
                let first = first.unwrap_or_else(|| Arc::new(Events::empty(batch, n)));
                let initial = match &before {
                    Some(carry) => carry.membrane.clone(),
                    None => self.zeros(batch * n)?,
                };
                let (spikes, left) =
                    self.run_neurons(&lif, recurrent.as_ref(), feed, &initial, &first, &mut membrane)?;
                if recurrent.is_some() {
                    // The last step's spikes are given back by the next call.
                    let given_back = spikes.offsets[(steps - 1) * batch] as usize;
                    self.count_recurrent(n, steps * batch, first.nnz() + given_back);
                }
                Ok(Swept {
                    membrane,
                    left,
                    spikes: Some(spikes),
                    before,
                })
            }
        }
    }

    fn run_neurons(
        &mut self,
        lif: &Lif<R>,
        recurrent: Option<&RecurrentInfo>,
        feed: Option<SpikeFeed>,
        initial: &HostTensor,
        first: &Events,
        membrane: &mut [R],
    ) -> Result<(Events, Option<Vec<R>>)> {
        let mut bias = Vec::new();
        if let Some(feed) = &feed {
            self.state.params[feed.weight].panels(feed.standardise)?;
        }
        if let Some(matrices) = recurrent {
            self.state.params[matrices.weight].panels(None)?;
            if let Some(param) = matrices.bias {
                bias = read(self.state.params[param].value()?, <[R]>::to_vec)?;
            }
        }
        let ready = |param: usize, with| {
            let panels = self.state.params[param].ready_panels(with);
            panels.ok_or_else(|| Error::new("host-fault", format!("parameter {param} has no panels")))
        };
        let drive = feed.as_ref().map(|feed| {
            Ok::<_, Error>(Drive {
                input: &feed.input,
                repeats: feed.repeats.as_deref(),
                weights: ready(feed.weight, feed.standardise)?,
            })
        });
        let recurrent = recurrent.map(|matrices| {
            Ok::<_, Error>(Recurrent {
                weights: ready(matrices.weight, None)?,
                bias: &bias,
            })
        });
        let synapses = Synapses {
            drive: drive.transpose()?,
            recurrent: recurrent.transpose()?,
        };
        read(initial, |initial: &[R]| {
            let buffer = |length| self.session.buffer(length);
            sequence::run(lif, synapses, initial, first, membrane, buffer)
        })
    }

    fn zeros(&self, length: usize) -> Result<HostTensor> {
        HostTensor::from_vec(self.session, vec![R::ZERO; length], &[length], Category::Scratch)
    }

    fn count_recurrent(&self, n: usize, rows: usize, spikes: usize) {
        let ops = SynapticOps {
            dense_mac: (rows * n * n) as u64,
            effective_ac: (spikes * n) as u64,
            effective_mac: 0,
        };
        self.session.meter().count(Phase::Forward, ops);
    }

    /// The state that a sweep leaves; `membrane` is its membranes as a tensor `[T?, B, shape]`.
    pub(crate) fn carry_of(
        &self,
        index: usize,
        membrane: &HostTensor,
        left: Option<&HostTensor>,
        spikes: Option<&HostTensor>,
        steps: usize,
        batch: usize,
    ) -> Result<Option<Carry>> {
        if matches!(self.state.neurons[index], Neuron::None) {
            return Ok(None);
        }
        let shape = join(&[batch], &self.plan.info.layers[index].shape);
        let last = match left {
            Some(left) => left.clone(),
            None if steps == 1 => reshape(membrane, &shape)?,
            None => {
                let size: usize = shape.iter().product();
                let values = read(membrane, |u: &[R]| u[(steps - 1) * size..].to_vec())?;
                HostTensor::from_vec(self.session, values, &shape, Category::NeuronState)?
            }
        };
        let spikes = match spikes {
            Some(spikes) if steps > 1 => spikes.event_index().map(|events| {
                let last = Arc::new(events.narrow((steps - 1) * batch, batch));
                HostTensor::events(self.session, last, &shape, Category::NeuronState)
            }),
            Some(spikes) => Some(reshape(spikes, &shape)?),
            None => None,
        };
        Ok(Some(Carry::new(last, spikes)))
    }
}
