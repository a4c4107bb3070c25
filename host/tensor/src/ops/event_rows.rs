//! Event indices seen through shapes: which axes are rows, and moving whole rows.

use crate::value::EventView;
use crate::{Category, Dims, HostTensor, Session};
use neurotrain_kernels::Events;
use std::sync::Arc;

/// How many leading axes of `dims` make up the rows of an index with `rows` rows and `cols` columns: the fewest that
/// do. `None` when no number does.
pub(crate) fn row_axes(dims: &[usize], rows: usize, cols: usize) -> Option<usize> {
    (0..=dims.len())
        .find(|&k| dims[..k].iter().product::<usize>() == rows && dims[k..].iter().product::<usize>() == cols)
}

/// Positions `from .. from + len` of row axis `axis` (`dims` are those of the tensor, `axis` less than [`row_axes`]).
fn narrow(events: &Events, dims: &[usize], axis: usize, from: usize, len: usize, axes: usize) -> Events {
    let outer: usize = dims[..axis].iter().product();
    let inner: usize = dims[axis + 1..axes].iter().product();
    if outer == 1 {
        return events.narrow(from * inner, len * inner);
    }
    let blocks = (0..outer).map(|o| ((o * dims[axis] + from) * inner, len * inner));
    pick(events, blocks, outer * len * inner)
}

/// Positions `from .. from + len` of an axis of `tensor`, and their shape; `None` where that is no axis of rows of an index.
pub(crate) fn part(
    tensor: &HostTensor,
    axis: usize,
    from: usize,
    len: usize,
) -> Option<(Events, Vec<usize>)> {
    let (events, shape) = (tensor.event_index()?, tensor.shape());
    let axes = row_axes(shape, events.rows, events.cols).filter(|axes| axis < *axes)?;
    let mut dims = shape.to_vec();
    dims[axis] = len;
    Some((narrow(&events, shape, axis, from, len, axes), dims))
}

/// The positions `index` of row axis `axis`, in that order.
pub(crate) fn gather(events: &Events, dims: &[usize], axis: usize, index: &[i64], axes: usize) -> Events {
    let outer: usize = dims[..axis].iter().product();
    let inner: usize = dims[axis + 1..axes].iter().product();
    let blocks = (0..outer).flat_map(|o| {
        index
            .iter()
            .map(move |i| ((o * dims[axis] + *i as usize) * inner, inner))
    });
    pick(events, blocks, outer * index.len() * inner)
}

/// Blocks of rows `(first, number)` below each other.
fn pick(events: &Events, blocks: impl Iterator<Item = (usize, usize)>, rows: usize) -> Events {
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut index = Vec::new();
    offsets.push(0);
    for (first, count) in blocks {
        let start = events.offsets[first];
        let base = index.len() as u32;
        offsets.extend(
            events.offsets[first + 1..=first + count]
                .iter()
                .map(|o| o - start + base),
        );
        index.extend_from_slice(&events.index[start as usize..events.offsets[first + count] as usize]);
    }
    Events {
        rows,
        cols: events.cols,
        offsets,
        index,
    }
}

/// A tensor with an index of its own. Parts of the input stay metered as input.
pub(crate) fn tensor(session: &Arc<Session>, events: Events, dims: &[usize], source: Category) -> HostTensor {
    let category = if source == Category::Input {
        Category::Input
    } else {
        Category::RuleState
    };
    let view = EventView::new(session, Arc::new(events), category);
    HostTensor::from_events(session, view, Dims::merged(dims), category)
}
