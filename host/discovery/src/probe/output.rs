//! The last lines a child printed.

use std::io::{PipeReader, Read};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const KEPT_BYTES: usize = 8 * 1024;
const KEPT_LINES: usize = 20;

/// Reads a pipe in the background and keeps its end.
pub(super) struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Tail {
    pub(super) fn of(mut pipe: PipeReader) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (sender, ended) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut block = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut block) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&block[..read]);
                let excess = kept.len().saturating_sub(KEPT_BYTES);
                kept.drain(..excess);
            }
            let _ = sender.send(());
        });
        Tail { kept, ended }
    }

    /// The last lines. Waits a moment for the end of the pipe, which something the child has started may
    /// hold open.
    pub(super) fn text(self) -> String {
        let _ = self.ended.recv_timeout(Duration::from_millis(500));
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        let printable: String = text
            .chars()
            .map(|c| {
                if c.is_control() && c != '\n' && c != '\t' {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect();
        let lines: Vec<&str> = printable.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(KEPT_LINES)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Write, pipe};

    #[test]
    fn only_the_end_is_kept() {
        let (reader, mut writer) = pipe().expect("a pipe");
        let tail = Tail::of(reader);
        for i in 0..10_000 {
            writeln!(writer, "line {i}\u{7}").expect("the reader reads");
        }
        drop(writer);
        let text = tail.text();
        assert_eq!(text.lines().count(), KEPT_LINES);
        assert!(text.ends_with("line 9999\u{fffd}"), "{text}");
    }

    #[test]
    fn a_pipe_held_open_does_not_block() {
        let (reader, mut writer) = pipe().expect("a pipe");
        let tail = Tail::of(reader);
        writeln!(writer, "last words").expect("the reader reads");
        assert_eq!(tail.text(), "last words");
        drop(writer);
    }
}
