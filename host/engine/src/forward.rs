//! Running the network: one step, or a sequence layer by layer.

use crate::core::Work;
use crate::custom::snapshot;
use crate::graph::{Layer, NodeId, Op, Role};
use crate::neuron::Neuron;
use crate::nodes::Inputs;
use crate::profile::span;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, leading, reshape};
use crate::state::{Activity, LayerRecord, Record};
use crate::sweep::Feed;
use neurotrain_plugin_api::{Error, LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor};
use std::sync::Arc;

/// What is kept of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Everything that fields and gradients need.
    Record,
    /// The readout's fields.
    Readout,
}

impl<R: Scalar> Work<'_, R> {
    /// Clears all temporal state.
    pub(crate) fn reset(&mut self, batch: usize) -> Result<()> {
        if batch == 0 {
            return Err(Error::new("bad-operand", "`reset`: a batch of 0 samples"));
        }
        self.state.reset(batch);
        Ok(())
    }

    /// One step on `x [B, ..]`.
    pub(crate) fn step(&mut self, x: &HostTensor) -> Result<()> {
        let lead = self.lead("step", x, &["B"])?;
        self.expect_batch("step", x, lead[0])?;
        // The old record's memory may serve the new one.
        self.state.record = None;
        let record = self.pass(x, lead, Keep::Record)?;
        self.state.record = Some(record);
        Ok(())
    }

    /// A whole sequence `x [T, B, ..]` from cleared state.
    pub(crate) fn run(&mut self, x: &HostTensor, keep: Keep) -> Result<()> {
        let lead = self.lead("run", x, &["T", "B"])?;
        self.state.reset(lead[1]);
        let record = self.pass(x, lead, keep)?;
        self.state.record = Some(record);
        Ok(())
    }

    /// A segment `x [S, B, ..]` of a sequence, from the state that the last call left.
    pub(crate) fn run_on(&mut self, x: &HostTensor, keep: Keep) -> Result<()> {
        let lead = self.lead("run_on", x, &["S", "B"])?;
        self.expect_batch("run_on", x, lead[1])?;
        self.state.record = None;
        let record = self.pass(x, lead, keep)?;
        self.state.record = Some(record);
        Ok(())
    }

    /// Takes note of the batch size, which stays the same until the next reset.
    fn expect_batch(&mut self, name: &str, x: &HostTensor, batch: usize) -> Result<()> {
        match self.state.batch {
            Some(expected) if expected != batch => Err(Error::new(
                "shape-mismatch",
                format!(
                    "`{name}`: the input has shape {:?}, but the network was reset for a batch of {expected}",
                    x.dims()
                ),
            )
            .with_hint("call `reset` with the batch size at the start of every batch")),
            _ => {
                self.state.batch = Some(batch);
                Ok(())
            }
        }
    }

    /// The leading axes of an input, which must be as many as `names`.
    pub(crate) fn lead(&self, name: &str, x: &HostTensor, names: &[&str]) -> Result<Vec<usize>> {
        let shape = &self.plan.info.input_shape;
        let lead = [leading(x.shape(), shape), leading(x.shape(), &[count(shape)])]
            .into_iter()
            .flatten()
            .find(|lead| lead.len() == names.len());
        match lead {
            Some(lead) if lead.iter().all(|d| *d > 0) => Ok(lead),
            _ => Err(Error::new(
                "shape-mismatch",
                format!(
                    "`{name}`: the input has shape {:?}, not [{}, ..{shape:?}]",
                    x.dims(),
                    names.join(", ")
                ),
            )),
        }
    }

    /// Computes every node in order.
    fn pass(&mut self, x: &HostTensor, lead: Vec<usize>, keep: Keep) -> Result<Record> {
        let plan = self.plan;
        let mut record = Record::new(lead, plan);
        let mut open: Vec<usize> = plan.nodes.iter().map(|n| n.readers).collect();
        let category = self.category(&record.lead);
        for (id, node) in plan.nodes.iter().enumerate() {
            match node.role {
                Role::Inside(_) => continue,
                Role::Synapse(layer) => self.layer_pass(layer, &mut record, keep)?,
                Role::Free if node.op == Op::Input => {
                    // A snapshot: what the caller does to its tensor later is not seen.
                    record.values[id] = Some(reshape(&snapshot(x)?, &join(&record.lead, &node.shape))?);
                }
                Role::Free => {
                    let _span = span("node", || None);
                    let values = values_of(&record, &node.inputs, &node.name)?;
                    let inputs = Inputs {
                        values: &values,
                        lead: &record.lead,
                        category,
                    };
                    let (value, places) = self.node_forward(id, &inputs)?;
                    record.values[id] = Some(value);
                    record.keep_places(self.session, id, places.filter(|_| keep == Keep::Record));
                }
            }
            if keep == Keep::Readout {
                forget(&mut record, &node.inputs, &mut open);
            }
        }
        Ok(record)
    }

    /// Synapse, what lies behind it, and neurons of one layer.
    fn layer_pass(&mut self, index: usize, record: &mut Record, keep: Keep) -> Result<()> {
        let (plan, session) = (self.plan, self.session);
        let (layer, info) = (&plan.layers[index], &plan.info.layers[index]);
        let (rows, category) = (count(&record.lead), self.category(&record.lead));
        let batch = *record.lead.last().unwrap_or(&1);
        let steps = rows / batch.max(1);
        let x = values_of(
            record,
            &plan.nodes[layer.synapse].inputs,
            &plan.nodes[layer.synapse].name,
        )?
        .into_iter()
        .next()
        .ok_or_else(|| Error::new("host-fault", format!("layer `{}` has no input", info.name)))?;
        let context = |e: Error| e.context(format!("layer {index} (`{}`)", info.name));
        let feed = match self.spike_feed(index, &x, rows, steps).map_err(context)? {
            Some(feed) => Feed::Spikes(feed),
            None => Feed::Current(self.current_pass(layer, &x, record, keep).map_err(context)?),
        };
        let dims = join(&record.lead, &info.shape);
        let tensor = |values: Vec<R>| HostTensor::from_vec(session, values, &dims, category);
        let stepwise = record.lead.len() == 1;
        let has_neurons = !matches!(self.state.neurons[index], Neuron::None);
        let asked_for = stepwise && has_neurons && (info.readout || self.state.current_asked_for[index]);
        let kept_current = match &feed {
            Feed::Current(current) if asked_for => Some(tensor(current.clone())?),
            _ => None,
        };
        let swept = {
            let fused = matches!(feed, Feed::Spikes(_));
            let _span = span(if fused { "product_sweep" } else { "sweep" }, || Some(info));
            self.sweep(index, feed, steps, batch)?
        };
        let membrane = tensor(swept.membrane)?;
        let shape = join(&[batch], &info.shape);
        let left = swept
            .left
            .map(|values| HostTensor::from_vec(session, values, &shape, Category::NeuronState))
            .transpose()?;
        let events = swept.spikes.map(Arc::new);
        if let Some(events) = &events {
            let activity = &mut self.state.activity[index];
            activity.spikes += events.nnz() as u64;
            activity.neuron_steps += (events.rows * events.cols) as u64;
        }
        let spikes = events.map(|events| HostTensor::events(session, events, &dims, category));
        self.state.carry[index] =
            self.carry_of(index, &membrane, left.as_ref(), spikes.as_ref(), steps, batch)?;
        record.values[layer.boundary] = Some(match (&spikes, has_neurons) {
            (Some(spikes), _) => spikes.clone(),
            (None, false) => membrane.clone(),
            // An integrator never spikes.
            (None, true) => HostTensor::events(
                session,
                Arc::new(neurotrain_kernels::Events::empty(rows, count(&info.shape))),
                &dims,
                category,
            ),
        });
        if keep == Keep::Record || info.readout {
            record.layers[index] = Some(LayerRecord {
                input: x,
                current: kept_current,
                membrane,
                reported: left.filter(|_| stepwise),
                spikes,
                before: swept.before,
                version: self.version(info),
            });
        }
        Ok(())
    }

    /// The current of a layer, through whatever lies between synapse and neurons.
    fn current_pass(
        &mut self,
        layer: &Layer,
        x: &HostTensor,
        record: &mut Record,
        keep: Keep,
    ) -> Result<Vec<R>> {
        let (plan, session) = (self.plan, self.session);
        let (rows, category) = (count(&record.lead), self.category(&record.lead));
        let of_layer =
            || (plan.layers.iter().zip(&plan.info.layers)).find(|(l, _)| l.synapse == layer.synapse);
        let info = || of_layer().map(|(_, info)| info);
        let mut path = layer.current_path.as_slice();
        let mut current = {
            let _span = span("product", info);
            match self.pooled_conv(layer) {
                Some((node, pool)) => {
                    path = &path[1..];
                    let pooling = (pool, keep == Keep::Record);
                    let (current, places) = self.pooled_forward(layer.synapse, pooling, x, rows)?;
                    record.keep_places(session, node, places);
                    current
                }
                None => self.synapse_forward(layer.synapse, x, rows)?,
            }
        };
        for &node in path {
            let _span = span("node", info);
            let source = plan.nodes[node].inputs[0];
            let dims = join(&record.lead, &plan.nodes[source].shape);
            let value = HostTensor::from_vec(session, current, &dims, category)?;
            let inputs = Inputs {
                values: std::slice::from_ref(&value),
                lead: &record.lead,
                category,
            };
            let (out, places) = self.node_forward(node, &inputs)?;
            current = read(&out, <[R]>::to_vec)?;
            let _scratch = self.scratch(&current);
            if keep == Keep::Record {
                record.keep_places(session, node, places);
                // A plugin's node is given its input again with the gradient.
                record.values[source] =
                    Some(value).filter(|_| matches!(plan.nodes[node].op, Op::Custom { .. }));
            }
        }
        Ok(current)
    }

    /// Changes of the parameters that a layer's current comes from.
    pub(crate) fn version(&self, info: &LayerInfo) -> u64 {
        let params = &self.state.params;
        params[info.weight].changes + info.bias.map_or(0, |bias| params[bias].changes)
    }

    /// Clears the spike counters.
    pub(crate) fn clear_activity(&mut self) {
        self.state.activity.fill(Activity::default());
    }
}

/// The values of nodes that feed `name`.
fn values_of(record: &Record, inputs: &[NodeId], name: &str) -> Result<Vec<HostTensor>> {
    inputs
        .iter()
        .map(|id| record.value(*id).cloned())
        .collect::<Option<_>>()
        .ok_or_else(|| {
            Error::new(
                "host-fault",
                format!("node `{name}` was computed before its inputs"),
            )
        })
}

/// Drops values that nothing will read any more.
fn forget(record: &mut Record, inputs: &[NodeId], open: &mut [usize]) {
    for id in inputs {
        open[*id] = open[*id].saturating_sub(1);
        if open[*id] == 0 {
            record.values[*id] = None;
        }
    }
}
