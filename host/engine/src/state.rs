//! What a network holds beside its plan.

use crate::graph::{NodeId, Plan};
use crate::init;
use crate::neuron::Neuron;
use crate::params::{Param, ParamKind};
use crate::scalar::{Held, Scalar};
use neurotrain_kernels::Events;
use neurotrain_plugin_api::Result;
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// Parameters, temporal state and the record of the last step or sequence.
#[derive(Debug)]
pub(crate) struct State<R> {
    pub(crate) params: Vec<Param<R>>,
    pub(crate) neurons: Vec<Neuron<R>>,
    /// Batch size since the last reset.
    pub(crate) batch: Option<usize>,
    /// What each layer's neurons carry to the next step; nothing before the first.
    pub(crate) carry: Vec<Option<Carry>>,
    pub(crate) record: Option<Record>,
    pub(crate) activity: Vec<Activity>,
    /// Whether a layer's current was read: then a step keeps it, otherwise a layer may go from spikes to membranes at once.
    pub(crate) current_asked_for: Vec<bool>,
}

/// State of a layer's neurons between steps.
#[derive(Debug, Clone)]
pub(crate) struct Carry {
    /// Membranes `[B, n]` as the next step finds them.
    pub(crate) membrane: HostTensor,
    /// Spikes of the last step `[B, n]`; none for a layer that does not spike.
    pub(crate) spikes: Option<Arc<Events>>,
    /// The same spikes as a tensor, which counts their bytes.
    pub(crate) counted: Option<HostTensor>,
}

/// What was kept of the last step or sequence.
#[derive(Debug)]
pub(crate) struct Record {
    /// `[B]` after a step, `[T, B]` after a run.
    pub(crate) lead: Vec<usize>,
    pub(crate) layers: Vec<Option<LayerRecord>>,
    /// Values of nodes that later calls need.
    pub(crate) values: Vec<Option<HostTensor>>,
    /// Where maxima were found: by pooling node.
    pub(crate) places: Vec<Option<Arc<Vec<u8>>>>,
    /// Counts the bytes of `places`.
    pub(crate) held: Vec<Held<()>>,
}

/// What was kept of one layer; all tensors have the record's leading axes.
#[derive(Debug, Clone)]
pub(crate) struct LayerRecord {
    pub(crate) input: HostTensor,
    /// Kept after a step only, for the readout and where it was asked for before; otherwise the membrane overwrites it.
    pub(crate) current: Option<HostTensor>,
    /// The membranes that were compared with the threshold (the current, where there are no neurons).
    pub(crate) membrane: HostTensor,
    /// The membranes after an immediate reset, after a step.
    pub(crate) reported: Option<HostTensor>,
    /// Absent for a layer that does not spike.
    pub(crate) spikes: Option<HostTensor>,
    /// The state in which the record begins.
    pub(crate) before: Option<Carry>,
    /// Changes of the layer's feed-forward parameters so far.
    pub(crate) version: u64,
}

/// Spikes of a layer since the counters were last cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Spikes.
    pub spikes: u64,
    /// Neurons times samples times steps.
    pub neuron_steps: u64,
}

impl Activity {
    /// Share of neuron steps without a spike; 1 before anything ran.
    pub fn sparsity(&self) -> f64 {
        match self.neuron_steps {
            0 => 1.0,
            n => 1.0 - self.spikes as f64 / n as f64,
        }
    }
}

impl<R: Scalar> State<R> {
    /// Parameters drawn under the session's seed, no temporal state.
    pub(crate) fn new(session: &Arc<Session>, plan: &Plan) -> Result<Self> {
        let params = plan.info.params.iter().zip(&plan.inits).map(|(param, init)| {
            let values = init::draw::<R>(session.seed(), &param.name, &param.shape, *init)?;
            let value = HostTensor::from_vec(session, values, &param.shape, Category::Parameter)?;
            Ok(Param::new(&param.name, ParamKind::Network, value))
        });
        Ok(State {
            params: params.collect::<Result<_>>()?,
            neurons: plan
                .info
                .layers
                .iter()
                .map(|l| Neuron::new(&l.neuron))
                .collect::<Result<_>>()?,
            batch: None,
            carry: vec![None; plan.layers.len()],
            record: None,
            activity: vec![Activity::default(); plan.layers.len()],
            current_asked_for: vec![false; plan.layers.len()],
        })
    }

    /// Forgets everything about time.
    pub(crate) fn reset(&mut self, batch: usize) {
        self.batch = Some(batch);
        self.carry.fill(None);
        self.record = None;
    }
}

impl Carry {
    /// `spikes` are stored as events.
    pub(crate) fn new(membrane: HostTensor, spikes: Option<HostTensor>) -> Self {
        Carry {
            membrane,
            spikes: spikes.as_ref().and_then(HostTensor::event_index),
            counted: spikes,
        }
    }
}

impl Record {
    pub(crate) fn new(lead: Vec<usize>, plan: &Plan) -> Self {
        Record {
            lead,
            layers: vec![None; plan.layers.len()],
            values: vec![None; plan.nodes.len()],
            places: vec![None; plan.nodes.len()],
            held: Vec::new(),
        }
    }

    /// Keeps where a pooling node found its maxima.
    pub(crate) fn keep_places(&mut self, session: &Arc<Session>, node: NodeId, places: Option<Arc<Vec<u8>>>) {
        if let Some(places) = &places {
            self.held
                .push(Held::new(session, (), places.len(), Category::Activation));
        }
        self.places[node] = places;
    }

    /// The kept value of a node.
    pub(crate) fn value(&self, node: NodeId) -> Option<&HostTensor> {
        self.values.get(node).and_then(Option::as_ref)
    }
}
