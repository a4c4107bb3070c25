//! Arrays of numbers, and of lists of numbers.

use hdf5::types::{FloatSize, IntSize, TypeDescriptor, VarLenArray};
use hdf5::{Dataset, H5Type};
use neurotrain_plugin_api::Bundle;

type Result<T> = std::result::Result<T, String>;

/// Calls a function with the type that elements have in the file: no conversion by the library, which takes half
/// precision bit by bit.
macro_rules! with_type {
    ($descriptor:expr, $call:ident($($argument:expr),*)) => {
        match $descriptor {
            TypeDescriptor::Float(FloatSize::U2) => $call::<Half>($($argument),*),
            TypeDescriptor::Float(FloatSize::U4) => $call::<f32>($($argument),*),
            TypeDescriptor::Float(FloatSize::U8) => $call::<f64>($($argument),*),
            TypeDescriptor::Unsigned(IntSize::U1) => $call::<u8>($($argument),*),
            TypeDescriptor::Unsigned(IntSize::U2) => $call::<u16>($($argument),*),
            TypeDescriptor::Unsigned(IntSize::U4) => $call::<u32>($($argument),*),
            TypeDescriptor::Unsigned(IntSize::U8) => $call::<u64>($($argument),*),
            TypeDescriptor::Integer(IntSize::U1) => $call::<i8>($($argument),*),
            TypeDescriptor::Integer(IntSize::U2) => $call::<i16>($($argument),*),
            TypeDescriptor::Integer(IntSize::U4) => $call::<i32>($($argument),*),
            TypeDescriptor::Integer(IntSize::U8) => $call::<i64>($($argument),*),
            other => Err(format!("holds {other} instead of numbers")),
        }
    };
}

type Half = half::f16;

/// `dims` and `values` of an array of numbers.
pub(super) fn all(dataset: &Dataset) -> Result<Bundle> {
    with_type!(descriptor(dataset)?, all_of(dataset))
}

/// `dims`, `offsets` and `values` of rows of an array of lists, and the `length` of the array.
pub(super) fn ragged(dataset: &Dataset, rows: Option<&[i64]>) -> Result<Bundle> {
    let shape = dataset.shape();
    let &[length] = shape.as_slice() else {
        return Err(format!("has shape {shape:?} instead of one axis"));
    };
    let TypeDescriptor::VarLenArray(item) = descriptor(dataset)? else {
        return Err("holds no lists of any length".to_owned());
    };
    with_type!(*item, ragged_of(dataset, length, rows))
}

fn descriptor(dataset: &Dataset) -> Result<TypeDescriptor> {
    let described = dataset.dtype().and_then(|t| t.to_descriptor());
    described.map_err(|e| format!("is of a type that cannot be read: {e}"))
}

fn all_of<T: H5Type + Number>(dataset: &Dataset) -> Result<Bundle> {
    let values = dataset.read_raw::<T>().map_err(|e| e.to_string())?;
    let dims: Vec<i64> = dataset.shape().into_iter().map(|d| d as i64).collect();
    let mut answer = Bundle::new();
    answer.put_ints("dims", &dims);
    answer.put_reals("values", &values.into_iter().map(T::real).collect::<Vec<_>>());
    Ok(answer)
}

fn ragged_of<T: H5Type + Number>(dataset: &Dataset, length: usize, rows: Option<&[i64]>) -> Result<Bundle> {
    let mut offsets = vec![0_i64];
    let mut values = Vec::new();
    let mut append = |lists: &[VarLenArray<T>]| {
        for list in lists {
            values.extend(list.iter().map(|v| v.real()));
            offsets.push(values.len() as i64);
        }
    };
    match rows {
        None => append(&dataset.read_raw().map_err(|e| e.to_string())?),
        Some(rows) => {
            for run in runs(rows, length)? {
                let lists = dataset.read_slice_1d::<VarLenArray<T>, _>(run);
                let lists = lists.map_err(|e| e.to_string())?;
                append(&lists.into_raw_vec_and_offset().0);
            }
        }
    }
    let mut answer = Bundle::new();
    answer.put_ints("dims", &[offsets.len() as i64 - 1]);
    answer.put_int("length", length as i64);
    answer.put_ints("offsets", &offsets);
    answer.put_reals("values", &values);
    Ok(answer)
}

/// Rows that follow each other are read at once.
fn runs(rows: &[i64], length: usize) -> Result<Vec<std::ops::Range<usize>>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for row in rows {
        let at = usize::try_from(*row).ok().filter(|r| *r < length);
        let at = at.ok_or_else(|| format!("has {length} rows, but row {row} was asked for"))?;
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    Ok(runs)
}

trait Number: Copy {
    fn real(self) -> f64;
}

macro_rules! number {
    ($($t:ty),*) => { $(impl Number for $t { fn real(self) -> f64 { self as f64 } })* };
}
number!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

impl Number for Half {
    fn real(self) -> f64 {
        self.to_f64()
    }
}
