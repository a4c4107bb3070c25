//! The first and last lines a child printed.

use std::io::{PipeReader, Read};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

// The first lines often hold the message of a panic, the last ones what happened in the end.
const FIRST_BYTES: usize = 2 * 1024;
const LAST_BYTES: usize = 6 * 1024;
const FIRST_LINES: usize = 8;
const LAST_LINES: usize = 12;

/// Reads a pipe in the background and keeps its beginning and its end.
pub(super) struct Output {
    kept: Arc<Mutex<Kept>>,
    ended: Receiver<()>,
}

#[derive(Default)]
struct Kept {
    first: Vec<u8>,
    last: Vec<u8>,
}

impl Output {
    pub(super) fn of(mut pipe: PipeReader) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (sender, ended) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut block = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut block) {
                shared
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .add(&block[..read]);
            }
            let _ = sender.send(());
        });
        Output { kept, ended }
    }

    /// The first and the last lines. Waits a moment for the end of the pipe, which something that the child
    /// has started may hold open.
    pub(super) fn text(self) -> String {
        let _ = self.ended.recv_timeout(Duration::from_millis(500));
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let room = FIRST_BYTES - self.first.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.first.extend_from_slice(first);
        self.last.extend_from_slice(rest);
        let excess = self.last.len().saturating_sub(LAST_BYTES);
        self.last.drain(..excess);
    }

    fn text(&self) -> String {
        let whole = printable(&[self.first.as_slice(), &self.last].concat());
        let lines: Vec<&str> = whole.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.len() <= FIRST_LINES + LAST_LINES {
            return lines.join("\n");
        }
        let mut shown = lines[..FIRST_LINES].to_vec();
        shown.push("…");
        shown.extend(&lines[lines.len() - LAST_LINES..]);
        shown.join("\n")
    }
}

// What a plugin prints ends up on terminals and in logs.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Write, pipe};

    #[test]
    fn beginning_and_end_are_kept() {
        let (reader, mut writer) = pipe().expect("a pipe");
        let output = Output::of(reader);
        for i in 0..10_000 {
            writeln!(writer, "line {i}\u{7}").expect("the reader reads");
        }
        drop(writer);
        let text = output.text();
        assert_eq!(text.lines().count(), FIRST_LINES + 1 + LAST_LINES);
        assert!(text.starts_with("line 0\u{fffd}\nline 1\u{fffd}"), "{text}");
        assert!(text.ends_with("line 9999\u{fffd}"), "{text}");
    }

    #[test]
    fn a_pipe_held_open_does_not_block() {
        let (reader, mut writer) = pipe().expect("a pipe");
        let output = Output::of(reader);
        writeln!(writer, "last words").expect("the reader reads");
        assert_eq!(output.text(), "last words");
        drop(writer);
    }
}
