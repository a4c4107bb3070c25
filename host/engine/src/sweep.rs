//! Neurons over the steps of a record.

use crate::core::Work;
use crate::neuron::Neuron;
use crate::scalar::{Scalar, read};
use crate::shape::join;
use crate::state::Carry;
use neurotrain_kernels::neuron::{ResetOrder, run_delayed, spikes};
use neurotrain_kernels::recurrent::{self, Recurrent};
use neurotrain_kernels::{Events, scan};
use neurotrain_plugin_api::Result;
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

impl<R: Scalar> Work<'_, R> {
    /// Sweeps the neurons of layer `index` over `current [steps, batch, n]`, from the state that they carry.
    pub(crate) fn sweep(
        &mut self,
        index: usize,
        current: Vec<R>,
        steps: usize,
        batch: usize,
    ) -> Result<Swept<R>> {
        let n = current.len() / (steps * batch).max(1);
        let before = self.state.carry[index].clone();
        let mut membrane = current;
        let initial = match &before {
            Some(carry) => read(&carry.membrane, <[R]>::to_vec)?,
            None => vec![R::ZERO; batch * n],
        };
        match self.state.neurons[index] {
            Neuron::None => Ok(Swept {
                membrane,
                left: None,
                spikes: None,
                before: None,
            }),
            Neuron::Integrator { beta, .. } => {
                let beta = beta.max(R::ZERO).min(R::ONE);
                membrane
                    .iter_mut()
                    .zip(&initial)
                    .for_each(|(x, u)| *x += beta * *u);
                scan::decay(beta, &mut membrane, batch * n, false);
                Ok(Swept {
                    membrane,
                    left: None,
                    spikes: None,
                    before,
                })
            }
            Neuron::Lif { lif, .. } => {
                let recurrent = self.plan.info.layers[index].recurrent.as_ref();
                if recurrent.is_none() && lif.order == ResetOrder::Delayed {
                    run_delayed(&lif, &initial, &mut membrane);
                    let spikes = Some(spikes(&lif, &membrane, steps * batch, n));
                    return Ok(Swept {
                        membrane,
                        left: None,
                        spikes,
                        before,
                    });
                }
                let first = before.as_ref().and_then(|c| c.spikes.clone());
                let first = first.unwrap_or_else(|| Arc::new(Events::empty(batch, n)));
                let mut left = initial;
                let spikes = match recurrent {
                    None => recurrent::run(&lif, None, &mut left, &first, &mut membrane),
                    Some(matrices) => {
                        let bias = match matrices.bias {
                            Some(bias) => read(self.state.params[bias].value()?, <[R]>::to_vec)?,
                            None => Vec::new(),
                        };
                        let transposed = self.state.params[matrices.weight].transposed(None)?;
                        let recurrent = Recurrent {
                            transposed,
                            bias: &bias,
                        };
                        recurrent::run(&lif, Some(recurrent), &mut left, &first, &mut membrane)
                    }
                };
                if recurrent.is_some() {
                    self.count_recurrent(n, steps * batch, first.nnz() + spikes.nnz());
                }
                Ok(Swept {
                    membrane,
                    left: Some(left),
                    spikes: Some(spikes),
                    before,
                })
            }
        }
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
        spikes: Option<&Arc<Events>>,
        steps: usize,
        batch: usize,
    ) -> Result<Option<Carry>> {
        if matches!(self.state.neurons[index], Neuron::None) {
            return Ok(None);
        }
        let last = match left {
            Some(left) => left.clone(),
            None if steps == 1 => membrane.clone(),
            None => {
                let shape = join(&[batch], &self.plan.info.layers[index].shape);
                let size: usize = shape.iter().product();
                let values = read(membrane, |u: &[R]| u[(steps - 1) * size..].to_vec())?;
                HostTensor::from_vec(self.session, values, &shape, Category::NeuronState)?
            }
        };
        let spikes = spikes.map(|s| {
            if steps == 1 {
                s.clone()
            } else {
                Arc::new(s.narrow((steps - 1) * batch, batch))
            }
        });
        Ok(Some(Carry {
            membrane: last,
            spikes,
        }))
    }
}
