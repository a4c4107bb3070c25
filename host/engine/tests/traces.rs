//! Weight gradients of presynaptic traces: dense and element by element they agree, and are counted alike.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_engine::Network;
use neurotrain_kernels::cost::CostTable;
use neurotrain_plugin_api::serde_json::{self, Value, json};
use neurotrain_plugin_api::{Matrix, Network as Net, Tensor};
use neurotrain_tensor::{Phase, RealType, Session, SessionConfig, SynapticOps};
use support::nets::rec;
use support::{Bench, bits, numbers};

const BATCH: usize = 20;
const INPUTS: usize = 150;
const HIDDEN: usize = 40;

/// A network whose cost table has `cost` for everything that concerns single elements.
fn bench(cost: f64, dtype: RealType) -> Bench {
    let mut table: Value = serde_json::from_str(&CostTable::builtin().to_json()).unwrap();
    let names = ["ns_per_element", "ns_per_entry", "gradient", "update"];
    table["weighted"] = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(cost)))
        .collect();
    let config = SessionConfig {
        dtype,
        cost: CostTable::from_json(&table.to_string()).unwrap(),
        ..SessionConfig::default()
    };
    let session = Session::new(config).unwrap();
    let host = Network::new(&session, &rec(INPUTS, &[HIDDEN], 5, "subtract", false), 5, None).unwrap();
    let net = Net::from_raw(host.raw()).unwrap();
    Bench { session, host, net }
}

/// Numbers that are zero but for a share of `density`.
fn trace(n: usize, density: f64, seed: u64) -> Vec<f64> {
    let kept = bits(n, density, seed);
    numbers(n, seed)
        .iter()
        .zip(kept)
        .map(|(v, kept)| (0.5 + v.abs()) * kept)
        .collect()
}

/// A gradient and what an update changed, then their operations.
fn outcome(bench: &Bench, matrix: Matrix, post: &[f64], pre: &[f64]) -> (Vec<Vec<f64>>, SynapticOps) {
    let layer = &bench.net.layers()[0];
    let weight = match matrix {
        Matrix::FeedForward => layer.weight,
        _ => layer.recurrent.as_ref().unwrap().weight,
    };
    let values = |tensor: &Tensor| tensor.to_vec().unwrap();
    let (post, pre) = (
        bench.tensor(post, &[BATCH, HIDDEN]),
        bench.tensor(pre, &[BATCH, pre.len() / BATCH]),
    );
    bench.session.meter().reset_counters();
    let gradient = bench.net.weight_grad(layer, matrix, &post, &pre).unwrap();
    let before = values(&bench.net.param(weight).unwrap());
    bench.net.outer_update(layer, matrix, -0.5, &post, &pre).unwrap();
    let ops = bench.session.meter().synaptic_ops(Phase::Learning);
    let after = values(&bench.net.param(weight).unwrap());
    let change = after.iter().zip(before).map(|(a, b)| a - b).collect();
    (vec![values(&gradient), change], ops)
}

#[test]
fn both_forms_agree() {
    for (dtype, tolerance) in [(RealType::F64, 1e-12), (RealType::F32, 1e-4)] {
        let (dense, single) = (bench(1e9, dtype), bench(1e-9, dtype));
        for (matrix, inputs) in [(Matrix::FeedForward, INPUTS), (Matrix::Recurrent, HIDDEN)] {
            for density in [0.02, 0.2, 0.7] {
                let (post, pre) = (numbers(BATCH * HIDDEN, 3), trace(BATCH * inputs, density, 4));
                let (want, counted) = outcome(&dense, matrix, &post, &pre);
                let (got, counted_too) = outcome(&single, matrix, &post, &pre);
                for (got, want) in got.concat().iter().zip(want.concat()) {
                    assert!(
                        (got - want).abs() < tolerance,
                        "{matrix:?}, {density}: {got} and {want}"
                    );
                }
                let nonzero = pre.iter().filter(|v| **v != 0.0).count();
                let expected = SynapticOps {
                    dense_mac: 2 * (BATCH * inputs * HIDDEN) as u64,
                    effective_ac: 0,
                    effective_mac: 2 * (nonzero * HIDDEN) as u64,
                };
                assert_eq!([counted, counted_too], [expected; 2], "{matrix:?}, {density}");
            }
        }
    }
}

/// What tells the forms apart, and shows that the table chose as it should: zero times infinity.
#[test]
fn zeros_meet_infinities_in_the_dense_form_only() {
    let mut post = numbers(BATCH * HIDDEN, 3);
    post[0] = f64::INFINITY;
    let pre = trace(BATCH * INPUTS, 0.2, 4);
    let undefined = |cost: f64| {
        let (got, _) = outcome(&bench(cost, RealType::F32), Matrix::FeedForward, &post, &pre);
        got.iter()
            .map(|values| values.iter().filter(|v| v.is_nan()).count())
            .collect::<Vec<_>>()
    };
    let zeros = pre[..INPUTS].iter().filter(|v| **v == 0.0).count();
    assert_eq!(undefined(1e9), [zeros; 2]);
    assert_eq!(undefined(1e-9), [0; 2]);
}
