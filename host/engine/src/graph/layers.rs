//! Grouping of nodes into layers.

use super::bad;
use super::check::NeuronNode;
use super::plan::{Layer, NodeId, Op, PlanNode, Role};
use neurotrain_plugin_api::{LayerInfo, NeuronInfo, Result, Surrogate};
use std::collections::{BTreeSet, HashMap};

/// Groups `nodes` (in order of computation) into layers and sets their roles.
pub(super) fn derive(
    nodes: &mut [PlanNode],
    neurons: &HashMap<NodeId, NeuronNode>,
    classes: usize,
) -> Result<(Vec<Layer>, Vec<LayerInfo>)> {
    let readers = readers_of(nodes);
    let mut layers = Vec::new();
    for id in 0..nodes.len() {
        if nodes[id].op.weights().is_none() {
            continue;
        }
        let layer = layers.len();
        let (current_path, neuron) = current_path(nodes, &readers, id);
        nodes[id].role = Role::Synapse(layer);
        let boundary = neuron.unwrap_or(id);
        for inside in current_path.iter().copied().chain(neuron) {
            nodes[inside].role = Role::Inside(layer);
        }
        layers.push(Layer {
            synapse: id,
            current_path,
            boundary,
            output: output_of(nodes, &readers, boundary),
        });
    }
    if let Some(id) = neurons.keys().filter(|id| nodes[**id].role == Role::Free).min() {
        return Err(
            bad(&nodes[*id].name, "no synapse of its own leads to this neuron").with_hint(
                "put a `linear` or `conv2d` before it, with only pooling, scaling or flattening between",
            ),
        );
    }
    let boundaries: HashMap<NodeId, usize> = layers
        .iter()
        .enumerate()
        .map(|(l, layer)| (layer.boundary, l))
        .collect();
    let readout = readout_of(nodes, &boundaries)?;
    if readout + 1 != layers.len() {
        let name = &nodes[layers[readout].boundary].name;
        return Err(bad(name, "the readout must be the last layer"));
    }
    let infos: Vec<LayerInfo> = (0..layers.len())
        .map(|l| layer_info(nodes, neurons, &boundaries, &layers[l], l, l == readout))
        .collect();
    let last = &infos[readout];
    if last.output_shape.iter().product::<usize>() != classes {
        return Err(bad(
            &last.name,
            format!("the readout gives {:?} for {classes} classes", last.output_shape),
        ));
    }
    Ok((layers, infos))
}

fn readers_of(nodes: &[PlanNode]) -> Vec<Vec<NodeId>> {
    let mut readers = vec![Vec::new(); nodes.len()];
    for (id, node) in nodes.iter().enumerate() {
        node.inputs.iter().for_each(|from| readers[*from].push(id));
    }
    readers
}

/// Whether a node changes one value without parameters or state.
fn passes(op: &Op) -> bool {
    use Op::{AdaptiveAvgPool, AvgPool, Custom, Flatten, MaxPool, Scale};
    matches!(
        op,
        Flatten
            | Scale(_)
            | MaxPool { .. }
            | AvgPool { .. }
            | AdaptiveAvgPool { .. }
            | Custom { weights: None, .. }
    )
}

/// The nodes between a synapse and its neurons, and the neurons; nothing when the current itself goes on.
fn current_path(
    nodes: &[PlanNode],
    readers: &[Vec<NodeId>],
    synapse: NodeId,
) -> (Vec<NodeId>, Option<NodeId>) {
    let mut path = Vec::new();
    let mut at = synapse;
    while let [next] = readers[at][..] {
        match &nodes[next].op {
            Op::Neuron => return (path, Some(next)),
            op if passes(op) && nodes[next].inputs.len() == 1 => path.push(next),
            _ => break,
        }
        at = next;
    }
    (Vec::new(), None)
}

/// The last node before the value of `boundary` is flattened, averaged over all positions, branches or enters a synapse.
fn output_of(nodes: &[PlanNode], readers: &[Vec<NodeId>], boundary: NodeId) -> NodeId {
    let mut at = boundary;
    while let [next] = readers[at][..] {
        let node = &nodes[next];
        let goes_on = match &node.op {
            // Averaging over the whole map belongs to the head that follows.
            Op::Flatten | Op::AdaptiveAvgPool { output: [1, 1] } => false,
            op => passes(op) && node.inputs.len() == 1,
        };
        if !goes_on {
            break;
        }
        at = next;
    }
    at
}

/// The one layer whose value reaches the output without passing another.
fn readout_of(nodes: &[PlanNode], boundaries: &HashMap<NodeId, usize>) -> Result<usize> {
    let Some(output) = nodes.iter().position(|n| n.op == Op::Output) else {
        return Err(bad("output", "there is no output"));
    };
    let (sources, from_input) = sources_of(nodes, boundaries, output);
    match (sources.iter().next(), sources.len(), from_input) {
        (Some(layer), 1, false) => Ok(*layer),
        (_, n, from_input) => {
            let also = if from_input {
                " and the network's input"
            } else {
                ""
            };
            Err(bad(
                &nodes[output].name,
                format!("{n} layers{also} reach the output; one must, the readout"),
            ))
        }
    }
}

/// The layers whose spikes reach the inputs of `node`, and whether the network's input does.
fn sources_of(
    nodes: &[PlanNode],
    boundaries: &HashMap<NodeId, usize>,
    node: NodeId,
) -> (BTreeSet<usize>, bool) {
    let (mut layers, mut from_input) = (BTreeSet::new(), false);
    let mut open = nodes[node].inputs.clone();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match boundaries.get(&id) {
            Some(layer) => {
                layers.insert(*layer);
            }
            None if nodes[id].op == Op::Input => from_input = true,
            None => open.extend(&nodes[id].inputs),
        }
    }
    (layers, from_input)
}

fn layer_info(
    nodes: &[PlanNode],
    neurons: &HashMap<NodeId, NeuronNode>,
    boundaries: &HashMap<NodeId, usize>,
    layer: &Layer,
    index: usize,
    readout: bool,
) -> LayerInfo {
    let synapse = &nodes[layer.synapse];
    let neuron = neurons.get(&layer.boundary);
    let (sources, from_input) = sources_of(nodes, boundaries, layer.synapse);
    let (weight, bias) = synapse.op.weights().map_or((0, None), |w| (w.weight, w.bias));
    LayerInfo {
        index,
        name: nodes[layer.boundary].name.clone(),
        synapse: kind_name(&synapse.op),
        weight,
        bias,
        recurrent: neuron.and_then(|n| n.recurrent.clone()),
        neuron: neuron.map_or_else(no_neuron, |n| n.info.clone()),
        input_shape: nodes[synapse.inputs[0]].shape.clone(),
        shape: nodes[layer.boundary].shape.clone(),
        output_shape: nodes[layer.output].shape.clone(),
        sources: sources.into_iter().collect(),
        from_input,
        readout,
    }
}

fn kind_name(op: &Op) -> String {
    match op {
        Op::Linear(_) => "linear".to_owned(),
        Op::Conv2d { .. } => "conv2d".to_owned(),
        Op::Custom { json, .. } => {
            neurotrain_plugin_api::serde_json::from_str::<neurotrain_plugin_api::Node>(json)
                .map_or_else(|_| "custom".to_owned(), |node| node.kind)
        }
        _ => String::new(),
    }
}

/// What a layer without neurons says of them.
fn no_neuron() -> NeuronInfo {
    NeuronInfo {
        kind: "none".to_owned(),
        beta: 0.0,
        threshold: 1e9,
        reset: "none".to_owned(),
        reset_order: "delayed".to_owned(),
        surrogate: Surrogate::FastSigmoid { slope: 25.0 },
    }
}
