//! The layout of an entry, all numbers little-endian:
//!
//! | bytes | content |
//! |---|---|
//! | 0..8 | [`MAGIC`] |
//! | 8..12 | [`VERSION`] |
//! | 12..16 | bytes of the description |
//! | 16..24 | bytes of the file |
//! | 24..32 | where the table starts |
//! | 32..40 | number of samples |
//! | 40..44 | CRC-32 of bytes 0..40, description and table |
//! | 44..48 | 0 |
//! | 48.. | the description, JSON |
//! | then | the samples, see [`sample`](super::sample), each at a multiple of 8 |
//! | then | the table, [`Row`] by row, up to the end |

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

/// First bytes of an entry.
pub(super) const MAGIC: [u8; 8] = *b"NTFRAMES";
/// Version of the layout and of the rules of framing: another one when either changes.
pub(super) const VERSION: u32 = 1;
/// Bytes before the description.
pub(super) const HEAD: usize = 48;
/// Bytes of a row of the table.
pub(super) const ROW: usize = 32;
/// Multiple of which every sample starts.
pub(super) const ALIGN: usize = 8;

/// What an entry says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) dataset: String,
    pub(super) part: String,
    pub(super) steps: usize,
    /// Cells of a frame.
    pub(super) cells: usize,
    /// Whether cells have values other than 0 and 1.
    pub(super) valued: bool,
    /// The whole text of its key.
    pub(super) key: String,
}

/// Numbers at the start of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) about: u32,
    pub(super) bytes: u64,
    pub(super) table: u64,
    pub(super) samples: u64,
}

impl Head {
    /// With the checksum of itself, the description and the table.
    pub(super) fn to_bytes(self, about: &[u8], table: &[u8]) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.about.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.table.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.samples.to_le_bytes());
        let crc = checksum(&[&bytes[..40], about, table]);
        bytes[40..44].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads an entry's head, description and table; the reason why it is none.
    pub(super) fn parse(file: &[u8]) -> Result<(Head, About, &[u8]), String> {
        let head = file.get(..HEAD).ok_or("it ends within its header")?;
        if head[..8] != MAGIC {
            return Err("it does not start as frames do".into());
        }
        let version = u32_at(head, 8);
        if version != VERSION {
            return Err(format!(
                "it has version {version} of the format, this program reads {VERSION}"
            ));
        }
        let found = Head {
            about: u32_at(head, 12),
            bytes: u64_at(head, 16),
            table: u64_at(head, 24),
            samples: u64_at(head, 32),
        };
        if found.bytes != file.len() as u64 {
            return Err(format!("it has {} of {} bytes", file.len(), found.bytes));
        }
        let about = file.get(HEAD..HEAD.saturating_add(found.about as usize));
        let table = usize::try_from(found.table)
            .ok()
            .and_then(|start| file.get(start..));
        let (Some(about), Some(table)) = (about, table) else {
            return Err("its header points beyond its end".into());
        };
        if found.samples.checked_mul(ROW as u64) != Some(table.len() as u64) {
            return Err("its table has another length than its header says".into());
        }
        if checksum(&[&head[..40], about, table]) != u32_at(head, 40) {
            return Err("its checksum is wrong".into());
        }
        let about = serde_json::from_slice(about).map_err(|e| format!("its description: {e}"))?;
        Ok((found, about, table))
    }
}

/// Where a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) offset: u64,
    pub(super) label: i64,
    pub(super) bytes: u32,
    pub(super) crc: u32,
    /// How it is stored.
    pub(super) form: u32,
}

impl Row {
    pub(super) fn to_bytes(self) -> [u8; ROW] {
        let mut bytes = [0; ROW];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.label.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.crc.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.form.to_le_bytes());
        bytes
    }

    /// Row `index` of a table that has it.
    pub(super) fn read(table: &[u8], index: usize) -> Self {
        let row = &table[index * ROW..(index + 1) * ROW];
        Row {
            offset: u64_at(row, 0),
            label: u64_at(row, 8) as i64,
            bytes: u32_at(row, 16),
            crc: u32_at(row, 20),
            form: u32_at(row, 24),
        }
    }
}

/// CRC-32 of the parts one after the other.
pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
