//! The two readouts.

use crate::recipe::{Pool, bad};
use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Config, Graph, Init, Result};

/// Variance that keeps a standardised row finite; smaller than that of the convolutions, as in the reference.
const EPS: f64 = 1e-5;
/// Gain of the integrating head, a constant of the reference whatever `conv_gain` is.
const GAIN: f64 = 1.8;

/// Adds the head to features `[channels, height, width]` from node `below`; returns the readout's node.
pub(crate) fn add(
    graph: &mut Graph,
    config: &Config,
    below: &str,
    [channels, height, width]: [usize; 3],
    classes: usize,
) -> Result<String> {
    if config.text("head_type")? == "leaky_integrator" {
        let side = config.usize("li_head_spatial")?;
        if Pool::Grid(side).side(height.min(width)).is_none() {
            return Err(bad(format!(
                "maps of {height} x {width} cannot be averaged to `li_head_spatial` {side}"
            ))
            .with_hint("make `li_head_spatial` smaller, or pool after fewer blocks"));
        }
        let mut features = below.to_owned();
        if [height, width] != [side, side] {
            let grid = json!({ "output": [side, side] });
            features = graph.node("head.pool", "adaptive_avg_pool2d", grid, &[&features]);
        }
        return Ok(integrating(
            graph,
            config.f64("li_head_leak")?,
            &features,
            channels * side * side,
            classes,
        ));
    }
    let averaged = graph.node(
        "global_pool",
        "adaptive_avg_pool2d",
        json!({ "output": [1, 1] }),
        &[below],
    );
    Ok(plain(graph, &averaged, channels, classes))
}

/// `h_t = leak h_{t-1} + ŵ x_t`, without spikes or bias.
fn integrating(graph: &mut Graph, leak: f64, features: &str, inputs: usize, classes: usize) -> String {
    let flat = graph.node("flatten", "flatten", json!({}), &[features]);
    let weight = "head.fc.weight";
    graph.param(weight, &[classes, inputs], crate::family::he(inputs));
    let attrs = json!({ "weight": weight, "standardise": { "gain": GAIN, "eps": EPS, "unbiased": false } });
    let current = graph.node("head.fc", "linear", attrs, &[&flat]);
    graph.integrator("head", leak, &current)
}

/// `W x_t + b` of each step alone.
fn plain(graph: &mut Graph, features: &str, inputs: usize, classes: usize) -> String {
    let flat = graph.node("flatten", "flatten", json!({}), &[features]);
    let (weight, bias) = ("head.weight", "head.bias");
    graph.param(weight, &[classes, inputs], Init::Normal { mean: 0.0, std: 0.01 });
    graph.param(bias, &[classes], Init::Constant { value: 0.0 });
    graph.node(
        "head",
        "linear",
        json!({ "weight": weight, "bias": bias }),
        &[&flat],
    )
}
