//! The tensor that handles stand for.

use crate::dims::Dims;
use crate::value::{DenseView, EventView, Value};
use crate::{Category, Session, loan};
use abi_stable::sabi_trait::TD_CanDowncast;
use candle_core::{DType, Tensor, Var};
use neurotrain_kernels::{Events, Majority, Real};
use neurotrain_plugin_api::abi::{RawTensor_TO, RawTensorBox, form};
use neurotrain_plugin_api::{Error, Result};
use std::any::Any;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// A tensor of the host. Clones are handles of the same cell.
///
/// Shape and element type never change. In-place operations are seen through every clone, never through tensors that
/// were computed before: memory that anybody else sees is copied first.
#[derive(Debug, Clone)]
pub struct HostTensor(Arc<Cell>);

#[derive(Debug)]
struct Cell {
    session: Arc<Session>,
    dims: Dims,
    dtype: DType,
    category: Category,
    form: AtomicU32,
    value: RwLock<Value>,
}

impl Drop for Cell {
    fn drop(&mut self) {
        if let Ok(value) = self.value.get_mut()
            && let Some(view) = value.dense.take()
        {
            self.session.recycle(view);
        }
    }
}

/// Construction.
impl HostTensor {
    /// From a candle tensor that the caller may go on holding: the first in-place operation copies it.
    pub fn dense(session: &Arc<Session>, tensor: Tensor, category: Category) -> HostTensor {
        let view = DenseView::owned(session, tensor, category);
        view.token.escape();
        Self::from_view(session, view, category)
    }

    /// From a candle tensor whose memory nobody else holds or will hold.
    pub fn owned(session: &Arc<Session>, tensor: Tensor, category: Category) -> HostTensor {
        Self::from_view(session, DenseView::owned(session, tensor, category), category)
    }

    /// From values in row-major order, without copying them on the CPU.
    ///
    /// # Errors
    /// `shape-mismatch` when their number does not fit `dims`.
    pub fn from_vec<R: Real>(
        session: &Arc<Session>,
        values: Vec<R>,
        dims: &[usize],
        category: Category,
    ) -> Result<HostTensor> {
        let dims = Dims::new(dims)?;
        if values.len() != dims.count() {
            let message = format!("{} values do not fill shape {dims:?}", values.len());
            return Err(Error::new("shape-mismatch", message));
        }
        let tensor = candle_tensor(session, values, &dims)?;
        Ok(Self::owned(session, tensor, category))
    }

    /// From the event index of a binary tensor: its rows are the product of some leading axes, its columns that of
    /// the others. The element type is the run's real type.
    ///
    /// An index that does not fit `dims` in this way is stored dense when the counts agree, and gives an error when
    /// the tensor is used when they do not.
    pub fn events(
        session: &Arc<Session>,
        events: Arc<Events>,
        dims: &[usize],
        category: Category,
    ) -> HostTensor {
        let view = EventView::new(session, events, category);
        Self::from_events(session, view, Dims::merged(dims), category)
    }

    /// An i64 vector: labels or indices.
    pub fn labels(session: &Arc<Session>, values: &[i64]) -> Result<HostTensor> {
        let tensor = Tensor::from_slice(values, values.len(), session.device())
            .map_err(|e| Error::new("tensor-op", e.to_string()))?;
        Ok(Self::owned(session, tensor, Category::Input))
    }

    /// A tensor that sees the memory of `view`.
    pub(crate) fn from_view(session: &Arc<Session>, view: DenseView, category: Category) -> HostTensor {
        HostTensor(Arc::new(Cell {
            session: session.clone(),
            dims: Dims::merged(view.tensor.dims()),
            dtype: view.tensor.dtype(),
            category,
            form: AtomicU32::new(form::DENSE),
            value: RwLock::new(Value::dense(view)),
        }))
    }

    /// A tensor that shares an event index.
    pub(crate) fn from_events(
        session: &Arc<Session>,
        view: EventView,
        dims: Dims,
        category: Category,
    ) -> HostTensor {
        HostTensor(Arc::new(Cell {
            session: session.clone(),
            dims,
            dtype: session.dtype(),
            category,
            form: AtomicU32::new(form::EVENTS),
            value: RwLock::new(Value::events(view)),
        }))
    }
}

/// Description.
impl HostTensor {
    /// The lengths of the axes.
    pub fn dims(&self) -> Vec<usize> {
        self.0.dims.to_vec()
    }

    /// The lengths of the axes, without allocation.
    pub fn shape(&self) -> &Dims {
        &self.0.dims
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// What the tensor is metered as.
    pub fn category(&self) -> Category {
        self.0.category
    }

    /// The run that it belongs to.
    pub fn session(&self) -> &Arc<Session> {
        &self.0.session
    }

    /// One of [`form`].
    pub(crate) fn form(&self) -> u32 {
        self.0.form.load(Relaxed)
    }
}

/// Access.
impl HostTensor {
    /// The candle tensor; events are made dense once and kept.
    ///
    /// No token follows the returned tensor, so the next in-place operation copies first. Where that matters, hold a
    /// [`view`](HostTensor::view) instead for as long as the values are needed.
    ///
    /// # Errors
    /// `borrowed` while the tensor is lent exclusively.
    pub fn dense_tensor(&self) -> Result<Tensor> {
        let view = self.view()?;
        view.token.escape();
        Ok(view.tensor)
    }

    /// The candle tensor with the token of its memory: in-place operations copy only while the view lives. Do not
    /// keep clones of the tensor, or tensors that share its memory, beyond it.
    ///
    /// # Errors
    /// `borrowed` while the tensor is lent exclusively.
    pub fn view(&self) -> Result<DenseView> {
        let cell = &*self.0;
        self.read()?
            .view(&cell.session, &cell.dims, cell.category)
            .cloned()
    }

    /// Another cell with the same values now: shares memory until either is changed, and no in-place operation on one
    /// is seen through the other.
    ///
    /// # Errors
    /// `borrowed` while the tensor is lent exclusively.
    pub fn snapshot(&self) -> Result<HostTensor> {
        let cell = &*self.0;
        match self.event_view() {
            Some(events) => Ok(Self::from_events(&cell.session, events, cell.dims, cell.category)),
            None => Ok(Self::from_view(&cell.session, self.view()?, cell.category)),
        }
    }

    /// The event index, where the tensor is stored as one.
    pub fn event_index(&self) -> Option<Arc<Events>> {
        self.event_view().map(|v| v.events)
    }

    /// Spikes `[T, batch, ..]` that repeat from step to step as what most steps have in common and how each differs; `None`
    /// for other tensors. Made once for all tensors that share the index.
    pub fn majority(&self, batch: usize) -> Option<Arc<Majority>> {
        self.event_view()?.majority(&self.0.session, batch)
    }

    pub(crate) fn event_view(&self) -> Option<EventView> {
        if self.form() != form::EVENTS {
            return None;
        }
        self.read().ok()?.events.clone()
    }

    /// Lends the elements in row-major order; CPU only. Any element type of tensors may be asked for.
    ///
    /// # Errors
    /// `dtype` when the tensor has another type, `borrowed` while it is lent exclusively, `unsupported` off the CPU.
    pub fn with_slice<R: 'static, T>(&self, body: impl FnOnce(&[R]) -> T) -> Result<T> {
        let view = self.view()?;
        if view.is_contiguous() {
            return loan::read(&view, body);
        }
        let copy = view
            .contiguous()
            .map_err(|e| Error::new("tensor-op", e.to_string()))?;
        loan::read(&copy, body)
    }

    /// Lends the elements to be written, in place or in a fresh copy when the memory is shared; CPU only.
    ///
    /// # Errors
    /// As [`with_slice`](HostTensor::with_slice). Using this tensor inside `body` is the error `borrowed`.
    pub fn modify<R: 'static>(&self, body: impl FnOnce(&mut [R])) -> Result<()> {
        self.exclusive(|tensor| loan::write(tensor, body))
    }

    /// Runs `body` on the dense tensor, which lies row by row in memory that nobody else sees, while the cell is locked.
    pub(crate) fn exclusive<T>(&self, body: impl FnOnce(&Tensor) -> Result<T>) -> Result<T> {
        self.exclusive_as(Tensor::is_contiguous, fresh_copy, body)
    }

    /// Runs `body` on the dense tensor in memory that nobody else sees, while the cell is locked: a `copy` of it where it
    /// shares its memory or does not `lie` as wanted.
    pub(crate) fn exclusive_as<T>(
        &self,
        lies: impl FnOnce(&Tensor) -> bool,
        copy: impl FnOnce(&Tensor) -> Result<Tensor>,
        body: impl FnOnce(&Tensor) -> Result<T>,
    ) -> Result<T> {
        let cell = &*self.0;
        if !cell.session.device().is_cpu() {
            return Err(loan::not_on_cpu());
        }
        let mut value = self.write()?;
        let view = value.view(&cell.session, &cell.dims, cell.category)?;
        let unshared = view.token.is_exclusive() && lies(&view.tensor) && !view.tensor.track_op();
        if !unshared {
            let copy = copy(&view.tensor)?;
            value.dense = DenseView::owned(&cell.session, copy, cell.category).into();
        }
        value.events = None;
        cell.form.store(form::DENSE, Relaxed);
        body(&value.view(&cell.session, &cell.dims, cell.category)?.tensor)
    }

    /// Replaces the values by those of `source`; shares its memory until either is changed.
    ///
    /// # Errors
    /// `shape-mismatch`, `dtype`, `borrowed`.
    pub fn assign(&self, source: &HostTensor) -> Result<()> {
        let cell = &*self.0;
        if source.0.dims != cell.dims {
            let message = format!("`assign` of {:?} to {:?}", source.0.dims, cell.dims);
            return Err(Error::new("shape-mismatch", message));
        }
        if source.0.dtype != cell.dtype {
            let message = format!(
                "`assign` of {} to {}",
                source.0.dtype.as_str(),
                cell.dtype.as_str()
            );
            return Err(Error::new("dtype", message));
        }
        if Arc::ptr_eq(&source.0, &self.0) {
            return Ok(());
        }
        if let Some(events) = source.event_view() {
            let mut value = self.write()?;
            if value.is_variable() {
                drop(value);
                return self.replace(source.view()?);
            }
            *value = Value::events(events);
            cell.form.store(form::EVENTS, Relaxed);
            return Ok(());
        }
        self.replace(source.view()?)
    }

    /// Puts the values of `view`, which have the cell's shape and type, in place of the present ones.
    pub(crate) fn replace(&self, view: DenseView) -> Result<()> {
        let cell = &*self.0;
        let mut value = self.write()?;
        // A small view of much memory would keep all of it alive.
        let whole = view.token.bytes() <= 2 * cell.dims.count() * cell.dtype.size_in_bytes();
        let next = if value.is_variable() {
            DenseView::owned(&cell.session, variable(&view.tensor)?, cell.category)
        } else if whole {
            view.detached()
        } else {
            DenseView::owned(&cell.session, fresh_copy(&view.tensor.detach())?, cell.category)
        };
        *value = Value::dense(next);
        cell.form.store(form::DENSE, Relaxed);
        Ok(())
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, Value>> {
        match self.0.value.try_read() {
            Ok(guard) => Ok(guard),
            // A panic inside a loan leaves a valid value.
            Err(TryLockError::Poisoned(e)) => Ok(e.into_inner()),
            Err(TryLockError::WouldBlock) => Err(self.borrowed()),
        }
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, Value>> {
        match self.0.value.try_write() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(e)) => Ok(e.into_inner()),
            Err(TryLockError::WouldBlock) => Err(self.borrowed()),
        }
    }

    fn borrowed(&self) -> Error {
        Error::new(
            "borrowed",
            format!(
                "a tensor of shape {:?} was used while it is lent exclusively",
                self.0.dims
            ),
        )
        .with_hint(
            "do not use a tensor inside the closure that writes its slice, nor from two threads at once",
        )
    }
}

/// The boundary.
impl HostTensor {
    /// The handle that crosses the boundary.
    pub fn into_raw(self) -> RawTensorBox {
        RawTensor_TO::from_value(self, TD_CanDowncast)
    }

    /// The tensor behind a handle.
    ///
    /// # Errors
    /// `foreign-tensor` when this host did not make it.
    pub fn of(raw: &RawTensorBox) -> Result<HostTensor> {
        Self::peek(raw).cloned()
    }

    pub(crate) fn peek(raw: &RawTensorBox) -> Result<&HostTensor> {
        raw.obj.downcast_as::<HostTensor>().map_err(|_| {
            Error::new(
                "foreign-tensor",
                "a tensor handle was given that this host did not make",
            )
            .with_hint("make tensors through the context and their operations only")
        })
    }
}

/// A candle tensor that owns `values`.
pub(crate) fn candle_tensor<R: Real>(session: &Session, values: Vec<R>, dims: &[usize]) -> Result<Tensor> {
    let mut slot = Some(values);
    let slot: &mut dyn Any = &mut slot;
    let made = if let Some(values) = slot.downcast_mut::<Option<Vec<f32>>>().and_then(Option::take) {
        Tensor::from_vec(values, dims, session.device())
    } else if let Some(values) = slot.downcast_mut::<Option<Vec<f64>>>().and_then(Option::take) {
        Tensor::from_vec(values, dims, session.device())
    } else {
        return Err(Error::new(
            "dtype",
            format!("{} is not a type of tensors", R::NAME),
        ));
    };
    made.map_err(|e| Error::new("tensor-op", e.to_string()))
}

/// A contiguous copy in memory of its own; a variable stays one.
pub(crate) fn fresh_copy(tensor: &Tensor) -> Result<Tensor> {
    if tensor.is_variable() {
        return variable(tensor);
    }
    tensor
        .detach()
        .force_contiguous()
        .map_err(|e| Error::new("tensor-op", e.to_string()))
}

/// A new variable with the values of `tensor`, in memory of its own.
pub(crate) fn variable(tensor: &Tensor) -> Result<Tensor> {
    let made = tensor
        .detach()
        .force_contiguous()
        .and_then(|t| Var::from_tensor(&t));
    Ok(made
        .map_err(|e| Error::new("tensor-op", e.to_string()))?
        .into_inner())
}
