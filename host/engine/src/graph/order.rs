//! Edges resolved to nodes, and an order in which the nodes can be computed.

use super::bad;
use neurotrain_plugin_api::{Error, Graph, Result};
use std::collections::HashMap;

/// The graph's nodes by position, with their sources.
pub(super) struct Wiring {
    /// For each node the nodes that feed it, in the order of the edges; recurrent synapses are left out.
    pub(super) inputs: Vec<Vec<usize>>,
    /// For each neuron node its recurrent synapse, for each recurrent node nothing.
    pub(super) recurrent: Vec<Option<usize>>,
    /// All nodes but the recurrent ones, sources first, otherwise in the order of the graph.
    pub(super) order: Vec<usize>,
}

/// Resolves names, takes recurrent synapses out, and sorts.
pub(super) fn wire(graph: &Graph) -> Result<Wiring> {
    let mut positions = HashMap::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        if node.name.is_empty() {
            return Err(Error::new(
                "bad-graph",
                format!("node number {i} (`{}`) has no name", node.kind),
            ));
        }
        if positions.insert(node.name.as_str(), i).is_some() {
            return Err(bad(&node.name, "there are two nodes of this name"));
        }
    }
    let find = |name: &str, other: &str| {
        positions.get(name).copied().ok_or_else(|| {
            Error::new(
                "bad-graph",
                format!("an edge joins `{name}` and `{other}`, but there is no node `{name}`"),
            )
        })
    };
    let count = graph.nodes.len();
    let (mut inputs, mut outputs) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, to) in &graph.edges {
        let (a, b) = (find(from, to)?, find(to, from)?);
        if inputs[b].contains(&a) {
            return Err(bad(to, format!("the edge from `{from}` occurs twice")));
        }
        inputs[b].push(a);
        outputs[a].push(b);
    }
    let recurrent = take_recurrent(graph, &mut inputs, &outputs)?;
    let order = sort(graph, &inputs)?;
    Ok(Wiring {
        inputs,
        recurrent,
        order,
    })
}

/// Removes the recurrent nodes from `inputs`; returns the recurrent node of each neuron.
fn take_recurrent(
    graph: &Graph,
    inputs: &mut [Vec<usize>],
    outputs: &[Vec<usize>],
) -> Result<Vec<Option<usize>>> {
    let mut recurrent = vec![None; graph.nodes.len()];
    for (i, node) in graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, n)| n.kind == "recurrent")
    {
        let neuron = match (inputs[i].as_slice(), outputs[i].as_slice()) {
            ([a], [b]) if a == b && is_neuron(&graph.nodes[*a].kind) => *a,
            _ => {
                return Err(bad(
                    &node.name,
                    "a `recurrent` is fed by one neuron and feeds the same neuron",
                )
                .with_hint("add the edges neuron -> recurrent and recurrent -> neuron, and no other"));
            }
        };
        if let Some(other) = recurrent[neuron].replace(i) {
            let other = &graph.nodes[other].name;
            return Err(bad(
                &graph.nodes[neuron].name,
                format!("two recurrent synapses, `{other}` and `{}`", node.name),
            ));
        }
        inputs[neuron].retain(|from| *from != i);
        inputs[i].clear();
    }
    Ok(recurrent)
}

fn sort(graph: &Graph, inputs: &[Vec<usize>]) -> Result<Vec<usize>> {
    let count = graph.nodes.len();
    let wanted: Vec<usize> = (0..count)
        .filter(|i| graph.nodes[*i].kind != "recurrent")
        .collect();
    let (mut order, mut done) = (Vec::with_capacity(count), vec![false; count]);
    while order.len() < wanted.len() {
        // The first ready node in the order of the graph, so that the result is its own.
        match wanted
            .iter()
            .find(|i| !done[**i] && inputs[**i].iter().all(|from| done[*from]))
        {
            Some(&next) => {
                done[next] = true;
                order.push(next);
            }
            None => {
                let names: Vec<&str> = wanted
                    .iter()
                    .filter(|i| !done[**i])
                    .map(|i| graph.nodes[*i].name.as_str())
                    .collect();
                return Err(Error::new(
                    "bad-graph",
                    format!("a cycle runs through (or before) {}", names.join(", ")),
                )
                .with_hint("only a `recurrent` node may feed back, and only to the neuron that feeds it"));
            }
        }
    }
    Ok(order)
}

/// Whether a node kind holds state over time.
pub(super) fn is_neuron(kind: &str) -> bool {
    kind == "lif" || kind == "integrator"
}
