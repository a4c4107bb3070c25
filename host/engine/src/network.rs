//! A network that the host holds.

use crate::core::Core;
use crate::dispatch;
use crate::graph::plan_of;
use crate::params::ParamKind;
use crate::scalar::Scalar;
use crate::state::Activity;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RString, RVec};
use candle_core::DType;
use neurotrain_plugin_api::abi::{
    Args, RawModelBox, RawNetwork, RawNetwork_TO, RawNetworkBox, RawResult, RawTensorBox, catch,
};
use neurotrain_plugin_api::{Graph, NetworkInfo, Result, serde_json};
use neurotrain_tensor::{HostTensor, Session};
use std::sync::Arc;

/// A network under training; clones are handles of the same one. Two networks share nothing.
#[derive(Clone)]
pub struct Network {
    engine: Arc<dyn Engine>,
    session: Arc<Session>,
    info: Arc<NetworkInfo>,
    description: Arc<str>,
}

/// A parameter with its value at the time of asking.
#[derive(Debug, Clone)]
pub struct NamedParam {
    /// Name.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Whose it is.
    pub kind: ParamKind,
    /// Whether it was changed, or the rule said that it trains it.
    pub trained: bool,
    /// Whether the rule said that it leaves it as it is.
    pub spared: bool,
    /// The value; later updates do not change it.
    pub tensor: HostTensor,
}

impl Network {
    /// Instantiates a graph: parameters are drawn from streams `init/<name>` of the session's seed. `model` computes nodes
    /// of a plugin's own.
    ///
    /// # Errors
    /// `bad-graph` as [`info_of`](crate::info_of); `unsupported` for an initial distribution of a newer API.
    pub fn new(
        session: &Arc<Session>,
        graph: &Graph,
        classes: usize,
        model: Option<Arc<RawModelBox>>,
    ) -> Result<Network> {
        let plan = Arc::new(plan_of(graph, classes)?);
        let info = Arc::new(plan.info.clone());
        let description = Arc::from(serde_json::to_string(&plan.info)?);
        let engine: Arc<dyn Engine> = match session.dtype() {
            DType::F64 => Arc::new(Core::<f64>::new(session, plan, model)?),
            _ => Arc::new(Core::<f32>::new(session, plan, model)?),
        };
        Ok(Network {
            engine,
            session: Arc::clone(session),
            info,
            description,
        })
    }

    /// The layer view.
    pub fn info(&self) -> &NetworkInfo {
        &self.info
    }

    /// The handle that crosses the boundary.
    pub fn raw(&self) -> RawNetworkBox {
        RawNetwork_TO::from_value(self.clone(), TD_Opaque)
    }

    /// All parameters, those of the graph first, then those registered by the rule.
    ///
    /// # Errors
    /// `borrowed` while another call works on the network.
    pub fn params(&self) -> Result<Vec<NamedParam>> {
        self.engine.params()
    }

    /// Sets a parameter by name, also one that the rule registered.
    ///
    /// # Errors
    /// `unknown-parameter`, `shape-mismatch`, `dtype`, `borrowed`.
    pub fn set_param(&self, name: &str, value: &HostTensor) -> Result<()> {
        self.engine.set_param(name, value)
    }

    /// Class scores `[B, C]` of a sequence `[T, B, ..]` by the network's readout: the last membrane of an integrator, else
    /// the readout's output summed over time. Nothing is recorded; temporal state is cleared first.
    ///
    /// # Errors
    /// `shape-mismatch`, `borrowed`, and whatever a node of a plugin's own answers.
    pub fn scores(&self, input: &HostTensor) -> Result<HostTensor> {
        self.engine.scores(input)
    }

    /// Forgets membranes, spikes and the record, and frees their memory.
    ///
    /// # Errors
    /// `borrowed` while another call works on the network.
    pub fn clear_state(&self) -> Result<()> {
        self.engine.clear_state()
    }

    /// Spikes of each layer since [`clear_activity`](Network::clear_activity).
    ///
    /// # Errors
    /// `borrowed` while another call works on the network.
    pub fn activity(&self) -> Result<Vec<Activity>> {
        self.engine.activity()
    }

    /// Adds to the spikes of each layer, for instance those that an interrupted run had counted.
    ///
    /// # Errors
    /// `borrowed` while another call works on the network.
    pub fn add_activity(&self, activity: &[Activity]) -> Result<()> {
        self.engine.add_activity(activity)
    }

    /// Share of neuron steps without a spike, for each layer, since [`clear_activity`](Network::clear_activity).
    ///
    /// # Errors
    /// `borrowed` while another call works on the network.
    pub fn activation_sparsity(&self) -> Result<Vec<f64>> {
        Ok(self.activity()?.iter().map(Activity::sparsity).collect())
    }

    /// Sets the spike counters to zero.
    ///
    /// # Errors
    /// `borrowed` while another call works on the network.
    pub fn clear_activity(&self) -> Result<()> {
        self.engine.clear_activity()
    }
}

impl RawNetwork for Network {
    fn duplicate(&self) -> RawNetworkBox {
        self.raw()
    }

    fn describe(&self) -> RString {
        RString::from(&*self.description)
    }

    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        self.session.meter().count_boundary_call();
        catch(dispatch::name(op), || {
            Ok(self
                .engine
                .apply(op, args)?
                .into_iter()
                .map(HostTensor::into_raw)
                .collect())
        })
    }
}

/// A core of either real type.
trait Engine: Send + Sync {
    fn apply(&self, op: u32, args: Args<'_>) -> Result<Vec<HostTensor>>;
    fn params(&self) -> Result<Vec<NamedParam>>;
    fn set_param(&self, name: &str, value: &HostTensor) -> Result<()>;
    fn scores(&self, input: &HostTensor) -> Result<HostTensor>;
    fn clear_state(&self) -> Result<()>;
    fn activity(&self) -> Result<Vec<Activity>>;
    fn add_activity(&self, activity: &[Activity]) -> Result<()>;
    fn clear_activity(&self) -> Result<()>;
}

impl<R: Scalar> Engine for Core<R> {
    fn apply(&self, op: u32, args: Args<'_>) -> Result<Vec<HostTensor>> {
        Core::apply(self, op, args)
    }

    fn params(&self) -> Result<Vec<NamedParam>> {
        self.work(|work| work.named_params())
    }

    fn set_param(&self, name: &str, value: &HostTensor) -> Result<()> {
        self.work(|work| work.set_named(name, value))
    }

    fn scores(&self, input: &HostTensor) -> Result<HostTensor> {
        self.work(|work| work.scores(input))
    }

    fn clear_state(&self) -> Result<()> {
        self.work(|work| {
            work.state.reset(0);
            work.state.batch = None;
            Ok(())
        })
    }

    fn add_activity(&self, activity: &[Activity]) -> Result<()> {
        self.work(|work| {
            for (sum, more) in work.state.activity.iter_mut().zip(activity) {
                sum.spikes += more.spikes;
                sum.neuron_steps += more.neuron_steps;
            }
            Ok(())
        })
    }

    fn activity(&self) -> Result<Vec<Activity>> {
        self.work(|work| Ok(work.state.activity.clone()))
    }

    fn clear_activity(&self) -> Result<()> {
        self.work(|work| {
            work.clear_activity();
            Ok(())
        })
    }
}
