//! Golden traces, read from the reference folder where it is at hand.

use super::Bench;
use super::nets::{Vgg, conv, fc, rec, vgg9};
use neurotrain_plugin_api::Graph;
use neurotrain_plugin_api::serde_json::{self, Value};
use neurotrain_tensor::RealType;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub struct Case {
    pub name: String,
    pub side: Value,
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

/// The folder with golden traces, or a loud skip.
pub fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("NEUROTRAIN_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let golden = shared.join("golden");
    if golden.is_dir() {
        return Some(golden);
    }
    println!(
        "skipped: no golden traces at {} (set NEUROTRAIN_SHARED)",
        golden.display()
    );
    None
}

/// All cases whose name starts with `prefix`.
pub fn cases(prefix: &str) -> Vec<Case> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().ok())
        .filter_map(|n| n.strip_suffix(".safetensors").map(str::to_owned))
        .filter(|n| n.starts_with(prefix))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no case {prefix}* in {}", folder.display());
    names
        .into_iter()
        .map(|name| {
            let side =
                serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
            let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
            let file = SafeTensors::deserialize(&bytes).unwrap();
            let tensors = file.iter().map(|(key, view)| {
                let values: Vec<f64> = match view.dtype() {
                    Dtype::F32 => chunks(view.data())
                        .map(|b| f64::from(f32::from_le_bytes(b)))
                        .collect(),
                    Dtype::F64 => chunks(view.data()).map(f64::from_le_bytes).collect(),
                    Dtype::U8 => view.data().iter().map(|b| f64::from(*b)).collect(),
                    Dtype::I64 => chunks(view.data())
                        .map(|b| i64::from_le_bytes(b) as f64)
                        .collect(),
                    other => panic!("{key}: {other:?}"),
                };
                (key.to_owned(), (view.shape().to_vec(), values))
            });
            let tensors = tensors.collect();
            Case { name, side, tensors }
        })
        .collect()
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.chunks_exact(N).map(|c| c.try_into().unwrap())
}

impl Case {
    pub fn get(&self, key: &str) -> &(Vec<usize>, Vec<f64>) {
        self.tensors
            .get(key)
            .unwrap_or_else(|| panic!("{}: no tensor {key}", self.name))
    }

    pub fn sizes(&self, key: &str) -> Vec<usize> {
        self.side[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_u64().unwrap() as usize)
            .collect()
    }
}

pub fn graph_of(case: &Case) -> Graph {
    let classes = case.side["classes"].as_u64().unwrap() as usize;
    let config = &case.side["model_cfg"];
    let integrator = case.side["out_integrator"].as_bool().unwrap();
    let reset = config["reset_mechanism"].as_str().unwrap_or("subtract");
    let shape = case.sizes("in_shape");
    match case.side["model"].as_str().unwrap() {
        "fc_snn" => fc(
            shape.iter().product(),
            &case.sizes("hidden"),
            classes,
            reset,
            integrator,
        ),
        "r_snn" => rec(
            shape.iter().product(),
            &case.sizes("hidden"),
            classes,
            reset,
            integrator,
        ),
        "conv_snn" => conv([shape[0], shape[1], shape[2]], classes, integrator),
        _ => {
            let v2 = config["use_tp_pool"].as_bool().unwrap();
            let list = |key: &str| -> Vec<usize> {
                config[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|v| v.as_u64().unwrap() as usize)
                    .collect()
            };
            vgg9(&Vgg {
                shape: [shape[0], shape[1], shape[2]],
                channels: list("channels"),
                beta: config["beta"].as_f64().unwrap(),
                gain: config["conv_gain"].as_f64().unwrap(),
                pools: if v2 {
                    vec![2, 4, 6]
                } else {
                    list("pool_after_blocks")
                },
                v2,
                classes,
            })
        }
    }
}

/// The network with the case's parameters.
pub fn bench_of(case: &Case) -> Bench {
    let classes = case.side["classes"].as_u64().unwrap() as usize;
    let bench = Bench::new(&graph_of(case), classes, RealType::F32, 1);
    for (key, (_, values)) in &case.tensors {
        if let Some(name) = key.strip_prefix("init/") {
            bench.set(name, values);
        }
    }
    bench
}
