//! From the network graph of a run to a NIR graph, or the reason why there is none.

use super::attributes::{number, optional_parameter, pair, parameter};
use super::graph::{Conv2d, Metadata, NirGraph, NirKind, NirNode};
use super::neuron::neuron_node;
use super::shape::{Shapes, infer, input_shape, parameter_shape};
use super::splice::splice_sums;
use crate::names::LinkNames;
use crate::parameter::{DataType, Parameter};
use crate::record::RunRecord;
use neurotrain_plugin_api::{Graph, Lif, NetworkInfo, NeuronInfo, Node, Surrogate};
use std::collections::BTreeMap;

/// What other tools take for the length of a step where none is given.
const DEFAULT_STEP_SECONDS: f64 = 1e-4;

/// The NIR graph of a run.
///
/// # Errors
/// What NIR cannot say of this network, as a sentence for the archive.
pub(crate) fn view(record: &RunRecord, parameters: &[Parameter<'_>]) -> Result<NirGraph, String> {
    let graph = record.graph.as_ref().ok_or("the run has no network graph")?;
    check_parameters(graph, parameters)?;
    let dt = record.step_seconds.unwrap_or(DEFAULT_STEP_SECONDS);
    if !dt.is_finite() || dt <= 0.0 {
        return Err(format!("a time step of {dt} s has no meaning"));
    }
    let shapes = infer(graph)?;
    let translation = Translation {
        graph,
        network: record.network.as_ref(),
        shapes: &shapes,
        dt,
    };
    let mut nodes = Vec::new();
    let mut edges = graph.edges.clone();
    for node in &graph.nodes {
        translation.translate(node, &mut nodes, &mut edges)?;
    }
    let sums: Vec<&str> = graph
        .nodes
        .iter()
        .filter(|n| n.kind == "add")
        .map(|n| n.name.as_str())
        .collect();
    let edges = splice_sums(&edges, &sums)?;
    let of_graph = |p: &&Parameter<'_>| graph.params.iter().any(|spec| spec.name == p.name);
    let double = parameters
        .iter()
        .filter(of_graph)
        .any(|p| p.data.dtype() == DataType::F64);
    Ok(with_link_names(NirGraph {
        nodes,
        edges,
        dt,
        double,
    }))
}

/// The values must be there as the graph declares them.
fn check_parameters(graph: &Graph, parameters: &[Parameter<'_>]) -> Result<(), String> {
    for spec in &graph.params {
        match parameters.iter().find(|p| p.name == spec.name) {
            None => return Err(format!("the values of parameter `{}` are missing", spec.name)),
            Some(p) if p.shape != spec.shape => {
                let (name, declared) = (&spec.name, &spec.shape);
                return Err(format!(
                    "parameter `{name}` has shape {:?}, not {declared:?}",
                    p.shape
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

struct Translation<'a> {
    graph: &'a Graph,
    network: Option<&'a NetworkInfo>,
    shapes: &'a Shapes<'a>,
    dt: f64,
}

impl Translation<'_> {
    fn translate(
        &self,
        node: &Node,
        nodes: &mut Vec<NirNode>,
        edges: &mut Vec<(String, String)>,
    ) -> Result<(), String> {
        let shape = self.shapes[node.name.as_str()].clone();
        let input = input_shape(self.graph, node, self.shapes).unwrap_or_default();
        if node.attrs.get("standardise").is_some_and(|s| !s.is_null()) {
            return Err(format!(
                "NIR has no weight standardisation (node `{}`)",
                node.name
            ));
        }
        let mut metadata = Vec::new();
        let kind = match node.kind.as_str() {
            "input" => NirKind::Input { shape },
            "output" => NirKind::Output { shape },
            "flatten" => NirKind::Flatten { input },
            "linear" => {
                flatten_before(node, &input, nodes, edges);
                linear(node)?
            }
            "recurrent" => {
                metadata.push(("delay_steps", Metadata::Number(1.0)));
                linear(node)?
            }
            "conv2d" => NirKind::Conv2d(self.conv2d(node, &input)?),
            "avg_pool2d" => {
                let kernel = pair(node, "kernel", None)?;
                NirKind::AvgPool2d {
                    kernel,
                    stride: pair(node, "stride", Some(kernel))?,
                }
            }
            "scale" => NirKind::Scale {
                factor: number(node, "factor")?,
                shape,
            },
            "lif" | "integrator" => {
                let (kind, said) = neuron_node(&node.name, &self.neuron(node)?, shape, self.dt)?;
                metadata = said;
                kind
            }
            // A sum becomes edges.
            _ => return Ok(()),
        };
        nodes.push(NirNode {
            name: node.name.clone(),
            kind,
            metadata,
        });
        Ok(())
    }

    fn conv2d(&self, node: &Node, input: &[usize]) -> Result<Conv2d, String> {
        let weight = parameter(node, "weight")?;
        let shape = parameter_shape(self.graph, &weight)?;
        match (shape, input) {
            ([channels, inputs, kh, kw], [c, h, w]) if inputs == c => {
                if kh != kw {
                    return Err(format!(
                        "NIR tools do not check {kh}x{kw} kernels (node `{}`)",
                        node.name
                    ));
                }
                Ok(Conv2d {
                    bias: optional_parameter(node, "bias")?,
                    channels: *channels,
                    stride: pair(node, "stride", Some([1, 1]))?,
                    padding: pair(node, "padding", Some([0, 0]))?,
                    input: [*h, *w],
                    weight,
                })
            }
            _ => Err(format!(
                "node `{}` has a weight {shape:?} for an input {input:?}",
                node.name
            )),
        }
    }

    /// The constants after training where they are known, for a rule can change them.
    fn neuron(&self, node: &Node) -> Result<NeuronInfo, String> {
        let layers = self.network.map_or(&[][..], |n| &n.layers);
        if let Some(layer) = layers.iter().find(|l| l.name == node.name) {
            return Ok(layer.neuron.clone());
        }
        if node.kind == "integrator" {
            return Ok(NeuronInfo {
                kind: node.kind.clone(),
                beta: number(node, "beta")?,
                threshold: 1e9,
                reset: "none".to_owned(),
                reset_order: "delayed".to_owned(),
                surrogate: Surrogate::Tanh,
            });
        }
        let lif: Lif = serde_json::from_value(node.attrs.clone().into())
            .map_err(|e| format!("neuron `{}` is incomplete: {e}", node.name))?;
        Ok(NeuronInfo {
            kind: node.kind.clone(),
            beta: lif.beta,
            threshold: lif.threshold,
            reset: lif.reset,
            reset_order: lif.reset_order,
            surrogate: lif.surrogate,
        })
    }
}

fn linear(node: &Node) -> Result<NirKind, String> {
    let weight = parameter(node, "weight")?;
    Ok(match optional_parameter(node, "bias")? {
        Some(bias) => NirKind::Affine { weight, bias },
        None => NirKind::Linear { weight },
    })
}

/// A linear node takes any sample as a vector here; in NIR a node of its own makes the vector.
fn flatten_before(node: &Node, input: &[usize], nodes: &mut Vec<NirNode>, edges: &mut Vec<(String, String)>) {
    if input.len() == 1 {
        return;
    }
    let name = format!("{}.flatten", node.name);
    edges
        .iter_mut()
        .filter(|(_, to)| *to == node.name)
        .for_each(|(_, to)| to.clone_from(&name));
    edges.push((name.clone(), node.name.clone()));
    nodes.push(NirNode::new(
        &name,
        NirKind::Flatten {
            input: input.to_vec(),
        },
    ));
}

/// Node names become names of groups.
fn with_link_names(mut graph: NirGraph) -> NirGraph {
    let mut names = LinkNames::default();
    let links: BTreeMap<String, String> = graph
        .nodes
        .iter()
        .map(|n| (n.name.clone(), names.link(&n.name)))
        .collect();
    let link = |name: &mut String| {
        if let Some(link) = links.get(name) {
            name.clone_from(link);
        }
    };
    graph.nodes.iter_mut().for_each(|n| link(&mut n.name));
    for (from, to) in &mut graph.edges {
        link(from);
        link(to);
    }
    graph
}
