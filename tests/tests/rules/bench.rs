//! A small network with a rule on it.

use crate::plugins::Plugin;
use neurotrain_engine::Network;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::abi::{RawHostBox, RawTrainerBox};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Bundle, Config, Graph, Result, Tensor};
use neurotrain_tensor::{Callbacks, Category, HostTensor, RealType, Services, Session, SessionConfig};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A network of double precision.
pub(crate) struct Bench {
    pub(crate) network: Network,
    session: Arc<Session>,
    host: RawHostBox,
}

/// Spikes or values `[T, B, I]`, and labels.
pub(crate) struct Data {
    pub(crate) steps: usize,
    pub(crate) inputs: usize,
    pub(crate) classes: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) labels: Vec<usize>,
    pub(crate) constant: bool,
}

impl Data {
    /// As [`random`](Data::random), with spikes of another density.
    pub(crate) fn spikes(
        seed: u64,
        steps: usize,
        batch: usize,
        inputs: usize,
        classes: usize,
        density: f64,
    ) -> Data {
        let mut random = Stream::new(seed, "test.spikes", 0);
        let values = (0..steps * batch * inputs)
            .map(|_| f64::from(u8::from(random.uniform() < density)))
            .collect();
        Data {
            steps,
            values,
            ..Data::random(seed, 0, batch, inputs, classes, false)
        }
    }

    /// Random spikes, or one random frame at every step.
    pub(crate) fn random(
        seed: u64,
        steps: usize,
        batch: usize,
        inputs: usize,
        classes: usize,
        constant: bool,
    ) -> Data {
        let mut random = Stream::new(seed, "test.data", 0);
        let frame: Vec<f64> = (0..batch * inputs)
            .map(|_| 2.0 * random.uniform() - 0.5)
            .collect();
        let values = (0..steps)
            .flat_map(|_| match constant {
                true => frame.clone(),
                false => (0..batch * inputs)
                    .map(|_| f64::from(u8::from(random.uniform() < 0.3)))
                    .collect(),
            })
            .collect();
        let labels = (0..batch)
            .map(|_| random.below(classes as u64) as usize)
            .collect();
        Data {
            steps,
            inputs,
            classes,
            values,
            labels,
            constant,
        }
    }

    pub(crate) fn batch(&self) -> usize {
        self.labels.len()
    }

    /// Sample `b` at step `t`.
    pub(crate) fn frame(&self, t: usize, b: usize) -> &[f64] {
        let start = (t * self.batch() + b) * self.inputs;
        &self.values[start..start + self.inputs]
    }
}

impl Bench {
    pub(crate) fn new(model: &str, values: Value, inputs: usize, classes: usize, seed: u64) -> Bench {
        Bench::shaped(model, values, &[inputs], classes, seed)
    }

    /// As [`new`](Bench::new), for samples of `shape`.
    pub(crate) fn shaped(model: &str, values: Value, shape: &[usize], classes: usize, seed: u64) -> Bench {
        Bench::with(classes, seed, |host| {
            let model = Plugin::model(model);
            let graph = model.graph(&model.config(&object(values)), shape, classes, host);
            graph.expect("a graph")
        })
    }

    /// A network of one's own.
    pub(crate) fn with(classes: usize, seed: u64, graph: impl FnOnce(RawHostBox) -> Graph) -> Bench {
        let config = SessionConfig {
            device: "cpu".into(),
            dtype: RealType::F64,
            seed,
            ..SessionConfig::default()
        };
        let session = Session::new(config).expect("a session");
        let host = Services::new(Arc::clone(&session), Callbacks::default());
        let graph = graph(host.duplicate());
        let network = Network::new(&session, &graph, classes, None).expect("a network");
        Bench {
            network,
            session,
            host,
        }
    }

    /// The most bytes of training state that were live at once while `work` ran.
    pub(crate) fn peak_of(&self, work: impl FnOnce()) -> u64 {
        self.session.meter().reset_peaks();
        work();
        self.session.meter().peak_training_bytes()
    }

    pub(crate) fn check(&self, rule: &str, values: Value) -> Result<()> {
        let rule = Plugin::rule(rule);
        rule.check(&rule.config(&object(values)), self.network.info())
    }

    pub(crate) fn trainer(&self, rule: &str, values: Value) -> RawTrainerBox {
        let rule = Plugin::rule(rule);
        rule.trainer(
            &rule.config(&object(values)),
            self.network.raw(),
            self.host.duplicate(),
        )
        .expect("the rule")
    }

    /// As [`trainer`](Bench::trainer), for configurations that are refused.
    pub(crate) fn bind(&self, rule: &Plugin, config: &Config) -> Result<()> {
        rule.trainer(config, self.network.raw(), self.host.duplicate())
            .map(drop)
    }

    pub(crate) fn batch(&self, data: &Data) -> Bundle {
        let dims = [data.steps, data.batch(), data.inputs];
        let input = match Events::from_dense(&data.values, data.steps * data.batch(), data.inputs) {
            Some(events) => HostTensor::events(&self.session, Arc::new(events), &dims, Category::Input),
            None => self.tensor(&data.values, &dims),
        };
        let labels: Vec<i64> = data.labels.iter().map(|y| *y as i64).collect();
        let handle = HostTensor::labels(&self.session, &labels).expect("labels");
        let mut bundle = Bundle::new();
        bundle.put_tensor("input", Tensor::from_raw(input.into_raw()));
        bundle.put_tensor("labels", Tensor::from_raw(handle.into_raw()));
        bundle.put_ints("label_values", &labels);
        bundle.put_int("classes", data.classes as i64);
        bundle.put_int("epoch", 0);
        bundle.put_int("batch", 0);
        bundle.put_int("nominal_batch", data.batch() as i64);
        bundle.put_int("constant_input", i64::from(data.constant));
        bundle
    }

    /// All parameters by name.
    pub(crate) fn params(&self) -> Vec<(String, Vec<usize>, Vec<f64>)> {
        let params = self.network.params().expect("parameters");
        params
            .into_iter()
            .map(|p| {
                (
                    p.name,
                    p.shape,
                    Tensor::from_raw(p.tensor.into_raw()).to_vec().expect("values"),
                )
            })
            .collect()
    }

    pub(crate) fn param(&self, name: &str) -> Vec<f64> {
        let params = self.params();
        params
            .into_iter()
            .find(|p| p.0 == name)
            .unwrap_or_else(|| panic!("no parameter `{name}`"))
            .2
    }

    pub(crate) fn set(&self, name: &str, shape: &[usize], values: &[f64]) {
        self.network
            .set_param(name, &self.tensor(values, shape))
            .expect("a parameter");
    }

    fn tensor(&self, values: &[f64], dims: &[usize]) -> HostTensor {
        HostTensor::from_vec(&self.session, values.to_vec(), dims, Category::Input).expect("a tensor")
    }
}

fn object(values: Value) -> Map<String, Value> {
    match values {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

/// `|a - b| / |b|` of Euclidean norms.
pub(crate) fn relative(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(x, y)| x - y)) / norm(&mut b.iter().copied())
}
