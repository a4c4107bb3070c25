//! Reading a log, whatever state it was left in.

use super::line::decode;
use super::record::{LogEntry, LogRecord};
use crate::error;
use neurotrain_plugin_api::Result;
use std::path::Path;

/// Everything that can be read of a log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogContents {
    /// The intact records, oldest first.
    pub entries: Vec<LogEntry>,
    /// The last line, if it was being written when the process ended. That is no error: its record is lost,
    /// the rest is whole.
    pub torn: Option<Damage>,
    /// Other lines that are not what was written: the file was changed or the disk failed.
    pub damaged: Vec<Damage>,
}

/// A line that is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Its number, from 1.
    pub line: usize,
    /// Where it begins in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl LogContents {
    /// Reads the log at `path`.
    ///
    /// # Errors
    /// `archive-unreadable` if the file cannot be read at all.
    pub(super) fn read(path: &Path) -> Result<Self> {
        std::fs::read(path)
            .map(|bytes| parse(&bytes))
            .map_err(|e| error::reading(path, &e))
    }

    /// What should be told about the state of the log; `None` for an intact one.
    pub fn warning(&self) -> Option<String> {
        let torn = self.torn.as_ref().map(|d| {
            format!(
                "line {} was being written when the run ended ({} bytes); it is dropped",
                d.line, d.bytes
            )
        });
        let damaged = self
            .damaged
            .iter()
            .map(|d| format!("line {} is damaged: {}; it is skipped", d.line, d.reason));
        let all: Vec<String> = damaged.chain(torn).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Size and SHA-256 of the archive when it was written; `None` in logs of programs that did not record it.
    pub fn archived(&self) -> Option<(u64, &str)> {
        self.entries.iter().rev().find_map(|e| match &e.record {
            LogRecord::Archived { bytes, sha256, .. } => Some((*bytes, sha256.as_str())),
            _ => None,
        })
    }

    /// Whether the run is complete and archived.
    pub fn finished(&self) -> bool {
        self.entries
            .iter()
            .any(|e| matches!(e.record, LogRecord::Finished { .. }))
    }
}

fn parse(bytes: &[u8]) -> LogContents {
    let mut contents = LogContents::default();
    let mut offset = 0;
    for (index, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
        let last = offset + line.len() == bytes.len();
        let found = match line.strip_suffix(b"\n") {
            Some(line) => decode(line),
            None => Err("it has no end".to_owned()),
        };
        match found {
            Ok(entry) => contents.entries.push(entry),
            Err(reason) => {
                let place = (index + 1, offset as u64, line.len() as u64);
                let damage = Damage {
                    line: place.0,
                    offset: place.1,
                    bytes: place.2,
                    reason,
                };
                if last {
                    contents.torn = Some(damage);
                } else {
                    contents.damaged.push(damage);
                }
            }
        }
        offset += line.len();
    }
    contents
}
