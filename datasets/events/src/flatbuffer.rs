//! As much of the FlatBuffers format as AEDAT 4 needs, with every access checked.

use neurotrain_data_files::Cursor;
use neurotrain_plugin_api::{Error, Result};

/// A table in a buffer whose first four bytes are its size.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    name: &'a str,
    bytes: &'a [u8],
    at: usize,
    fields: &'a [u8],
}

impl<'a> Table<'a> {
    /// The root table of `bytes`, which start with their size; `name` is used in messages.
    pub(crate) fn root(name: &'a str, bytes: &'a [u8]) -> Result<(Self, [u8; 4])> {
        let mut cursor = Cursor::new(name, bytes);
        let size = cursor.u32_le("the size of a table")? as usize;
        let body = cursor.take(size, "a table")?;
        let mut cursor = Cursor::at_base(name, body, 4);
        let at = cursor.u32_le("the place of a table")? as usize;
        let mut id = [0; 4];
        id.copy_from_slice(cursor.take(4, "the identifier of a table")?);
        let table = Table {
            name,
            bytes: body,
            at,
            fields: &[],
        };
        let back = i32::from_le_bytes(table.array(at)?);
        let vtable = (at as i64)
            .checked_sub(back.into())
            .and_then(|v| usize::try_from(v).ok());
        let vtable = vtable.ok_or_else(|| table.fault(at))?;
        let size = usize::from(u16::from_le_bytes(table.array(vtable)?));
        let fields = vtable
            .checked_add(size)
            .and_then(|end| body.get(vtable..end)?.get(4..));
        let fields = fields.ok_or_else(|| table.fault(vtable))?;
        Ok((Table { fields, ..table }, id))
    }

    /// Where field `index` lies; none when it has its default.
    fn field(&self, index: usize) -> Option<usize> {
        let offset = self.fields.as_chunks::<2>().0.get(index)?;
        match u16::from_le_bytes(*offset) {
            0 => None,
            offset => self.at.checked_add(offset.into()),
        }
    }

    pub(crate) fn i32(&self, index: usize, default: i32) -> Result<i32> {
        self.field(index)
            .map_or(Ok(default), |at| self.array(at).map(i32::from_le_bytes))
    }

    pub(crate) fn i64(&self, index: usize, default: i64) -> Result<i64> {
        self.field(index)
            .map_or(Ok(default), |at| self.array(at).map(i64::from_le_bytes))
    }

    /// A vector of elements of `N` bytes.
    pub(crate) fn vector<const N: usize>(&self, index: usize) -> Result<&'a [[u8; N]]> {
        let Some(field) = self.field(index) else {
            return Ok(&[]);
        };
        let start = u32::from_le_bytes(self.array(field)?) as usize;
        let start = start.checked_add(field).ok_or_else(|| self.fault(field))?;
        let count = u32::from_le_bytes(self.array(start)?) as usize;
        let end = count.checked_mul(N).and_then(|n| n.checked_add(start + 4));
        let content = end.and_then(|end| self.bytes.get(start + 4..end));
        let content = content.ok_or_else(|| {
            Error::bad_data(format!(
                "{}: offset {}: a vector of {count} elements",
                self.name,
                start + 4
            ))
            .with_hint("the file is damaged; replace it")
        })?;
        Ok(content.as_chunks::<N>().0)
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
        bytes.copied().ok_or_else(|| self.fault(at))
    }

    fn fault(&self, at: usize) -> Error {
        let at = at.saturating_add(4);
        Error::bad_data(format!(
            "{}: offset {at}: a table points outside of its buffer",
            self.name
        ))
        .with_hint("the file is damaged; replace it")
    }
}
