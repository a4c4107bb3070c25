//! Reading numbers from bytes, never beyond their end.

use neurotrain_plugin_api::{Error, Result};

/// A position in the content of a file.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    name: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Offset of `bytes` in the file, for messages.
    base: usize,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $from:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// `bad-data` when the content ends before; `what` says what is read.
        pub fn $name(&mut self, what: &str) -> Result<$ty> {
            let mut bytes = [0; size_of::<$ty>()];
            bytes.copy_from_slice(self.take(size_of::<$ty>(), what)?);
            Ok(<$ty>::$from(bytes))
        }
    )*};
}

impl<'a> Cursor<'a> {
    /// The start of `bytes`, the content of file `name`.
    pub fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Cursor {
            name,
            bytes,
            at: 0,
            base: 0,
        }
    }

    /// The same, where `bytes` lie at offset `base` of the file.
    pub fn at_base(name: &'a str, bytes: &'a [u8], base: usize) -> Self {
        Cursor {
            name,
            bytes,
            at: 0,
            base,
        }
    }

    /// The offset in the file.
    pub fn offset(&self) -> usize {
        self.base + self.at
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// `bad-data` when fewer are left; `what` says what is read.
    pub fn take(&mut self, n: usize, what: &str) -> Result<&'a [u8]> {
        let rest = self.rest();
        let Some(taken) = rest.get(..n) else {
            return Err(Error::bad_data(format!(
                "{}: truncated at offset {}: {what} at offset {} takes {n} bytes, {} are there",
                self.name,
                self.base + self.bytes.len(),
                self.offset(),
                rest.len()
            ))
            .with_hint("the copy or download was cut short or is damaged; replace the file"));
        };
        self.at += n;
        Ok(taken)
    }

    /// The bytes up to and with the next `end`, at most `limit` of them.
    ///
    /// # Errors
    /// `bad-data` when there is no such byte.
    pub fn line(&mut self, end: u8, limit: usize, what: &str) -> Result<&'a [u8]> {
        let rest = self.rest();
        match rest.iter().take(limit).position(|b| *b == end) {
            Some(i) => self.take(i + 1, what),
            None => Err(self.fault(format!(
                "{what} does not end within {} bytes",
                limit.min(rest.len())
            ))),
        }
    }

    /// An error at the current offset.
    pub fn fault(&self, message: impl std::fmt::Display) -> Error {
        self.fault_at(self.offset(), message)
    }

    /// An error at `offset` of the file.
    pub fn fault_at(&self, offset: usize, message: impl std::fmt::Display) -> Error {
        Error::bad_data(format!("{}: offset {offset}: {message}", self.name))
    }

    numbers! {
        /// The next byte.
        u8: u8 = from_le_bytes;
        /// The next two bytes, little-endian.
        u16_le: u16 = from_le_bytes;
        /// The next four bytes, little-endian.
        u32_le: u32 = from_le_bytes;
        /// The next four bytes, big-endian.
        u32_be: u32 = from_be_bytes;
        /// The next four bytes, little-endian, signed.
        i32_le: i32 = from_le_bytes;
        /// The next eight bytes, little-endian, signed.
        i64_le: i64 = from_le_bytes;
    }
}
