//! Declarative plasticity of one layer.

use crate::core::{Work, misfit};
use crate::graph::Op;
use crate::neuron::Neuron;
use crate::scalar::{Scalar, read, update};
use crate::shape::leading;
use neurotrain_kernels::Events;
use neurotrain_kernels::plasticity::{Stdp, normalise, run};
use neurotrain_plugin_api::{Error, LayerInfo, Plasticity, Result, serde_json};
use neurotrain_tensor::{Category, HostTensor, Phase, SynapticOps};
use std::sync::Arc;

impl<R: Scalar> Work<'_, R> {
    /// Runs one sample `x [T, 1, in]` through layer `index` alone from cleared state, changing its weights and `thresholds
    /// [n]`; returns the spikes `[T, 1, n]`.
    pub(crate) fn plasticity(
        &mut self,
        index: usize,
        specification: &str,
        x: &HostTensor,
        thresholds: &HostTensor,
        modulator: f64,
    ) -> Result<HostTensor> {
        let name = "plasticity";
        let (layer, info) = self.layer(name, index)?;
        let rule: Plasticity = serde_json::from_str(specification)
            .map_err(|e| refused(info, &format!("the specification: {e}")))?;
        let stdp = constants(&rule, modulator, info)?;
        let Neuron::Lif { lif, .. } = self.state.neurons[index] else {
            return Err(refused(info, "its neurons never spike"));
        };
        let param = match &self.plan.nodes[layer.synapse].op {
            Op::Linear(w) if w.standardise.is_none() && w.bias.is_none() && layer.current_path.is_empty() => {
                w.weight
            }
            _ => {
                return Err(refused(
                    info,
                    "it must be a plain linear synapse onto its neurons",
                ));
            }
        };
        if info.recurrent.is_some() {
            return Err(refused(info, "it has a recurrent synapse"));
        }
        let steps = match leading(x.shape(), &info.input_shape).as_deref() {
            Some(&[steps, 1]) => steps,
            _ => {
                return Err(misfit(
                    name,
                    info,
                    "the sample",
                    x.shape(),
                    &format!("[T, 1, {:?}]", info.input_shape),
                ));
            }
        };
        let (n, inputs) = self.matrix_shape(param);
        if thresholds.shape()[..] != [n] {
            return Err(misfit(
                name,
                info,
                "`thresholds`",
                thresholds.shape(),
                &format!("[{n}]"),
            ));
        }
        let events = match x.event_index() {
            Some(events) => events.reshape(steps, inputs),
            None => read(x, |x: &[R]| Events::from_dense(x, steps, inputs))?,
        };
        let events = events.ok_or_else(|| refused(info, "the sample holds values other than 0 and 1"))?;
        let weights = &mut self.state.params[param];
        let spikes = update(thresholds, |thresholds: &mut [R]| {
            let mut spikes = Events::empty(0, n);
            weights.change_transposed(|weights| {
                spikes = run(&stdp, &lif, &events, weights, thresholds);
                if let Some(total) = rule.normalise {
                    normalise(R::from_f64(total), weights, n);
                }
            })?;
            Ok(spikes)
        })?;
        let accumulates = (events.nnz() * n) as u64;
        let ops = |effective_ac| SynapticOps {
            dense_mac: (steps * inputs * n) as u64,
            effective_ac,
            effective_mac: 0,
        };
        self.session.meter().count(Phase::Forward, ops(accumulates));
        self.session
            .meter()
            .count(Phase::Learning, ops(accumulates + (spikes.nnz() * inputs) as u64));
        let dims = [&[steps, 1], &info.shape[..]].concat();
        Ok(HostTensor::events(
            self.session,
            Arc::new(spikes),
            &dims,
            Category::NeuronState,
        ))
    }
}

fn constants<R: Scalar>(rule: &Plasticity, modulator: f64, info: &LayerInfo) -> Result<Stdp<R>> {
    let winner = match rule.inhibition.as_str() {
        "" | "none" => false,
        "winner" => true,
        other => {
            return Err(refused(
                info,
                &format!("`inhibition` is `{other}`, not `none` or `winner`"),
            ));
        }
    };
    let numbers = [
        rule.pre_decay,
        rule.post_decay,
        rule.a_plus,
        rule.a_minus,
        rule.mu,
        rule.w_min,
        rule.w_max,
        rule.threshold_plus,
        rule.threshold_decay,
        modulator,
        rule.normalise.unwrap_or(1.0),
    ];
    if numbers.iter().any(|v| !v.is_finite()) || rule.w_min > rule.w_max || rule.mu < 0.0 {
        return Err(refused(
            info,
            "a constant is not finite, `mu` is negative, or `w_min` exceeds `w_max`",
        ));
    }
    let r = R::from_f64;
    Ok(Stdp {
        pre_decay: r(rule.pre_decay),
        post_decay: r(rule.post_decay),
        a_plus: r(modulator * rule.a_plus),
        a_minus: r(modulator * rule.a_minus),
        mu: r(rule.mu),
        nearest: rule.nearest,
        w_min: r(rule.w_min),
        w_max: r(rule.w_max),
        winner,
        threshold_plus: r(rule.threshold_plus),
        threshold_decay: r(rule.threshold_decay),
    })
}

fn refused(info: &LayerInfo, why: &str) -> Error {
    Error::new(
        "refused",
        format!("`plasticity` of layer {} (`{}`): {why}", info.index, info.name),
    )
}
