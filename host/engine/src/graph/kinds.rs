//! The node kinds: their attributes, how many inputs they take, and the shapes that they give.

use super::attrs::{Attrs, Standardise};
use super::bad;
use super::plan::{Op, Weights};
use neurotrain_plugin_api::{Error, Graph, Lif, NeuronInfo, Node, Result, Surrogate, serde_json};

/// The kinds that the host knows.
const KNOWN: [&str; 13] = [
    "input",
    "output",
    "flatten",
    "linear",
    "conv2d",
    "recurrent",
    "lif",
    "integrator",
    "max_pool2d",
    "avg_pool2d",
    "adaptive_avg_pool2d",
    "scale",
    "add",
];

/// What a node computes and the shape of one sample of its output, from the shapes of its inputs.
pub(super) fn resolve(graph: &Graph, node: &Node, inputs: &[&[usize]]) -> Result<(Op, Vec<usize>)> {
    let arity = |wanted: &str, fits: bool| {
        if fits {
            Ok(())
        } else {
            Err(bad(
                &node.name,
                format!("a `{}` takes {wanted}, not {}", node.kind, inputs.len()),
            ))
        }
    };
    if node.kind == "input" {
        arity("no input", inputs.is_empty())?;
        return Ok((Op::Input, Attrs::new(node, &["shape"])?.shape("shape")?));
    }
    let Some(first) = inputs.first().copied() else {
        return Err(bad(&node.name, format!("nothing feeds this `{}`", node.kind)));
    };
    if !["add"].contains(&node.kind.as_str()) && !node.kind.contains('.') {
        arity("one input", inputs.len() == 1)?;
    }
    let plain = |op: Op| -> Result<(Op, Vec<usize>)> {
        Attrs::new(node, &[])?;
        Ok((op, first.to_vec()))
    };
    match node.kind.as_str() {
        "output" => plain(Op::Output),
        "flatten" => plain(Op::Flatten).map(|(op, shape)| (op, vec![shape.iter().product()])),
        "add" => {
            if let Some(other) = inputs.iter().find(|s| **s != first) {
                return Err(bad(
                    &node.name,
                    format!("inputs of shapes {first:?} and {other:?} cannot be added"),
                ));
            }
            plain(Op::Add)
        }
        "scale" => Ok((
            Op::Scale(Attrs::new(node, &["factor"])?.number("factor")?),
            first.to_vec(),
        )),
        "linear" => linear(graph, node, first),
        "conv2d" => conv2d(graph, node, first),
        "max_pool2d" | "avg_pool2d" => pool(node, first),
        "adaptive_avg_pool2d" => adaptive_pool(node, first),
        "lif" | "integrator" => neuron_info(node).map(|_| (Op::Neuron, first.to_vec())),
        kind if kind.contains('.') => custom(graph, node, first),
        kind => Err(
            bad(&node.name, format!("unknown kind `{kind}`")).with_hint(format!(
                "kinds are {}, or a plugin's own with a dot in its name",
                KNOWN.join(", ")
            )),
        ),
    }
}

/// The constants of a neuron node.
pub(super) fn neuron_info(node: &Node) -> Result<NeuronInfo> {
    if node.kind == "integrator" {
        let beta = Attrs::new(node, &["beta"])?.number("beta")?;
        return Ok(NeuronInfo {
            kind: "integrator".to_owned(),
            beta,
            threshold: 1e9,
            reset: "none".to_owned(),
            reset_order: "delayed".to_owned(),
            surrogate: Surrogate::FastSigmoid { slope: 25.0 },
        });
    }
    let lif: Lif = Attrs::new(node, &["beta", "threshold", "reset", "reset_order", "surrogate"])?.all()?;
    let one_of = |key: &str, value: &str, known: &[&str]| {
        if known.contains(&value) {
            return Ok(());
        }
        Err(bad(
            &node.name,
            format!("`{key}` is `{value}`, not one of {}", known.join(", ")),
        ))
    };
    one_of("reset", &lif.reset, &["subtract", "zero", "none"])?;
    one_of("reset_order", &lif.reset_order, &["delayed", "immediate"])?;
    if !lif.beta.is_finite() {
        return Err(bad(&node.name, format!("`beta` is {}", lif.beta)));
    }
    if !(lif.threshold.is_finite() && lif.threshold > 0.0) {
        return Err(bad(
            &node.name,
            format!("`threshold` must be positive, not {}", lif.threshold),
        ));
    }
    Ok(NeuronInfo {
        kind: "lif".to_owned(),
        beta: lif.beta,
        threshold: lif.threshold,
        reset: lif.reset,
        reset_order: lif.reset_order,
        surrogate: lif.surrogate,
    })
}

/// The parameter that attribute `key` of `node` names: its index and shape.
pub(super) fn param<'g>(graph: &'g Graph, node: &Node, name: &str) -> Result<(usize, &'g [usize])> {
    graph
        .params
        .iter()
        .position(|p| p.name == name)
        .map(|i| (i, graph.params[i].shape.as_slice()))
        .ok_or_else(|| bad(&node.name, format!("parameter `{name}` is not declared")))
}

/// The weight and the bias of a synapse; `outputs` is the length of the bias.
fn weights(
    graph: &Graph,
    node: &Node,
    attrs: Attrs<'_>,
    standardise: Option<Standardise>,
) -> Result<Weights> {
    let name = attrs.text("weight")?;
    let (weight, shape) = param(graph, node, name)?;
    let outputs = shape.first().copied().unwrap_or(0);
    let bias = match attrs.text_or_none("bias")? {
        None => None,
        Some(name) => {
            let (bias, shape) = param(graph, node, name)?;
            if shape != [outputs] {
                return Err(bad(
                    &node.name,
                    format!("bias `{name}` has shape {shape:?}, not [{outputs}]"),
                ));
            }
            Some(bias)
        }
    };
    Ok(Weights {
        weight,
        bias,
        standardise,
    })
}

fn linear(graph: &Graph, node: &Node, input: &[usize]) -> Result<(Op, Vec<usize>)> {
    let attrs = Attrs::new(node, &["weight", "bias", "standardise"])?;
    let weights = weights(graph, node, attrs, attrs.standardise()?)?;
    let shape = &graph.params[weights.weight].shape;
    match (shape.as_slice(), input) {
        (&[outputs, inputs], &[n]) if inputs == n => Ok((Op::Linear(weights), vec![outputs])),
        _ => {
            let name = &graph.params[weights.weight].name;
            Err(bad(
                &node.name,
                format!("weight `{name}` of shape {shape:?} does not take inputs of shape {input:?}"),
            )
            .with_hint("a linear weight is [outputs, inputs]; put a `flatten` before it where needed"))
        }
    }
}

fn conv2d(graph: &Graph, node: &Node, input: &[usize]) -> Result<(Op, Vec<usize>)> {
    let attrs = Attrs::new(node, &["weight", "bias", "standardise", "stride", "padding"])?;
    let weights = weights(graph, node, attrs, attrs.standardise()?)?;
    let (stride, padding) = (
        attrs.pair_or("stride", [1, 1])?,
        attrs.pair_or("padding", [0, 0])?,
    );
    let shape = &graph.params[weights.weight].shape;
    let misfit = |why: &str| {
        let name = &graph.params[weights.weight].name;
        bad(
            &node.name,
            format!("weight `{name}` of shape {shape:?} does not take inputs of shape {input:?}: {why}"),
        )
    };
    let (&[out, channels, kh, kw], &[c, h, w]) = (shape.as_slice(), input) else {
        return Err(misfit(
            "a weight is [out, in, kh, kw], an input [channels, height, width]",
        ));
    };
    if channels != c {
        return Err(misfit("the numbers of channels differ"));
    }
    let height = window(h + 2 * padding[0], kh, stride[0])
        .ok_or_else(|| misfit("the map is smaller than the kernel"))?;
    let width = window(w + 2 * padding[1], kw, stride[1])
        .ok_or_else(|| misfit("the map is smaller than the kernel"))?;
    if padding[0] >= kh || padding[1] >= kw {
        return Err(misfit("the padding must be smaller than the kernel"));
    }
    Ok((
        Op::Conv2d {
            weights,
            stride,
            padding,
        },
        vec![out, height, width],
    ))
}

fn pool(node: &Node, input: &[usize]) -> Result<(Op, Vec<usize>)> {
    let attrs = Attrs::new(node, &["kernel", "stride"])?;
    let kernel = attrs.pair("kernel")?;
    let stride = attrs.pair_or("stride", kernel)?;
    let &[c, h, w] = input else {
        return Err(bad(
            &node.name,
            format!("pooling needs maps [channels, height, width], not {input:?}"),
        ));
    };
    if kernel[0] * kernel[1] > 256 {
        return Err(bad(
            &node.name,
            format!("a kernel of {kernel:?} has more than 256 elements"),
        ));
    }
    let (Some(height), Some(width)) = (window(h, kernel[0], stride[0]), window(w, kernel[1], stride[1]))
    else {
        return Err(bad(
            &node.name,
            format!("kernel {kernel:?} with stride {stride:?} does not fit maps of {h} x {w}"),
        ));
    };
    let op = if node.kind == "max_pool2d" {
        Op::MaxPool { kernel, stride }
    } else {
        Op::AvgPool { kernel, stride }
    };
    Ok((op, vec![c, height, width]))
}

fn adaptive_pool(node: &Node, input: &[usize]) -> Result<(Op, Vec<usize>)> {
    let output = Attrs::new(node, &["output"])?.pair("output")?;
    let &[c, h, w] = input else {
        return Err(bad(
            &node.name,
            format!("pooling needs maps [channels, height, width], not {input:?}"),
        ));
    };
    if output[0] == 0 || output[1] == 0 || output[0] > h || output[1] > w {
        return Err(bad(
            &node.name,
            format!(
                "maps of {h} x {w} cannot be averaged to {} x {}",
                output[0], output[1]
            ),
        ));
    }
    Ok((Op::AdaptiveAvgPool { output }, vec![c, output[0], output[1]]))
}

/// A kind of the plugin's own: `shape` gives the shape of its output (that of its first input when absent), `weight`
/// makes it a synapse.
fn custom(graph: &Graph, node: &Node, input: &[usize]) -> Result<(Op, Vec<usize>)> {
    let attrs = Attrs::any(node);
    let shape = attrs.shape_or_none("shape")?.unwrap_or_else(|| input.to_vec());
    let weights = if node.attrs.contains_key("weight") {
        Some(weights(graph, node, attrs, None)?)
    } else {
        None
    };
    let json = serde_json::to_string(node).map_err(|e| {
        Error::new(
            "bad-graph",
            format!("node `{}` cannot be written as JSON: {e}", node.name),
        )
    })?;
    Ok((Op::Custom { json, weights }, shape))
}

/// Number of places of a window along an axis (floor mode), when there is one.
fn window(length: usize, kernel: usize, stride: usize) -> Option<usize> {
    (kernel > 0 && stride > 0 && length >= kernel).then(|| (length - kernel) / stride + 1)
}
