//! Spatial backpropagation: from the current of a layer to the spikes of its sources.

use super::WeightForm;
use crate::core::{Work, misfit};
use crate::graph::{Layer, NodeId, Op};
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, leading};
use neurotrain_plugin_api::Result;
use neurotrain_tensor::{Category, HostTensor};

impl<R: Scalar> Work<'_, R> {
    /// Gradients with respect to the spikes of every source layer of layer `index`, for `post` with respect to its
    /// current.
    pub(crate) fn input_grad(
        &mut self,
        index: usize,
        form: WeightForm,
        post: &HostTensor,
    ) -> Result<Vec<HostTensor>> {
        let name = "input_grad";
        let (layer, info) = self.layer(name, index)?;
        if info.sources.is_empty() {
            return Ok(Vec::new());
        }
        let lead = leading(post.shape(), &info.shape).ok_or_else(|| {
            misfit(
                name,
                info,
                "the gradient",
                post.shape(),
                &format!("[.., {:?}]", info.shape),
            )
        })?;
        let rows = count(&lead);
        self.session.meter().count_spatial_backprop();
        self.session.meter().count_weight_transport();
        let post = self.back_along(layer, read(post, <[R]>::to_vec)?, rows)?;
        let _scratch = self.scratch(&post);
        let x = self
            .state
            .record
            .as_ref()
            .and_then(|r| r.layers[index].as_ref())
            .map(|kept| kept.input.clone());
        let gradient = self.synapse_input_grad(layer.synapse, form, &post, x.as_ref(), rows)?;
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
                let (at, shape) = (
                    self.plan.layers[*source].boundary,
                    &self.plan.info.layers[*source].shape,
                );
                let values = open[at]
                    .take()
                    .unwrap_or_else(|| vec![R::ZERO; rows * count(shape)]);
                HostTensor::from_vec(self.session, values, &join(&lead, shape), Category::RuleState)
            })
            .collect()
    }

    /// From the gradient with respect to a layer's current to that with respect to its synapse's output.
    pub(super) fn back_along(&self, layer: &Layer, mut gradient: Vec<R>, rows: usize) -> Result<Vec<R>> {
        for &node in layer.current_path.iter().rev() {
            let _before = self.scratch(&gradient);
            gradient = self.back_through(node, gradient, rows)?.pop().unwrap_or_default();
            let _after = self.scratch(&gradient);
        }
        Ok(gradient)
    }

    /// Adjoint of one node with what the record keeps of it.
    fn back_through(&self, node: NodeId, gradient: Vec<R>, rows: usize) -> Result<Vec<Vec<R>>> {
        let at = &self.plan.nodes[node];
        let record = self.state.record.as_ref();
        let places = record.and_then(|r| r.places[node].as_deref());
        let values: Vec<Option<HostTensor>> = match at.op {
            Op::Custom { .. } => at
                .inputs
                .iter()
                .map(|id| record.and_then(|r| r.value(*id)).cloned())
                .collect(),
            _ => Vec::new(),
        };
        self.node_adjoint(node, gradient, rows, places.map(Vec::as_slice), &values)
    }
}
