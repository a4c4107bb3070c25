//! The `.npy` format: a magic number, a header that is a Python dictionary, then the elements.

use crate::cursor::Cursor;
use neurotrain_plugin_api::Result;

/// An array of numbers in the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array<'a> {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Whether the first axis is the fastest.
    pub fortran: bool,
    kind: Kind,
    data: &'a [u8],
    start: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Kind {
    fn parse(descr: &str) -> Option<Kind> {
        Some(match descr {
            "|b1" => Kind::Bool,
            "|u1" | "<u1" => Kind::U8,
            "|i1" | "<i1" => Kind::I8,
            "<u2" => Kind::U16,
            "<i2" => Kind::I16,
            "<u4" => Kind::U32,
            "<i4" => Kind::I32,
            "<u8" => Kind::U64,
            "<i8" => Kind::I64,
            "<f4" => Kind::F32,
            "<f8" => Kind::F64,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Kind::Bool | Kind::U8 | Kind::I8 => 1,
            Kind::U16 | Kind::I16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::U64 | Kind::I64 | Kind::F64 => 8,
        }
    }
}

impl<'a> Array<'a> {
    /// Reads the content of file `name`.
    ///
    /// # Errors
    /// `bad-data` naming the offset.
    pub fn parse(name: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::new(name, bytes);
        if cursor.take(6, "the magic number of a .npy file")? != b"\x93NUMPY" {
            return Err(cursor.fault_at(0, "does not start as a .npy file does"));
        }
        let major = cursor.u8("the version")?;
        cursor.u8("the version")?;
        let length = match major {
            1 => cursor.u16_le("the length of the header")?.into(),
            2 | 3 => cursor.u32_le("the length of the header")? as usize,
            other => return Err(cursor.fault_at(6, format!("unknown version {other}"))),
        };
        let at = cursor.offset();
        let header = cursor.take(length, "the header")?;
        let text = String::from_utf8_lossy(header);
        let entry = |key: &str| {
            text.split_once(&format!("'{key}':"))
                .map(|(_, rest)| rest.trim_start())
        };
        let unreadable =
            |what: &str| cursor.fault_at(at, format!("the header has no readable `{what}`: {text:?}"));
        let descr = entry("descr").and_then(|d| d.strip_prefix('\'')?.split_once('\''));
        let descr = descr.ok_or_else(|| unreadable("descr"))?.0;
        let kind = Kind::parse(descr)
            .ok_or_else(|| cursor.fault_at(at, format!("elements of type `{descr}`, which are not read")))?;
        let fortran = match entry("fortran_order") {
            Some(rest) if rest.starts_with("True") => true,
            Some(rest) if rest.starts_with("False") => false,
            _ => return Err(unreadable("fortran_order")),
        };
        let shape = entry("shape").and_then(|s| s.strip_prefix('(')?.split_once(')'));
        let shape = shape.ok_or_else(|| unreadable("shape"))?.0;
        let axes: Option<Vec<usize>> = shape
            .split(',')
            .map(str::trim)
            .filter(|a| !a.is_empty())
            .map(|a| a.parse().ok())
            .collect();
        let shape = axes.ok_or_else(|| unreadable("shape"))?;
        let bytes = shape.iter().try_fold(kind.size(), |n, d| n.checked_mul(*d));
        let Some(wanted) = bytes else {
            return Err(cursor.fault_at(at, format!("an array of shape {shape:?} is too large")));
        };
        let start = cursor.offset();
        let data = cursor.take(wanted, "the array")?;
        if !cursor.is_at_end() {
            return Err(cursor.fault(format!(
                "{} bytes after the end of the array",
                cursor.rest().len()
            )));
        }
        Ok(Array {
            shape,
            fortran,
            kind,
            data,
            start,
        })
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.len() / self.kind.size()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Whether the elements are numbers from 0 to 255; truth values are not.
    pub fn is_bytes(&self) -> bool {
        self.kind == Kind::U8
    }

    /// Where element `index` lies in the file.
    pub fn offset(&self, index: usize) -> usize {
        self.start + index * self.kind.size()
    }

    /// Element `index`, in the order of storage; not a number beyond the end.
    pub fn real(&self, index: usize) -> f64 {
        fn at<const N: usize>(data: &[u8], index: usize) -> Option<[u8; N]> {
            data.as_chunks::<N>().0.get(index).copied()
        }
        let data = self.data;
        let value = match self.kind {
            Kind::Bool | Kind::U8 => at(data, index).map(|b| f64::from(u8::from_le_bytes(b))),
            Kind::I8 => at(data, index).map(|b| f64::from(i8::from_le_bytes(b))),
            Kind::U16 => at(data, index).map(|b| f64::from(u16::from_le_bytes(b))),
            Kind::I16 => at(data, index).map(|b| f64::from(i16::from_le_bytes(b))),
            Kind::U32 => at(data, index).map(|b| f64::from(u32::from_le_bytes(b))),
            Kind::I32 => at(data, index).map(|b| f64::from(i32::from_le_bytes(b))),
            Kind::U64 => at(data, index).map(|b| u64::from_le_bytes(b) as f64),
            Kind::I64 => at(data, index).map(|b| i64::from_le_bytes(b) as f64),
            Kind::F32 => at(data, index).map(|b| f64::from(f32::from_le_bytes(b))),
            Kind::F64 => at(data, index).map(f64::from_le_bytes),
        };
        value.unwrap_or(f64::NAN)
    }
}
