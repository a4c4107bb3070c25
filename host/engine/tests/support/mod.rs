//! What the engine's tests share: sessions, networks built by hand, and golden files.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout
)]

pub mod golden;
pub mod nets;

use neurotrain_engine::Network;
use neurotrain_plugin_api::{Graph, Network as Net, Tensor};
use neurotrain_tensor::{Category, HostTensor, RealType, Session, SessionConfig};
use std::sync::Arc;

pub fn session(dtype: RealType, seed: u64) -> Arc<Session> {
    Session::new(SessionConfig {
        device: "cpu".into(),
        dtype,
        seed,
        ..SessionConfig::default()
    })
    .unwrap()
}

/// A network and the view of it that a plugin has.
pub struct Bench {
    pub session: Arc<Session>,
    pub host: Network,
    pub net: Net,
}

impl Bench {
    pub fn new(graph: &Graph, classes: usize, dtype: RealType, seed: u64) -> Bench {
        let session = session(dtype, seed);
        let host = Network::new(&session, graph, classes, None).unwrap();
        let net = Net::from_raw(host.raw()).unwrap();
        Bench { session, host, net }
    }

    pub fn host_tensor(&self, values: &[f64], dims: &[usize]) -> HostTensor {
        match self.session.dtype() {
            candle_core::DType::F64 => {
                HostTensor::from_vec(&self.session, values.to_vec(), dims, Category::Input).unwrap()
            }
            _ => {
                let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
                HostTensor::from_vec(&self.session, values, dims, Category::Input).unwrap()
            }
        }
    }

    pub fn tensor(&self, values: &[f64], dims: &[usize]) -> Tensor {
        Tensor::from_raw(self.host_tensor(values, dims).into_raw())
    }

    pub fn set(&self, name: &str, values: &[f64]) {
        let shape = self
            .host
            .params()
            .unwrap()
            .into_iter()
            .find(|p| p.name == name)
            .unwrap()
            .shape;
        self.host
            .set_param(name, &self.host_tensor(values, &shape))
            .unwrap();
    }
}

/// Reproducible numbers in `[-1, 1)`.
pub fn numbers(n: usize, seed: u64) -> Vec<f64> {
    let mut stream = neurotrain_plugin_api::rng::Stream::new(seed, "test", 0);
    (0..n).map(|_| 2.0 * stream.uniform() - 1.0).collect()
}

/// Reproducible zeros and ones.
pub fn bits(n: usize, density: f64, seed: u64) -> Vec<f64> {
    let mut stream = neurotrain_plugin_api::rng::Stream::new(seed, "bits", 0);
    (0..n)
        .map(|_| f64::from(u8::from(stream.uniform() < density)))
        .collect()
}
