//! From a graph to a plan.

use super::kinds::{neuron_info, param, resolve};
use super::order::{Wiring, wire};
use super::plan::{NodeId, Op, Plan, PlanNode, Role};
use super::{bad, layers};
use neurotrain_plugin_api::{Error, Graph, NetworkInfo, NeuronInfo, Node, ParamInfo, RecurrentInfo, Result};
use std::collections::HashMap;

/// The layer view of a graph for `classes` classes.
///
/// # Errors
/// `bad-graph`, naming the node or parameter: unknown kinds and attributes, missing attributes, shapes that do not fit,
/// cycles other than through `recurrent`, parameters that are not declared or not used, a readout that does not give
/// one value per class.
pub fn info_of(graph: &Graph, classes: usize) -> Result<NetworkInfo> {
    plan_of(graph, classes).map(|plan| plan.info)
}

/// What is known of a neuron node.
pub(super) struct NeuronNode {
    pub(super) info: NeuronInfo,
    pub(super) recurrent: Option<RecurrentInfo>,
}

/// Checks a graph and derives its layers.
pub(crate) fn plan_of(graph: &Graph, classes: usize) -> Result<Plan> {
    params(graph)?;
    for kind in ["input", "output"] {
        match graph.nodes.iter().filter(|n| n.kind == kind).count() {
            1 => {}
            n => {
                return Err(Error::new(
                    "bad-graph",
                    format!("a graph has one `{kind}` node, this one has {n}"),
                ));
            }
        }
    }
    let wiring = wire(graph)?;
    let mut nodes: Vec<PlanNode> = Vec::with_capacity(wiring.order.len());
    let mut place = HashMap::new();
    let mut neurons: HashMap<NodeId, NeuronNode> = HashMap::new();
    for &i in &wiring.order {
        let node = &graph.nodes[i];
        let inputs: Vec<NodeId> = wiring.inputs[i].iter().map(|from| place[from]).collect();
        let shapes: Vec<&[usize]> = inputs.iter().map(|from| nodes[*from].shape.as_slice()).collect();
        let (op, shape) = resolve(graph, node, &shapes)?;
        if op == Op::Neuron {
            let recurrent = wiring.recurrent[i]
                .map(|r| recurrent_info(graph, &graph.nodes[r], &shape))
                .transpose()?;
            neurons.insert(
                nodes.len(),
                NeuronNode {
                    info: neuron_info(node)?,
                    recurrent,
                },
            );
        }
        place.insert(i, nodes.len());
        nodes.push(PlanNode {
            name: node.name.clone(),
            op,
            inputs,
            shape,
            role: Role::Free,
            readers: 0,
        });
    }
    connected(&nodes)?;
    used(graph, &nodes, &wiring)?;
    let (layers, infos) = layers::derive(&mut nodes, &neurons, classes)?;
    count_readers(&mut nodes);
    let input_shape = nodes
        .iter()
        .find(|n| n.op == Op::Input)
        .map(|n| n.shape.clone())
        .unwrap_or_default();
    let info = NetworkInfo {
        net_type: graph.net_type.clone(),
        input_shape,
        classes,
        params: graph
            .params
            .iter()
            .map(|p| ParamInfo {
                name: p.name.clone(),
                shape: p.shape.clone(),
            })
            .collect(),
        layers: infos,
    };
    Ok(Plan {
        nodes,
        layers,
        inits: graph.params.iter().map(|p| p.init).collect(),
        info,
    })
}

/// Names are unique, shapes not empty.
fn params(graph: &Graph) -> Result<()> {
    for (i, param) in graph.params.iter().enumerate() {
        let name = &param.name;
        if name.is_empty() {
            return Err(Error::new(
                "bad-graph",
                format!("parameter number {i} has no name"),
            ));
        }
        if graph.params[..i].iter().any(|p| p.name == *name) {
            return Err(Error::new(
                "bad-graph",
                format!("parameter `{name}` is declared twice"),
            ));
        }
        let count = param.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        if param.shape.is_empty() || param.shape.len() > 8 || count.is_none_or(|n| n == 0 || n > 1 << 40) {
            return Err(Error::new(
                "bad-graph",
                format!("parameter `{name}` has shape {:?}", param.shape),
            ));
        }
    }
    Ok(())
}

fn recurrent_info(graph: &Graph, node: &Node, shape: &[usize]) -> Result<RecurrentInfo> {
    let attrs = super::attrs::Attrs::new(node, &["weight", "bias"])?;
    let n: usize = shape.iter().product();
    let fitting = |name: &str, wanted: &[usize]| {
        let (index, found) = param(graph, node, name)?;
        if found == wanted {
            return Ok(index);
        }
        Err(bad(
            &node.name,
            format!("parameter `{name}` has shape {found:?}, the neurons need {wanted:?}"),
        ))
    };
    Ok(RecurrentInfo {
        weight: fitting(attrs.text("weight")?, &[n, n])?,
        bias: attrs
            .text_or_none("bias")?
            .map(|name| fitting(name, &[n]))
            .transpose()?,
    })
}

/// Every node is reached from the input and leads to the output.
fn connected(nodes: &[PlanNode]) -> Result<()> {
    let mut leads = vec![false; nodes.len()];
    for (i, node) in nodes.iter().enumerate().rev() {
        leads[i] |= node.op == Op::Output;
        if leads[i] {
            node.inputs.iter().for_each(|from| leads[*from] = true);
        }
    }
    match nodes.iter().zip(leads).find(|(_, leads)| !leads) {
        Some((node, _)) => Err(bad(&node.name, "its value never reaches the output")),
        None => Ok(()),
    }
}

/// Every declared parameter is used.
fn used(graph: &Graph, nodes: &[PlanNode], wiring: &Wiring) -> Result<()> {
    let mut used = vec![false; graph.params.len()];
    for weights in nodes.iter().filter_map(|n| n.op.weights()) {
        used[weights.weight] = true;
        weights.bias.into_iter().for_each(|bias| used[bias] = true);
    }
    for node in wiring.recurrent.iter().flatten().map(|r| &graph.nodes[*r]) {
        for key in ["weight", "bias"] {
            if let Some(name) = node.attrs.get(key).and_then(|v| v.as_str()) {
                used[param(graph, node, name)?.0] = true;
            }
        }
    }
    match used.iter().position(|used| !used) {
        Some(i) => Err(Error::new(
            "bad-graph",
            format!(
                "parameter `{}` is declared but no node uses it",
                graph.params[i].name
            ),
        )),
        None => Ok(()),
    }
}

fn count_readers(nodes: &mut [PlanNode]) {
    for i in 0..nodes.len() {
        // The nodes inside a layer are computed with its synapse, which alone reads from outside.
        if matches!(nodes[i].role, Role::Free | Role::Synapse(_)) {
            for from in nodes[i].inputs.clone() {
                nodes[from].readers += 1;
            }
        }
    }
}
