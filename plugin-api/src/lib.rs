//! Everything an author of a `neurotrain` plugin sees: learning rules, network models and data sets for
//! spiking neural networks, as dynamic libraries for a host that was installed before they were written.
//!
//! # A learning rule in sixty seconds
//!
//! `cargo new --lib delta_rule`, and in its `Cargo.toml`:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//!
//! [dependencies]
//! neurotrain-plugin-api = "1"        # or { path = "…/plugin-api" }
//! ```
//!
//! `src/lib.rs`, the whole rule (`examples/delta_rule.rs` of this crate):
//!
//! ```
#![doc = include_str!("../examples/delta_rule.rs")]
//! # // What the host asks of a rule before it trains:
//! # let manifest = DeltaRule::manifest();
//! # let config = Config::defaults(&manifest.params);
//! # let network = |readout: &str| -> NetworkInfo {
//! #     let layer = |index: usize, kind: &str| neurotrain_plugin_api::serde_json::json!({
//! #         "index": index, "name": format!("neurons.{index}"), "synapse": "linear", "weight": index,
//! #         "neuron": { "kind": kind, "beta": 0.9, "threshold": 1.0, "reset": "subtract",
//! #                     "reset_order": "delayed", "surrogate": { "kind": "fast_sigmoid", "slope": 25.0 } },
//! #         "input_shape": [8], "shape": [8], "output_shape": [8], "sources": [], "from_input": true,
//! #         "readout": index == 1 });
//! #     let info = neurotrain_plugin_api::serde_json::json!({
//! #         "net_type": "fc", "input_shape": [8], "classes": 8, "params": [],
//! #         "layers": [layer(0, "lif"), layer(1, readout)] });
//! #     neurotrain_plugin_api::serde_json::from_value(info).expect("a network")
//! # };
//! # assert_eq!(config.f64("lr"), Ok(2e-2));
//! # assert!(manifest.params[0].check(&neurotrain_plugin_api::serde_json::json!(2.0)).is_err());
//! # assert_eq!(DeltaRule::check(&config, &network("lif")), Ok(()));
//! # let refusal = DeltaRule::check(&config, &network("integrator")).expect_err("no spiking readout");
//! # assert_eq!(refusal.code(), "refused");
//! ```
//!
//! ```console
//! $ cargo build --release
//! $ mkdir -p ~/.local/share/neurotrain/plugins/1
//! $ cp target/release/libdelta_rule.so ~/.local/share/neurotrain/plugins/1/
//! $ neurotrain plugins show delta_rule
//! $ neurotrain train --trainer delta_rule --model fc_snn --dataset digits
//! ```
//!
//! The host finds the file, reads its descriptor without running it, checks layouts, and then trains the rule
//! on every compatible model and data set. A plugin links no tensor library and no thread pool: those stay in
//! the host, so it builds in seconds and, built once, runs on whatever device and precision the host was asked for.
//!
//! # Map
//!
//! | to write | implement | and use |
//! |---|---|---|
//! | a learning rule | [`Trainer`] | [`Network`], [`Batch`], [`Report`], [`Optimizer`], [`Credit`], [`Scores`] |
//! | a family of networks | [`Model`] | [`Graph`], [`Lif`], [`Init`] |
//! | a data set | [`Dataset`] | [`DatasetInfo`], [`Samples`], [`coding_params`], [`EventBatch`], [`event_params`], [`Source`] |
//!
//! Common to all: [`export_plugin!`], once at the crate's root; [`Component`] says what it is and which
//! parameters it has ([`ParamSchema`]), [`Config`] holds their checked values, [`Ctx`] is the host (tensors,
//! randomness, logging, cancellation, data folders), [`Error`] is what goes wrong, [`Bundle`] is saved state.
//! [`Tensor`] reads like any tensor library; [`Plasticity`] describes spike-timing rules the host runs itself.
//! [`abi`] is the raw boundary; authors have no need of it.
//!
//! # Shapes, units, notation
//!
//! | symbol | is |
//! |---|---|
//! | `T`, `B`, `C` | time steps, samples in this batch, classes |
//! | `[T, B, ..]` | a sequence: time first; one step of it is `[B, ..]` |
//! | `[n, i]` | a weight matrix: one row per postsynaptic neuron |
//! | `x`, `I`, `u`, `s` | presynaptic input, current, membrane, spikes (0 or 1) of a layer |
//! | `beta`, `theta` | membrane decay per step, firing threshold |
//!
//! Time is counted in steps and membranes are in the unit of the threshold; nothing has a physical unit unless
//! a parameter says so. Layers pass spikes on within the same step. Exact update order: [`Field`] and the
//! documentation of the model. Losses and gradients are means over the samples unless a rule says otherwise.
//! Real numbers cross the boundary as `f64` and are used in the run's precision ([`Ctx::dtype`]).
//!
//! # Errors
//!
//! Nothing here panics on bad input; every call returns [`Result`]. An [`Error`] is data: a stable code, what
//! happened and where, and what to do now. Refuse a network in [`Trainer::check`] with [`Error::refused`]: the
//! reason appears in the list of combinations. A panic of the plugin is caught by [`export_plugin!`] and fails
//! that one experiment, unless the plugin was built with `panic = "abort"`.
//!
//! # Determinism and resuming
//!
//! Randomness comes from [`Ctx`] alone and is a pure function of (seed, purpose, index): neither the number of
//! threads nor a resumed run changes it. A run continues bit for bit if [`Trainer::save`] writes what the rule
//! remembers between batches ([`Optimizer::save`] does its part); the host saves the network and everything
//! registered with [`Network::register`] and [`Network::register_fixed`].
//!
//! # What a plugin must not do
//!
//! Write files, print, start threads, take randomness or decisions from a clock, or keep global state. It gets
//! what it needs from [`Ctx`]. Accuracy, memory and operation counts are measured by the host, not reported.
//! Two networks in one process never see each other.
//!
//! # Compatibility
//!
//! A plugin built against version 1.x of this crate loads in every host of API 1.y, older or newer: within a
//! major version, layouts only grow at the end, operation codes and names never change their meaning, and a
//! host that lacks an operation answers with an error of code `unsupported`. The layouts are recorded in
//! `layout/api-1.0.txt`, and a test fails when they change. Rust versions may differ on the two sides.

pub mod abi;
mod batch;
mod bundle;
mod coding;
mod compat;
mod component;
mod context;
mod cost;
mod credit;
mod dataset;
mod descent;
mod dynamics;
mod eligibility;
mod error;
mod events;
mod execution;
pub mod export;
mod fence;
mod graph;
mod hdf5;
mod loan;
mod manifest;
mod network;
mod optim;
mod plasticity;
mod requirements;
pub mod rng;
mod schema;
mod scores;
mod sources;
mod surrogate;
mod tensor;
mod tensor_ops;

pub use abi::Bundle;
pub use batch::{Batch, Report};
pub use coding::coding_params;
pub use component::{Model, Trainer};
pub use context::{Ctx, Level};
pub use cost::Span;
pub use credit::Credit;
pub use dataset::{Dataset, DatasetInfo, FileInfo, Samples};
pub use descent::Descent;
pub use dynamics::{classifier_params, lif_params};
pub use eligibility::{Eligibilities, LayerGrads};
pub use error::{Error, Result};
pub use events::{EventBatch, EventFraming, Slicing, event_params};
pub use execution::Execution;
pub use graph::{Graph, Init, Lif, Node, ParamSpec};
pub use hdf5::{Hdf5Array, NO_SUCH_ARRAY};
pub use manifest::{Component, Paper, PluginManifest, Taxonomy};
pub use network::{
    Field, LayerInfo, Matrix, Network, NetworkInfo, NetworkState, NeuronInfo, ParamInfo, RecurrentInfo,
};
pub use optim::Optimizer;
pub use plasticity::Plasticity;
pub use schema::{Config, ParamSchema};
pub use scores::Scores;
pub use serde_json;
pub use sources::Source;
pub use surrogate::Surrogate;
pub use tensor::{DType, Shape, Tensor};
