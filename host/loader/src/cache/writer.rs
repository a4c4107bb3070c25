//! Writing an entry.

use super::Key;
use super::format::{ALIGN, About, HEAD, Head, Row, checksum};
use super::sample::{self, Shape};
use crate::framing::Framed;
use std::io::{self, Seek, SeekFrom, Write};

/// Writes samples one after the other; the head comes last.
#[derive(Debug)]
pub(super) struct Writer<W> {
    to: W,
    about: Vec<u8>,
    shape: Shape,
    at: u64,
    limit: u64,
    table: Vec<u8>,
    buffer: Vec<u8>,
}

impl<W: Write + Seek> Writer<W> {
    /// Starts an entry that may have `limit` bytes.
    pub(super) fn new(mut to: W, key: &Key, shape: Shape, limit: u64) -> io::Result<Self> {
        let about = About {
            dataset: key.dataset.clone(),
            part: key.part.clone(),
            steps: shape.steps,
            cells: shape.cells,
            valued: shape.valued,
            key: key.text.clone(),
        };
        let about = serde_json::to_vec(&about)?;
        to.write_all(&[0; HEAD])?;
        to.write_all(&about)?;
        let mut writer = Writer {
            to,
            at: (HEAD + about.len()) as u64,
            about,
            shape,
            limit,
            table: Vec::new(),
            buffer: Vec::new(),
        };
        writer.pad()?;
        Ok(writer)
    }

    /// Adds the next sample.
    ///
    /// # Errors
    /// `FileTooLarge` when the entry exceeds its limit, and whatever the system says.
    pub(super) fn add(&mut self, framed: &Framed, label: i64) -> io::Result<()> {
        self.buffer.clear();
        let form = sample::write(framed, self.shape, &mut self.buffer);
        let bytes = u32::try_from(self.buffer.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let row = Row {
            offset: self.at,
            label,
            bytes,
            crc: checksum(&[&self.buffer]),
            form,
        };
        self.table.extend(row.to_bytes());
        self.to.write_all(&self.buffer)?;
        self.at += u64::from(bytes);
        self.pad()?;
        match self.at + self.table.len() as u64 > self.limit {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(()),
        }
    }

    /// Writes table and head; the number of bytes.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.to.write_all(&self.table)?;
        let head = Head {
            about: self.about.len() as u32,
            bytes: self.at + self.table.len() as u64,
            table: self.at,
            samples: (self.table.len() / super::format::ROW) as u64,
        };
        self.to.seek(SeekFrom::Start(0))?;
        self.to.write_all(&head.to_bytes(&self.about, &self.table))?;
        self.to.flush()?;
        Ok(head.bytes)
    }

    fn pad(&mut self) -> io::Result<()> {
        let missing = self.at.next_multiple_of(ALIGN as u64) - self.at;
        self.to.write_all(&[0; ALIGN][..missing as usize])?;
        self.at += missing;
        Ok(())
    }
}
