//! Nodes between synapses and neurons: pooling, scaling, flattening, adding, and a plugin's own.
//!
//! All of them treat the rows of their inputs independently, so a whole sequence is one call.

use crate::core::Work;
use crate::graph::{NodeId, Op};
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, reshape};
use crate::synapse::not_recorded;
use neurotrain_kernels::Events;
use neurotrain_kernels::pool::{self, Window};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor};
use std::sync::Arc;

/// What a node's value is computed from, and the rows that it has.
pub(crate) struct Inputs<'a> {
    pub(crate) values: &'a [HostTensor],
    pub(crate) lead: &'a [usize],
    pub(crate) category: Category,
}

impl<R: Scalar> Work<'_, R> {
    /// Value `[lead, shape]` of a node, and for a maximum where each was found.
    pub(crate) fn node_forward(
        &self,
        node: NodeId,
        inputs: &Inputs<'_>,
    ) -> Result<(HostTensor, Option<Arc<Vec<u8>>>)> {
        let at = &self.plan.nodes[node];
        let dims = join(inputs.lead, &at.shape);
        let [first, ..] = inputs.values else {
            return Err(Error::new(
                "host-fault",
                format!("node `{}` has no input", at.name),
            ));
        };
        let dense = |values: Vec<R>| HostTensor::from_vec(self.session, values, &dims, inputs.category);
        let plain = |tensor: HostTensor| Ok((tensor, None));
        match &at.op {
            Op::Output | Op::Flatten => plain(reshape(first, &dims)?),
            Op::Scale(factor) => {
                let factor = R::from_f64(*factor);
                plain(dense(read(first, |x: &[R]| {
                    x.iter().map(|x| factor * *x).collect()
                })?)?)
            }
            Op::Add => {
                let mut sum = read(first, <[R]>::to_vec)?;
                for other in &inputs.values[1..] {
                    read(other, |x: &[R]| sum.iter_mut().zip(x).for_each(|(s, x)| *s += *x))?;
                }
                plain(dense(sum)?)
            }
            Op::MaxPool { .. } => {
                let window = self.window(node)?;
                let (values, places) = read(first, |x: &[R]| pool::max(&window, x))?;
                let rows = count(inputs.lead);
                // The maximum of spikes is a spike.
                let events = first
                    .event_index()
                    .and_then(|_| Events::from_dense(&values, rows, count(&at.shape)));
                let value = match events {
                    Some(events) => {
                        HostTensor::events(self.session, Arc::new(events), &dims, inputs.category)
                    }
                    None => dense(values)?,
                };
                Ok((value, Some(Arc::new(places))))
            }
            Op::AvgPool { .. } => {
                let window = self.window(node)?;
                plain(dense(read(first, |x: &[R]| pool::mean(&window, x))?)?)
            }
            Op::AdaptiveAvgPool { output } => {
                let map = self.map(node);
                plain(dense(read(first, |x: &[R]| {
                    pool::adaptive_mean(map, *output, x)
                })?)?)
            }
            Op::Custom { json, .. } => {
                let rows = count(inputs.lead);
                let values = self.as_rows(node, inputs.values, rows)?;
                plain(reshape(
                    &self.custom_forward(json, &values, rows, &at.shape)?,
                    &dims,
                )?)
            }
            _ => Err(Error::new(
                "host-fault",
                format!("node `{}` is part of a layer", at.name),
            )),
        }
    }

    /// Gradients with respect to the inputs of a node, flat, for the gradient of its value.
    ///
    /// `places` are those of the forward pass, `values` its inputs where a plugin's node needs them.
    pub(crate) fn node_adjoint(
        &self,
        node: NodeId,
        gradient: Vec<R>,
        rows: usize,
        places: Option<&[u8]>,
        values: &[Option<HostTensor>],
    ) -> Result<Vec<Vec<R>>> {
        let at = &self.plan.nodes[node];
        let one = |gradient: Vec<R>| Ok(vec![gradient]);
        match &at.op {
            Op::Output | Op::Flatten => one(gradient),
            Op::Scale(factor) => {
                let factor = R::from_f64(*factor);
                one(gradient.into_iter().map(|g| factor * g).collect())
            }
            Op::Add => Ok(vec![gradient; at.inputs.len()]),
            Op::MaxPool { .. } => match places {
                Some(places) if places.len() == gradient.len() => {
                    one(pool::max_adjoint(&self.window(node)?, &gradient, places))
                }
                _ => Err(not_recorded(&at.name)),
            },
            Op::AvgPool { .. } => one(pool::mean_adjoint(&self.window(node)?, &gradient)),
            Op::AdaptiveAvgPool { output } => {
                one(pool::adaptive_mean_adjoint(self.map(node), *output, &gradient))
            }
            Op::Custom { json, .. } => {
                let values: Vec<HostTensor> = values.iter().flatten().cloned().collect();
                if values.len() != at.inputs.len() {
                    return Err(not_recorded(&at.name));
                }
                let dims = join(&[rows], &at.shape);
                let gradient = HostTensor::from_vec(self.session, gradient, &dims, Category::RuleState)?;
                let values = self.as_rows(node, &values, rows)?;
                let grads = self.custom_vjp(json, &values, &gradient)?;
                grads.iter().map(|g| read(g, <[R]>::to_vec)).collect()
            }
            _ => Err(Error::new(
                "host-fault",
                format!("node `{}` is part of a layer", at.name),
            )),
        }
    }

    /// The inputs of a node as `[rows, shape]`.
    fn as_rows(&self, node: NodeId, values: &[HostTensor], rows: usize) -> Result<Vec<HostTensor>> {
        let sources = &self.plan.nodes[node].inputs;
        let one = |(value, source): (&HostTensor, &NodeId)| {
            reshape(value, &join(&[rows], &self.plan.nodes[*source].shape))
        };
        values.iter().zip(sources).map(one).collect()
    }

    /// The window of a pooling node.
    pub(crate) fn window(&self, node: NodeId) -> Result<Window> {
        let [height, width] = self.map(node);
        match self.plan.nodes[node].op {
            Op::MaxPool { kernel, stride } | Op::AvgPool { kernel, stride } => Ok(Window {
                height,
                width,
                kernel,
                stride,
            }),
            _ => Err(Error::new(
                "host-fault",
                format!("node `{}` is no pooling", self.plan.nodes[node].name),
            )),
        }
    }

    /// Height and width of the maps that a pooling node is given.
    fn map(&self, node: NodeId) -> [usize; 2] {
        match self.plan.nodes[self.plan.nodes[node].inputs[0]].shape.as_slice() {
            &[_, height, width] => [height, width],
            _ => [1, 1],
        }
    }
}
