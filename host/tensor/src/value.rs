//! What a cell holds: a dense candle tensor, an event index, or both.

use crate::charge::Charge;
use crate::history::History;
use crate::{Category, Session};
use candle_core::{DType, Tensor};
use neurotrain_kernels::{Events, Majority};
use neurotrain_plugin_api::{Error, Result};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A candle tensor together with the token of its memory: while it lives, in-place operations on the cell that it
/// came from copy first.
#[derive(Debug, Clone)]
pub struct DenseView {
    pub(crate) tensor: Tensor,
    pub(crate) token: Arc<Charge>,
    /// Present where the tensor tracks gradients and is no leaf.
    pub(crate) history: Option<Arc<History>>,
}

impl Deref for DenseView {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.tensor
    }
}

impl DenseView {
    /// For memory that nobody else holds.
    pub(crate) fn owned(session: &Arc<Session>, tensor: Tensor, category: Category) -> DenseView {
        let token = Charge::new(session, category, Self::bytes_of(&tensor));
        DenseView {
            tensor,
            token,
            history: None,
        }
    }

    /// The values without history.
    pub(crate) fn detached(self) -> DenseView {
        DenseView {
            tensor: self.tensor.detach(),
            token: self.token,
            history: None,
        }
    }

    /// Operations between the tensor and the furthest leaf of its history.
    pub(crate) fn depth(&self) -> usize {
        self.history.as_ref().map_or(0, |h| h.depth())
    }

    /// Bytes of the memory that a tensor sees: an axis that repeats the same elements (stride 0) adds nothing.
    pub(crate) fn bytes_of(tensor: &Tensor) -> usize {
        if tensor.elem_count() == 0 {
            return 0;
        }
        let furthest: usize = tensor
            .dims()
            .iter()
            .zip(tensor.stride())
            .map(|(len, stride)| (len - 1) * stride)
            .sum();
        (furthest + 1) * tensor.dtype().size_in_bytes()
    }
}

/// An event index together with the token of its memory.
#[derive(Debug, Clone)]
pub(crate) struct EventView {
    pub(crate) events: Arc<Events>,
    /// The same as a majority, where it was asked for and worth it.
    repeats: Arc<OnceLock<Option<Repeats>>>,
    /// Counts the bytes for as long as anybody sees them.
    _token: Arc<Charge>,
}

#[derive(Debug)]
struct Repeats {
    majority: Arc<Majority>,
    _token: Arc<Charge>,
}

impl EventView {
    /// Counts the bytes of an index that is new.
    pub(crate) fn new(session: &Arc<Session>, events: Arc<Events>, category: Category) -> EventView {
        let token = Charge::new(session, category, events.bytes());
        EventView {
            events,
            repeats: Arc::default(),
            _token: token,
        }
    }

    /// The spikes of sequences of `batch` samples as a majority, made when first asked for.
    pub(crate) fn majority(&self, session: &Arc<Session>, batch: usize) -> Option<Arc<Majority>> {
        let made = self.repeats.get_or_init(|| {
            let majority = Majority::of(&self.events, batch)?;
            let token = Charge::new(session, Category::Activation, majority.bytes());
            Some(Repeats {
                majority: Arc::new(majority),
                _token: token,
            })
        });
        let majority = &made.as_ref()?.majority;
        (majority.batch == batch).then(|| majority.clone())
    }
}

/// At least one of both forms; the dense one of events is made when first asked for.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) dense: OnceLock<DenseView>,
    pub(crate) events: Option<EventView>,
}

impl Value {
    pub(crate) fn dense(view: DenseView) -> Value {
        Value {
            dense: OnceLock::from(view),
            events: None,
        }
    }

    pub(crate) fn events(view: EventView) -> Value {
        Value {
            dense: OnceLock::new(),
            events: Some(view),
        }
    }

    /// Whether it is a leaf that gradients are wanted of.
    pub(crate) fn is_variable(&self) -> bool {
        self.dense.get().is_some_and(|v| v.tensor.is_variable())
    }

    /// The dense form, made now where it is missing.
    pub(crate) fn view(
        &self,
        session: &Arc<Session>,
        dims: &[usize],
        category: Category,
    ) -> Result<&DenseView> {
        if let Some(view) = self.dense.get() {
            return Ok(view);
        }
        let Some(index) = &self.events else {
            return Err(Error::new("host-fault", "a tensor without any form"));
        };
        let tensor = densify(&index.events, session, dims)?;
        let view = DenseView::owned(session, tensor, category);
        Ok(self.dense.get_or_init(|| view))
    }
}

fn densify(events: &Events, session: &Session, dims: &[usize]) -> Result<Tensor> {
    let made = match session.dtype() {
        DType::F64 => Tensor::from_vec(events.to_dense::<f64>(), dims, session.device()),
        _ => Tensor::from_vec(events.to_dense::<f32>(), dims, session.device()),
    };
    made.map_err(|e| {
        Error::new(
            "tensor-op",
            format!("events of shape {dims:?} could not be made dense: {e}"),
        )
    })
}
