//! Access to the elements of candle tensors on the CPU.

use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Storage, Tensor};
use neurotrain_plugin_api::{Error, Result};
use std::any::Any;
use std::cell::Cell;

/// Lends the elements of a contiguous CPU tensor.
pub(crate) fn read<E: 'static, T>(tensor: &Tensor, body: impl FnOnce(&[E]) -> T) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(cpu) = &*storage else {
        return Err(not_on_cpu());
    };
    let Some((start, end)) = range(layout) else {
        return Err(not_contiguous());
    };
    match vector(cpu).and_then(|v| v.downcast_ref::<Vec<E>>()) {
        Some(all) => Ok(body(&all[start..end])),
        None => Err(wrong_type::<E>(tensor.dtype())),
    }
}

/// Lends the elements of a contiguous CPU tensor to be written. The caller makes sure that nobody else sees them.
pub(crate) fn write<E: 'static, T>(tensor: &Tensor, body: impl FnOnce(&mut [E]) -> T) -> Result<T> {
    if tensor.elem_count() == 0 {
        return Ok(body(&mut []));
    }
    with_storage(tensor, |cpu, layout| {
        let Some((start, end)) = range(layout) else {
            return Err(not_contiguous());
        };
        let dtype = cpu_dtype(cpu);
        match vector_mut(cpu).and_then(|v| v.downcast_mut::<Vec<E>>()) {
            Some(all) => Ok(body(&mut all[start..end])),
            None => Err(wrong_type::<E>(dtype)),
        }
    })
}

/// Takes the memory of a CPU tensor that nobody will look at again.
pub(crate) fn take<E: 'static>(tensor: &Tensor) -> Option<Vec<E>> {
    with_storage(tensor, |cpu, _| {
        Ok(vector_mut(cpu)
            .and_then(|v| v.downcast_mut::<Vec<E>>())
            .map(std::mem::take))
    })
    .ok()
    .flatten()
}

/// Where the elements of a contiguous tensor lie in its memory. A part of an empty tensor may start beyond its end.
pub(crate) fn range(layout: &Layout) -> Option<(usize, usize)> {
    layout
        .contiguous_offsets()
        .map(|(start, end)| if start == end { (0, 0) } else { (start, end) })
}

/// The whole memory of a CPU tensor.
pub(crate) fn memory<E: 'static>(storage: &Storage) -> Result<&[E]> {
    let Storage::Cpu(cpu) = storage else {
        return Err(not_on_cpu());
    };
    match vector(cpu).and_then(|v| v.downcast_ref::<Vec<E>>()) {
        Some(all) => Ok(all),
        None => Err(wrong_type::<E>(cpu_dtype(cpu))),
    }
}

/// Lends start and length in bytes of a contiguous CPU tensor, to be read.
pub(crate) fn read_bytes<T>(tensor: &Tensor, body: impl FnOnce(*const u8, usize) -> T) -> Result<T> {
    fn bytes_of<E>(all: &[E], range: (usize, usize)) -> (*const u8, usize) {
        let part = &all[range.0..range.1];
        (part.as_ptr().cast(), size_of_val(part))
    }
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(cpu) = &*storage else {
        return Err(not_on_cpu());
    };
    let Some(range) = range(layout) else {
        return Err(not_contiguous());
    };
    let (data, bytes) = match cpu {
        CpuStorage::F32(v) => bytes_of(v, range),
        CpuStorage::F64(v) => bytes_of(v, range),
        CpuStorage::I64(v) => bytes_of(v, range),
        CpuStorage::U32(v) => bytes_of(v, range),
        CpuStorage::I32(v) => bytes_of(v, range),
        CpuStorage::U8(v) => bytes_of(v, range),
        _ => return Err(no_slices(tensor.dtype())),
    };
    Ok(body(data, bytes))
}

/// Lends start and length in bytes of a contiguous CPU tensor, to be written; see [`write`].
pub(crate) fn write_bytes<T>(tensor: &Tensor, body: impl FnOnce(*mut u8, usize) -> T) -> Result<T> {
    fn bytes_of<E>(all: &mut [E], range: (usize, usize)) -> (*mut u8, usize) {
        let part = &mut all[range.0..range.1];
        (part.as_mut_ptr().cast(), size_of_val(part))
    }
    if tensor.elem_count() == 0 {
        return Ok(body(std::ptr::dangling_mut(), 0));
    }
    with_storage(tensor, |cpu, layout| {
        let Some(range) = range(layout) else {
            return Err(not_contiguous());
        };
        let (data, bytes) = match cpu {
            CpuStorage::F32(v) => bytes_of(v, range),
            CpuStorage::F64(v) => bytes_of(v, range),
            CpuStorage::I64(v) => bytes_of(v, range),
            CpuStorage::U32(v) => bytes_of(v, range),
            CpuStorage::I32(v) => bytes_of(v, range),
            CpuStorage::U8(v) => bytes_of(v, range),
            other => return Err(no_slices(cpu_dtype(other))),
        };
        Ok(body(data, bytes))
    })
}

/// Runs `body` with the storage of a CPU tensor, through candle's in-place operations. These take the zero strides of
/// an empty tensor for repeated elements, so it must not be empty.
fn with_storage<T>(tensor: &Tensor, body: impl FnOnce(&mut CpuStorage, &Layout) -> Result<T>) -> Result<T> {
    struct Access<F, T> {
        body: Cell<Option<F>>,
        result: Cell<Option<Result<T>>>,
    }
    impl<F: FnOnce(&mut CpuStorage, &Layout) -> Result<T>, T> InplaceOp1 for Access<F, T> {
        fn name(&self) -> &'static str {
            "slice"
        }
        fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
            if let Some(body) = self.body.take() {
                self.result.set(Some(body(storage, layout)));
            }
            Ok(())
        }
    }
    if !tensor.device().is_cpu() {
        return Err(not_on_cpu());
    }
    let access = Access {
        body: Cell::new(Some(body)),
        result: Cell::new(None),
    };
    tensor
        .inplace_op1(&access)
        .map_err(|e| Error::new("tensor-op", e.to_string()))?;
    access
        .result
        .take()
        .unwrap_or_else(|| Err(Error::new("host-fault", "the tensor was not lent")))
}

fn vector(storage: &CpuStorage) -> Option<&dyn Any> {
    Some(match storage {
        CpuStorage::F32(v) => v,
        CpuStorage::F64(v) => v,
        CpuStorage::I64(v) => v,
        CpuStorage::U32(v) => v,
        CpuStorage::I32(v) => v,
        CpuStorage::U8(v) => v,
        _ => return None,
    })
}

fn vector_mut(storage: &mut CpuStorage) -> Option<&mut dyn Any> {
    Some(match storage {
        CpuStorage::F32(v) => v,
        CpuStorage::F64(v) => v,
        CpuStorage::I64(v) => v,
        CpuStorage::U32(v) => v,
        CpuStorage::I32(v) => v,
        CpuStorage::U8(v) => v,
        _ => return None,
    })
}

fn cpu_dtype(storage: &CpuStorage) -> DType {
    use candle_core::backend::BackendStorage;
    storage.dtype()
}

fn wrong_type<E>(found: DType) -> Error {
    Error::new(
        "dtype",
        format!(
            "a slice of {} was asked of a tensor of {}",
            std::any::type_name::<E>(),
            found.as_str()
        ),
    )
}

fn no_slices(found: DType) -> Error {
    Error::new(
        "dtype",
        format!("a tensor of {} cannot be lent as a slice", found.as_str()),
    )
}

fn not_contiguous() -> Error {
    Error::new("host-fault", "a tensor that is not contiguous was to be lent")
}

pub(crate) fn not_on_cpu() -> Error {
    Error::new(
        "unsupported",
        "the elements of a tensor can be lent on the CPU only, and this run is on another device",
    )
    .with_hint("run with `device: cpu`, or use tensor operations instead of slices")
}
