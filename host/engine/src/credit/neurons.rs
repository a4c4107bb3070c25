//! Reverse sweeps through the neurons of a record.

use crate::core::{Work, misfit};
use crate::neuron::Neuron;
use crate::scalar::{Held, Scalar, read};
use crate::shape::{count, join, leading};
use crate::synapse::multiplies;
use neurotrain_kernels::adjoint::{Sweep, reverse_integrator, reverse_into};
use neurotrain_kernels::dense::nonzero;
use neurotrain_plugin_api::{LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor, Phase};

impl<R: Scalar> Work<'_, R> {
    /// Gradient with respect to the current of layer `index` over the record.
    pub(crate) fn neuron_adjoint(
        &mut self,
        index: usize,
        spikes: Option<&HostTensor>,
        membrane: Option<&HostTensor>,
        next: Option<&HostTensor>,
        detach_reset: bool,
    ) -> Result<HostTensor> {
        let name = "neuron_adjoint";
        let (_, info) = self.layer(name, index)?;
        let (record, kept) = self.recorded(name, info)?;
        let (lead, fired) = (record.lead.clone(), kept.membrane.clone());
        let dims = join(&lead, &info.shape);
        for (what, tensor) in [
            ("the spike gradient", spikes),
            ("the membrane gradient", membrane),
        ] {
            if let Some(tensor) = tensor
                && leading(tensor.shape(), &info.shape).as_deref() != Some(&lead[..])
            {
                return Err(misfit(name, info, what, tensor.shape(), &format!("{dims:?}")));
            }
        }
        if let Some(next) = next
            && leading(next.shape(), &info.shape).as_deref() != lead.last().map(std::slice::from_ref)
        {
            let wanted = format!("{:?}", join(&lead[lead.len() - 1..], &info.shape));
            return Err(misfit(
                name,
                info,
                "the gradient of the next step",
                next.shape(),
                &wanted,
            ));
        }
        if lead.len() > 1 && lead[0] > 1 && !matches!(self.state.neurons[index], Neuron::None) {
            self.session.meter().count_temporal_backprop();
        }
        let out = read_or_empty(spikes, |spikes| {
            read_or_empty(membrane, |membrane| {
                read_or_empty(next, |next| {
                    let given = Given {
                        spikes,
                        membrane,
                        next,
                        detach_reset,
                    };
                    self.sweep_back(info, &fired, given, &lead)
                })
            })
        })????;
        HostTensor::from_vec(self.session, out, &dims, Category::RuleState)
    }

    fn sweep_back(
        &mut self,
        info: &LayerInfo,
        fired: &HostTensor,
        given: Given<'_, R>,
        lead: &[usize],
    ) -> Result<Vec<R>> {
        let Given {
            spikes,
            membrane,
            next,
            detach_reset,
        } = given;
        let (n, rows) = (info.size(), count(lead));
        let batch = lead.last().copied().unwrap_or(1);
        let or_zeros = |given: &[R]| {
            if given.is_empty() {
                vec![R::ZERO; rows * n]
            } else {
                given.to_vec()
            }
        };
        match self.state.neurons[info.index] {
            Neuron::None => {
                let mut out = or_zeros(membrane);
                out.iter_mut().zip(spikes).for_each(|(o, s)| *o += *s);
                Ok(out)
            }
            Neuron::Integrator { beta, .. } => {
                let mut out = or_zeros(membrane);
                reverse_integrator(beta, next, &mut out, batch * n);
                Ok(out)
            }
            Neuron::Lif { lif, surrogate } => {
                let reverse = |recurrent: &[R]| {
                    read(fired, |fired: &[R]| {
                        let mut out = self.session.buffer(fired.len());
                        let sweep = Sweep {
                            lif,
                            surrogate,
                            fired,
                            spikes,
                            membrane,
                            next,
                            recurrent,
                            detach_reset,
                            batch,
                            n,
                        };
                        let _scratch = Held::scratch(self.session, sweep.scratch_bytes());
                        reverse_into(&sweep, &mut out);
                        out
                    })
                };
                let Some(matrices) = &info.recurrent else {
                    return reverse(&[]);
                };
                let out = self.state.params[matrices.weight].with_matrix(None, reverse)??;
                // From every step but the first, to the one before.
                let carried = nonzero(&out[batch * n..]) + nonzero(next);
                self.count(Phase::Learning, rows * n * n, multiplies(carried * n));
                Ok(out)
            }
        }
    }
}

/// What a reverse sweep is given; empty slices for what is absent.
struct Given<'a, R> {
    spikes: &'a [R],
    membrane: &'a [R],
    /// Of the current of the step after the record.
    next: &'a [R],
    detach_reset: bool,
}

fn read_or_empty<R: Scalar, T>(tensor: Option<&HostTensor>, body: impl FnOnce(&[R]) -> T) -> Result<T> {
    match tensor {
        Some(tensor) => read(tensor, body),
        None => Ok(body(&[])),
    }
}
