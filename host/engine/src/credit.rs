//! Gradients: through neurons, of weights, and through synapses.

use crate::core::{Work, misfit};
use crate::graph::{Layer, NodeId, Op};
use crate::neuron::Neuron;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, leading};
use neurotrain_kernels::adjoint::{Sweep, reverse, reverse_integrator};
use neurotrain_kernels::optim::axpy;
use neurotrain_plugin_api::{Error, LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor, Phase, SynapticOps};

/// Which matrix of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matrix {
    FeedForward,
    Recurrent,
}

impl Matrix {
    pub(crate) fn from_code(name: &str, code: i64) -> Result<Self> {
        match code {
            0 => Ok(Matrix::FeedForward),
            1 => Ok(Matrix::Recurrent),
            other => Err(Error::new("bad-operand", format!("`{name}`: matrix {other} is neither 0 (feed-forward) nor 1 (recurrent)"))),
        }
    }
}

impl<R: Scalar> Work<'_, R> {
    /// Current of layer `index` for `x [.., in]`.
    pub(crate) fn current(&mut self, index: usize, x: &HostTensor) -> Result<HostTensor> {
        let (layer, info) = self.layer("current", index)?;
        let lead = leading(x.shape(), &info.input_shape)
            .ok_or_else(|| misfit("current", info, "the input", x.shape(), &format!("[.., {:?}]", info.input_shape)))?;
        let mut values = self.synapse_forward(layer.synapse, x, count(&lead))?;
        for &node in &layer.current_path {
            values = self.along(node, values, &lead)?;
        }
        HostTensor::from_vec(self.session, values, &join(&lead, &info.shape), Category::RuleState)
    }

    /// One node on the way of a current, flat `[lead, shape]`.
    fn along(&self, node: NodeId, current: Vec<R>, lead: &[usize]) -> Result<Vec<R>> {
        let source = self.plan.nodes[node].inputs[0];
        let category = Category::RuleState;
        let dims = join(lead, &self.plan.nodes[source].shape);
        let value = HostTensor::from_vec(self.session, current, &dims, category)?;
        let inputs = crate::nodes::Inputs { values: &[value], lead, category };
        read(&self.node_forward(node, &inputs)?.0, <[R]>::to_vec)
    }

    /// Gradient with respect to the current of layer `index` over the record.
    pub(crate) fn neuron_adjoint(
        &mut self,
        index: usize,
        spikes: Option<&HostTensor>,
        membrane: Option<&HostTensor>,
        detach_reset: bool,
    ) -> Result<HostTensor> {
        let name = "neuron_adjoint";
        let (_, info) = self.layer(name, index)?;
        let (record, kept) = self.recorded(name, info)?;
        let (lead, fired) = (record.lead.clone(), kept.membrane.clone());
        let dims = join(&lead, &info.shape);
        let given = |what: &str, tensor: Option<&HostTensor>| -> Result<Vec<R>> {
            let Some(tensor) = tensor else { return Ok(Vec::new()) };
            if leading(tensor.shape(), &info.shape).as_deref() != Some(&lead[..]) {
                return Err(misfit(name, info, what, tensor.shape(), &format!("{dims:?}")));
            }
            read(tensor, <[R]>::to_vec)
        };
        let spikes = given("the spike gradient", spikes)?;
        let membrane = given("the membrane gradient", membrane)?;
        let batch = lead.last().copied().unwrap_or(1);
        let total = count(&dims);
        let out = match self.state.neurons[index] {
            Neuron::None => match (spikes.is_empty(), membrane.is_empty()) {
                (true, true) => vec![R::ZERO; total],
                (false, true) => spikes,
                (true, false) => membrane,
                (false, false) => membrane.iter().zip(&spikes).map(|(m, s)| *m + *s).collect(),
            },
            Neuron::Integrator { beta, .. } => {
                let mut out = if membrane.is_empty() { vec![R::ZERO; total] } else { membrane };
                reverse_integrator(beta, &mut out, batch * info.size());
                out
            }
            Neuron::Lif { lif, surrogate } => {
                let n = info.size();
                let recurrent = match &info.recurrent {
                    Some(matrices) => {
                        let rows = total / n.max(1);
                        self.count(Phase::Learning, rows * n * n, SynapticOps { effective_mac: (rows * n * n) as u64, ..Default::default() });
                        read(self.state.params[matrices.weight].value()?, <[R]>::to_vec)?
                    }
                    None => Vec::new(),
                };
                read(&fired, |fired: &[R]| {
                    reverse(&Sweep {
                        lif,
                        surrogate,
                        fired,
                        spikes: &spikes,
                        membrane: &membrane,
                        recurrent: &recurrent,
                        detach_reset,
                        batch,
                        n,
                    })
                })?
            }
        };
        HostTensor::from_vec(self.session, out, &dims, Category::RuleState)
    }

    /// Gradient of a matrix, in the shape of its parameter.
    pub(crate) fn weight_grad(
        &mut self,
        index: usize,
        matrix: Matrix,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<HostTensor> {
        let (param, gradient) = self.gradient("weight_grad", index, matrix, post, pre)?;
        HostTensor::from_vec(self.session, gradient, &self.state.params[param].shape, Category::RuleState)
    }

    /// Parameter and its gradient.
    fn gradient(
        &mut self,
        name: &str,
        index: usize,
        matrix: Matrix,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<(usize, Vec<R>)> {
        let (layer, info) = self.layer(name, index)?;
        let lead = self.leads_agree(name, info, matrix, post, pre)?;
        let rows = count(&lead);
        if matrix == Matrix::Recurrent {
            let param = recurrent_param(name, info)?;
            let n = info.size();
            let gradient = read(post, |post: &[R]| self.outer_sum(post, pre, rows, n, n))??;
            return Ok((param, gradient));
        }
        let gradient = if layer.current_path.is_empty() {
            read(post, |post: &[R]| self.synapse_weight_grad(layer.synapse, post, pre, rows))??
        } else {
            let post = self.back_along(layer, read(post, <[R]>::to_vec)?, rows)?;
            self.synapse_weight_grad(layer.synapse, &post, pre, rows)?
        };
        Ok((info.weight, gradient))
    }

    /// The common leading axes of both sides of a weight gradient.
    fn leads_agree(
        &self,
        name: &str,
        info: &LayerInfo,
        matrix: Matrix,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<Vec<usize>> {
        let input = if matrix == Matrix::Recurrent { &info.shape } else { &info.input_shape };
        let lead = leading(post.shape(), &info.shape)
            .ok_or_else(|| misfit(name, info, "the postsynaptic side", post.shape(), &format!("[.., {:?}]", info.shape)))?;
        let other = leading(pre.shape(), input)
            .ok_or_else(|| misfit(name, info, "the presynaptic side", pre.shape(), &format!("[.., {input:?}]")))?;
        if lead != other {
            return Err(misfit(name, info, "the presynaptic side", pre.shape(), &format!("{:?}", join(&lead, input))));
        }
        Ok(lead)
    }

    /// From the gradient with respect to a layer's current to that with respect to its synapse's output.
    fn back_along(&self, layer: &Layer, mut gradient: Vec<R>, rows: usize) -> Result<Vec<R>> {
        for &node in layer.current_path.iter().rev() {
            gradient = self.back_through(node, gradient, rows)?.pop().unwrap_or_default();
        }
        Ok(gradient)
    }

    /// Adjoint of one node with what the record keeps of it.
    fn back_through(&self, node: NodeId, gradient: Vec<R>, rows: usize) -> Result<Vec<Vec<R>>> {
        let at = &self.plan.nodes[node];
        let record = self.state.record.as_ref();
        let places = record.and_then(|r| r.places[node].as_deref());
        let values: Vec<Option<HostTensor>> = match at.op {
            Op::Custom { .. } => at.inputs.iter().map(|id| record.and_then(|r| r.value(*id)).cloned()).collect(),
            _ => Vec::new(),
        };
        self.node_adjoint(node, gradient, rows, places.map(Vec::as_slice), &values)
    }

    /// Gradients with respect to the spikes of every source layer of layer `index`, for `post` with respect to its
    /// current.
    pub(crate) fn input_grad(&mut self, index: usize, post: &HostTensor) -> Result<Vec<HostTensor>> {
        let name = "input_grad";
        let (layer, info) = self.layer(name, index)?;
        if info.sources.is_empty() {
            return Ok(Vec::new());
        }
        let lead = leading(post.shape(), &info.shape)
            .ok_or_else(|| misfit(name, info, "the gradient", post.shape(), &format!("[.., {:?}]", info.shape)))?;
        let rows = count(&lead);
        self.session.meter().count_spatial_backprop();
        self.session.meter().count_weight_transport();
        let post = self.back_along(layer, read(post, <[R]>::to_vec)?, rows)?;
        let x = self.state.record.as_ref().and_then(|r| r.layers[index].as_ref()).map(|kept| kept.input.clone());
        let gradient = self.synapse_input_grad(layer.synapse, &post, x.as_ref(), rows)?;
        let mut open: Vec<Option<Vec<R>>> = vec![None; self.plan.nodes.len()];
        open[self.plan.nodes[layer.synapse].inputs[0]] = Some(gradient);
        let is_boundary = |id: NodeId| self.plan.layers.iter().any(|l| l.boundary == id);
        for id in (0..layer.synapse).rev() {
            let at = &self.plan.nodes[id];
            if is_boundary(id) || at.op == Op::Input {
                continue;
            }
            let Some(gradient) = open[id].take() else { continue };
            for (source, part) in at.inputs.iter().zip(self.back_through(id, gradient, rows)?) {
                match &mut open[*source] {
                    Some(sum) => sum.iter_mut().zip(&part).for_each(|(s, p)| *s += *p),
                    empty => *empty = Some(part),
                }
            }
        }
        info.sources
            .iter()
            .map(|source| {
                let (at, shape) = (self.plan.layers[*source].boundary, &self.plan.info.layers[*source].shape);
                let values = open[at].take().unwrap_or_else(|| vec![R::ZERO; rows * count(shape)]);
                HostTensor::from_vec(self.session, values, &join(&lead, shape), Category::RuleState)
            })
            .collect()
    }

    /// In place: a matrix `+= scale * weight_grad(post, pre)`.
    pub(crate) fn outer_update(
        &mut self,
        index: usize,
        matrix: Matrix,
        scale: f64,
        post: &HostTensor,
        pre: &HostTensor,
    ) -> Result<()> {
        let name = "outer_update";
        let (layer, info) = self.layer(name, index)?;
        let scale = R::from_f64(scale);
        let plain = match (&self.plan.nodes[layer.synapse].op, matrix) {
            (_, Matrix::Recurrent) => Some(recurrent_param(name, info)?),
            (Op::Linear(w), _) if w.standardise.is_none() && layer.current_path.is_empty() => Some(w.weight),
            _ => None,
        };
        if let Some(param) = plain {
            let lead = self.leads_agree(name, info, matrix, post, pre)?;
            return read(post, |post: &[R]| self.add_outer(param, scale, post, pre, count(&lead)))?;
        }
        let (param, gradient) = self.gradient(name, index, matrix, post, pre)?;
        self.state.params[param].change(|values| {
            axpy(values, scale, &gradient);
            Ok(())
        })
    }
}

fn recurrent_param(name: &str, info: &LayerInfo) -> Result<usize> {
    info.recurrent.as_ref().map(|r| r.weight).ok_or_else(|| {
        Error::new("bad-operand", format!("`{name}`: layer {} (`{}`) has no recurrent matrix", info.index, info.name))
    })
}
