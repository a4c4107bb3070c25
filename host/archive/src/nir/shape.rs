//! Shapes along a network graph.

use super::attributes::{pair, parameter, shape};
use neurotrain_plugin_api::{Graph, Node};
use std::collections::BTreeMap;

/// Output shape of every node, of one sample at one step.
pub(super) type Shapes<'g> = BTreeMap<&'g str, Vec<usize>>;

/// Infers all shapes from the input onwards.
///
/// # Errors
/// Says which node stays without a shape, or whose kind has none in NIR.
pub(super) fn infer(graph: &Graph) -> Result<Shapes<'_>, String> {
    let mut shapes = Shapes::new();
    loop {
        let before = shapes.len();
        for node in &graph.nodes {
            if !shapes.contains_key(node.name.as_str())
                && let Some(found) = output_shape(graph, node, &shapes)?
            {
                shapes.insert(&node.name, found);
            }
        }
        if shapes.len() == before {
            break;
        }
    }
    match graph.nodes.iter().find(|n| !shapes.contains_key(n.name.as_str())) {
        Some(node) => Err(format!("node `{}` is not reached from the input", node.name)),
        None => Ok(shapes),
    }
}

/// The shape that reaches `node`, disregarding its own recurrence.
pub(super) fn input_shape(graph: &Graph, node: &Node, shapes: &Shapes<'_>) -> Option<Vec<usize>> {
    let feeds = |name: &str| {
        graph
            .nodes
            .iter()
            .any(|n| n.name == name && n.kind != "recurrent")
    };
    graph
        .edges
        .iter()
        .filter(|(from, to)| *to == node.name && (feeds(from) || node.kind == "recurrent"))
        .find_map(|(from, _)| shapes.get(from.as_str()).cloned())
}

/// Height and width after a window of `kernel` moves over `input`; `None` where it does not fit.
pub(super) fn window(
    input: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Option<[usize; 2]> {
    let along = |axis: usize| {
        let room = (input[axis] + 2 * padding[axis]).checked_sub(kernel[axis])?;
        Some(room.checked_div(stride[axis])? + 1)
    };
    Some([along(0)?, along(1)?])
}

/// The shape declared for a parameter.
pub(super) fn parameter_shape<'g>(graph: &'g Graph, name: &str) -> Result<&'g [usize], String> {
    let found = graph.params.iter().find(|p| p.name == name);
    found
        .map(|p| p.shape.as_slice())
        .ok_or_else(|| format!("the graph declares no parameter `{name}`"))
}

fn output_shape(graph: &Graph, node: &Node, shapes: &Shapes<'_>) -> Result<Option<Vec<usize>>, String> {
    if node.kind == "input" {
        return shape(node, "shape").map(Some);
    }
    let Some(input) = input_shape(graph, node, shapes) else {
        return Ok(None);
    };
    let spatial = || match input.as_slice() {
        [_, h, w] => Ok([*h, *w]),
        _ => Err(format!(
            "node `{}` needs an input [C, H, W], not {input:?}",
            node.name
        )),
    };
    let too_small = || {
        format!(
            "the window of node `{}` is larger than its input {input:?}",
            node.name
        )
    };
    let found = match node.kind.as_str() {
        "flatten" => vec![input.iter().product()],
        "linear" | "recurrent" => match parameter_shape(graph, &parameter(node, "weight")?)? {
            [out, _] => vec![*out],
            other => return Err(format!("the weight of node `{}` has shape {other:?}", node.name)),
        },
        "conv2d" => match parameter_shape(graph, &parameter(node, "weight")?)? {
            [out, _, kh, kw] => {
                let stride = pair(node, "stride", Some([1, 1]))?;
                let padding = pair(node, "padding", Some([0, 0]))?;
                let [h, w] = window(spatial()?, [*kh, *kw], stride, padding).ok_or_else(too_small)?;
                vec![*out, h, w]
            }
            other => return Err(format!("the weight of node `{}` has shape {other:?}", node.name)),
        },
        "avg_pool2d" => {
            let kernel = pair(node, "kernel", None)?;
            let stride = pair(node, "stride", Some(kernel))?;
            let [h, w] = window(spatial()?, kernel, stride, [0, 0]).ok_or_else(too_small)?;
            vec![input[0], h, w]
        }
        "lif" | "integrator" | "scale" | "add" | "output" => input,
        kind => return Err(format!("NIR has no node for `{kind}` (node `{}`)", node.name)),
    };
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn windows_round_down() {
        assert_eq!(window([28, 28], [5, 5], [1, 1], [0, 0]), Some([24, 24]));
        assert_eq!(window([11, 11], [2, 2], [2, 2], [0, 0]), Some([5, 5]));
        assert_eq!(window([32, 32], [3, 3], [1, 1], [1, 1]), Some([32, 32]));
        assert_eq!(window([4, 4], [5, 5], [1, 1], [0, 0]), None);
        assert_eq!(window([4, 4], [2, 2], [0, 0], [0, 0]), None);
    }
}
