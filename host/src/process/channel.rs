//! JSON lines over a socket between a supervisor and its child.
//!
//! The socket is the child's standard input: standard output and error stay free for whatever plugins and
//! C libraries print, and the end of the supervisor is the end of the stream.

use neurotrain_plugin_api::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::marker::PhantomData;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

/// The sending half; clones share the stream and never interleave within a line.
#[derive(Debug)]
pub(crate) struct Sender<M> {
    stream: Arc<Mutex<UnixStream>>,
    message: PhantomData<fn(M)>,
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Self {
        Sender {
            stream: Arc::clone(&self.stream),
            message: PhantomData,
        }
    }
}

impl<M: Serialize> Sender<M> {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Sender {
            stream: Arc::new(Mutex::new(stream)),
            message: PhantomData,
        }
    }

    /// Sends one message; an error means that the other side is gone.
    pub(crate) fn send(&self, message: &M) -> Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream
            .write_all(&line)
            .map_err(|e| Error::from(e).context("the other process is gone"))
    }
}

/// The receiving half: an iterator that ends when the other side does.
#[derive(Debug)]
pub(crate) struct Receiver<M> {
    lines: BufReader<UnixStream>,
    message: PhantomData<fn() -> M>,
}

impl<M: DeserializeOwned> Receiver<M> {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Receiver {
            lines: BufReader::new(stream),
            message: PhantomData,
        }
    }
}

impl<M: DeserializeOwned> Iterator for Receiver<M> {
    type Item = M;

    fn next(&mut self) -> Option<M> {
        loop {
            let mut line = Vec::new();
            match self.lines.read_until(b'\n', &mut line) {
                // A line without an end was cut off by the death of its writer.
                Ok(_) if line.last() != Some(&b'\n') => return None,
                Ok(_) => match serde_json::from_slice(&line) {
                    Ok(message) => return Some(message),
                    Err(e) => tracing::warn!("a message of the other process is not understood: {e}"),
                },
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}

/// The child's end of the channel, or `None` when this process was started by hand.
///
/// Standard input becomes `/dev/null`, so that nothing else in the process can read the channel.
pub(crate) fn inherited_channel<Out: Serialize, In: DeserializeOwned>()
-> Result<Option<(Sender<Out>, Receiver<In>)>> {
    let own: OwnedFd = std::io::stdin().as_fd().try_clone_to_owned()?;
    let stream = UnixStream::from(own);
    if stream.peer_addr().is_err() {
        return Ok(None);
    }
    let null = File::open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null).map_err(std::io::Error::from)?;
    Ok(Some((Sender::new(stream.try_clone()?), Receiver::new(stream))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_in_order_and_a_torn_line_ends_the_stream() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let sender = Sender::<u32>::new(ours.try_clone().unwrap());
        for value in 0..3 {
            sender.send(&value).unwrap();
        }
        let mut raw = ours;
        raw.write_all(b"not json\n12").unwrap();
        drop((sender, raw));
        assert_eq!(Receiver::<u32>::new(theirs).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn sending_to_nobody_is_an_error() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        assert!(Sender::<u32>::new(ours).send(&1).is_err());
    }
}
