//! What the plugin boundary costs.

use super::arguments::BoundaryArgs;
use super::settings::Settings;
use super::shape::{InputShape, other};
use super::stopwatch::nanoseconds;
use super::subject::{Case, Input, Subject};
use crate::output::{Console, table};
use crate::process::join_threads;
use crate::runtime::DataSearch;
use anyhow::{Context, Result};
use candle_core::{DType, Device, Tensor as Candle};
use neurotrain_discovery::Registry;
use neurotrain_plugin_api::Tensor;
use neurotrain_tensor::{Category, HostTensor, RealType, Session, SessionConfig};
use serde::Serialize;
use std::hint::black_box;

/// Operations whose own work on one element is negligible.
const TRIVIAL: [&str; 3] = ["detach", "multiply", "affine"];

/// An operation, inside the host and across the boundary.
#[derive(Debug, Serialize)]
struct OperationRow {
    operation: &'static str,
    elements: usize,
    inside_ns: f64,
    across_ns: f64,
}

/// A training step and the boundary's part of it.
#[derive(Debug, Serialize)]
struct ShareRow {
    rule: String,
    model: &'static str,
    batch: usize,
    step_us: f64,
    calls: u64,
    share: f64,
}

pub(super) fn run(args: &BoundaryArgs, console: &Console) -> Result<()> {
    join_threads(args.threads)?;
    let operations = operations()?;
    // What a call adds to an operation that does next to nothing.
    let per_call = operations
        .iter()
        .filter(|row| row.elements == 1 && TRIVIAL.contains(&row.operation))
        .map(|row| row.across_ns - row.inside_ns)
        .fold(0.0, f64::max);
    let registry = args.search.scan()?;
    let mut shares = Vec::new();
    for rule in &args.rules {
        for batch in &args.batch {
            shares.push(share(&registry, rule, *batch, per_call)?);
        }
    }
    if args.json {
        let all = serde_json::json!({ "operations": operations, "per_call_ns": per_call, "steps": shares });
        console.print(&serde_json::to_string_pretty(&all)?);
    } else {
        print(&operations, per_call, &shares, console);
    }
    Ok(())
}

/// A training step of `rule`, and what its calls cost at `per_call` nanoseconds; recurrent-only rules get `r_snn`.
fn share(registry: &Registry, rule: &str, batch: usize, per_call: f64) -> Result<ShareRow> {
    let component = registry.component("trainer", rule)?.component;
    let model = if component.network_types.iter().any(|t| t == "fc") {
        "fc_snn"
    } else {
        "r_snn"
    };
    let shape = other(&InputShape(vec![784]));
    let case = Case {
        rule: rule.to_owned(),
        model: model.to_owned(),
        input: Input::Synthetic {
            steps: shape.steps,
            density: shape.density,
            shape,
        },
        hidden: vec![256],
        batch,
    };
    let mut subject = Subject::open(&case, registry, &DataSearch::default(), &Settings::default())?;
    subject.train().with_context(|| format!("rule `{rule}`"))?;
    let before = subject.session.meter().boundary_calls();
    subject.train()?;
    let calls = subject.session.meter().boundary_calls() - before;
    let nanoseconds = nanoseconds(|| subject.train().map(drop))?;
    Ok(ShareRow {
        rule: rule.to_owned(),
        model,
        batch,
        step_us: nanoseconds / 1e3,
        calls,
        share: calls as f64 * per_call / nanoseconds,
    })
}

/// Each operation on candle tensors directly, and through the handles that plugins hold.
fn operations() -> Result<Vec<OperationRow>> {
    let session = Session::new(SessionConfig {
        device: "cpu".to_owned(),
        dtype: RealType::F32,
        seed: 1,
        ..SessionConfig::default()
    })?;
    let mut rows = Vec::new();
    for elements in [1, 2560] {
        let side = if elements == 1 { 1 } else { 256 };
        let inner = Candle::ones((side, elements / side), DType::F32, &Device::Cpu)?;
        let host = HostTensor::dense(&session, inner.copy()?, Category::RuleState);
        let handle = Tensor::from_raw(host.into_raw());
        let mut row = |operation, inside_ns, across_ns| {
            rows.push(OperationRow {
                operation,
                elements,
                inside_ns,
                across_ns,
            });
        };
        row(
            "detach",
            nanoseconds(|| {
                black_box(black_box(&inner).detach());
                Ok::<_, candle_core::Error>(())
            })?,
            nanoseconds(|| black_box(&handle).detach().map(drop))?,
        );
        row(
            "multiply",
            nanoseconds(|| black_box(&inner).mul(&inner).map(drop))?,
            nanoseconds(|| black_box(&handle).mul(&handle).map(drop))?,
        );
        row(
            "affine",
            nanoseconds(|| black_box(&inner).affine(2.0, 1.0).map(drop))?,
            nanoseconds(|| black_box(&handle).affine(2.0, 1.0).map(drop))?,
        );
        row(
            "matmul with transposed",
            nanoseconds(|| black_box(&inner).matmul(&inner.t()?).map(drop))?,
            nanoseconds(|| black_box(&handle).matmul_transposed(&handle).map(drop))?,
        );
        row(
            "softmax",
            nanoseconds(|| candle_nn::ops::softmax(black_box(&inner), 1).map(drop))?,
            nanoseconds(|| black_box(&handle).softmax(1).map(drop))?,
        );
    }
    Ok(rows)
}

fn print(operations: &[OperationRow], per_call: f64, shares: &[ShareRow], console: &Console) {
    let cells = operations.iter().map(|row| {
        vec![
            row.operation.to_owned(),
            row.elements.to_string(),
            format!("{:.0}", row.inside_ns),
            format!("{:.0}", row.across_ns),
            format!("{:+.0}", row.across_ns - row.inside_ns),
        ]
    });
    console.print(&table(
        &[
            "operation",
            "elements",
            "inside the host, ns",
            "across the boundary, ns",
            "difference, ns",
        ],
        cells,
    ));
    console.print(&format!("a call costs at most {per_call:.0} ns (largest difference of detach, multiply and affine on one element)\n"));
    let cells = shares.iter().map(|row| {
        vec![
            row.rule.clone(),
            row.model.to_owned(),
            row.batch.to_string(),
            format!("{:.0}", row.step_us),
            row.calls.to_string(),
            format!("{:.3} %", 100.0 * row.share),
        ]
    });
    console.print(&table(
        &[
            "rule",
            "network",
            "batch",
            "step, µs",
            "calls across",
            "boundary's share",
        ],
        cells,
    ));
}
