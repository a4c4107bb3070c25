//! A NIR graph in the layout of `nir.write`: `/version` and `/node`.

use super::graph::{Conv2d, Metadata, NirGraph, NirKind, NirNode};
use crate::error;
use crate::h5::{create_group, put_array, put_scalar, put_text, put_texts};
use hdf5::{File, Group};
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;

/// The NIR release whose layout this is.
const NIR_VERSION: &str = "1.0.8";

/// Writes the graph; weights are links to the arrays at `links`, so that they cannot differ from them.
pub(crate) fn write_graph(
    file: &File,
    graph: &NirGraph,
    links: &BTreeMap<String, String>,
    run_id: &str,
) -> Result<()> {
    put_text(file, "version", NIR_VERSION)?;
    let root = create_group(file, "node")?;
    put_text(&root, "type", "NIRGraph")?;
    let names: Vec<&str> = graph
        .edges
        .iter()
        .flat_map(|(from, to)| [from.as_str(), to.as_str()])
        .collect();
    put_texts(&root, "edges", &[graph.edges.len(), 2], &names)?;

    let metadata = create_group(&root, "metadata")?;
    put_scalar(&metadata, "dt", &graph.dt)?;
    put_text(&metadata, "run_id", run_id)?;
    put_text(&metadata, "note", NOTE)?;

    let nodes = create_group(&root, "nodes")?;
    let writer = NodeWriter {
        links,
        double: graph.double,
    };
    graph.nodes.iter().try_for_each(|node| writer.write(&nodes, node))
}

const NOTE: &str = "derived from /network and /parameters; steps of length dt, tau = dt / (1 - beta), r = tau \
                    / dt; each neuron's metadata says how it resets; arrays of the learning rule itself are \
                    not part of the graph";

struct NodeWriter<'a> {
    links: &'a BTreeMap<String, String>,
    double: bool,
}

impl NodeWriter<'_> {
    fn write(&self, nodes: &Group, node: &NirNode) -> Result<()> {
        let group = create_group(nodes, &node.name)?;
        put_text(&group, "type", type_name(&node.kind))?;
        self.write_fields(&group, &node.kind)?;
        if node.metadata.is_empty() {
            return Ok(());
        }
        let metadata = create_group(&group, "metadata")?;
        for (name, value) in &node.metadata {
            match value {
                Metadata::Number(number) => put_scalar(&metadata, name, number)?,
                Metadata::Text(text) => put_text(&metadata, name, text)?,
            };
        }
        Ok(())
    }

    fn write_fields(&self, group: &Group, kind: &NirKind) -> Result<()> {
        match kind {
            NirKind::Input { shape } | NirKind::Output { shape } => integers(group, "shape", shape),
            NirKind::Linear { weight } => self.link(group, "weight", weight),
            NirKind::Affine { weight, bias } => {
                self.link(group, "weight", weight)?;
                self.link(group, "bias", bias)
            }
            NirKind::Conv2d(conv) => self.conv2d(group, conv),
            NirKind::AvgPool2d { kernel, stride } => {
                integers(group, "kernel_size", kernel)?;
                integers(group, "stride", stride)?;
                integers(group, "padding", &[0, 0])
            }
            NirKind::Flatten { input } => {
                put_scalar(group, "start_dim", &0_i64)?;
                put_scalar(group, "end_dim", &-1_i64)?;
                integers(group, "input_type", input)
            }
            NirKind::Scale { factor, shape } => self.fill(group, shape, &[("scale", *factor)]),
            NirKind::Integrator { r, shape } => self.fill(group, shape, &[("r", *r)]),
            NirKind::LeakyIntegrator { tau, r, shape } => {
                self.fill(group, shape, &[("tau", *tau), ("r", *r), ("v_leak", 0.0)])
            }
            NirKind::IntegrateFire { r, threshold, shape } => self.fill(
                group,
                shape,
                &[("r", *r), ("v_threshold", *threshold), ("v_reset", 0.0)],
            ),
            NirKind::LeakyIntegrateFire {
                tau,
                r,
                threshold,
                shape,
            } => {
                let fields = [
                    ("tau", *tau),
                    ("r", *r),
                    ("v_leak", 0.0),
                    ("v_threshold", *threshold),
                    ("v_reset", 0.0),
                ];
                self.fill(group, shape, &fields)
            }
        }
    }

    fn conv2d(&self, group: &Group, conv: &Conv2d) -> Result<()> {
        self.link(group, "weight", &conv.weight)?;
        match &conv.bias {
            Some(bias) => self.link(group, "bias", bias)?,
            None => self.fill(group, &[conv.channels], &[("bias", 0.0)])?,
        }
        integers(group, "stride", &conv.stride)?;
        integers(group, "padding", &conv.padding)?;
        integers(group, "dilation", &[1, 1])?;
        put_scalar(group, "groups", &1_i64)?;
        integers(group, "input_shape", &conv.input)
    }

    fn link(&self, group: &Group, field: &str, parameter: &str) -> Result<()> {
        let target = self
            .links
            .get(parameter)
            .ok_or_else(|| error::invalid(format!("the network uses an unknown parameter `{parameter}`")))?;
        group
            .link_hard(target, field)
            .map_err(|e| error::building(&format!("the link to parameter `{parameter}`"), &e))
    }

    /// Readers want an array of the layer's shape for every constant.
    fn fill(&self, group: &Group, shape: &[usize], fields: &[(&str, f64)]) -> Result<()> {
        let count = shape.iter().product();
        for (name, value) in fields {
            if self.double {
                put_array(group, name, shape, &vec![*value; count])?;
            } else {
                put_array(group, name, shape, &vec![*value as f32; count])?;
            }
        }
        Ok(())
    }
}

fn type_name(kind: &NirKind) -> &'static str {
    match kind {
        NirKind::Input { .. } => "Input",
        NirKind::Output { .. } => "Output",
        NirKind::Linear { .. } => "Linear",
        NirKind::Affine { .. } => "Affine",
        NirKind::Conv2d(_) => "Conv2d",
        NirKind::AvgPool2d { .. } => "AvgPool2d",
        NirKind::Flatten { .. } => "Flatten",
        NirKind::Scale { .. } => "Scale",
        NirKind::Integrator { .. } => "I",
        NirKind::LeakyIntegrator { .. } => "LI",
        NirKind::IntegrateFire { .. } => "IF",
        NirKind::LeakyIntegrateFire { .. } => "LIF",
    }
}

fn integers(group: &Group, name: &str, values: &[usize]) -> Result<()> {
    let values: Vec<i64> = values.iter().map(|v| *v as i64).collect();
    put_array(group, name, &[values.len()], &values).map(drop)
}
