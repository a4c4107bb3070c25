//! A web server on this machine that serves, and misbehaves, as told.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its path.
    pub path: String,
    /// First byte that is wanted.
    pub from: Option<usize>,
    /// The version that is to be continued.
    pub if_range: Option<String>,
    /// How many requests for the same path came before it.
    pub earlier: usize,
}

/// What comes back.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A file, or the part of it that is wanted, with an entity tag.
    File(Vec<u8>),
    /// A file, all of it, whatever part is wanted.
    Whole(Vec<u8>),
    /// As [`Answer::File`], but the connection ends after so many bytes.
    Cut(Vec<u8>, usize),
    /// As [`Answer::File`], but nothing comes after so many bytes.
    Stalled(Vec<u8>, usize),
    /// As [`Answer::File`], in pieces with a pause before each.
    Slow(Vec<u8>, Duration),
    /// A web page, with success.
    Page(String),
    /// A status and nothing else.
    Status(u16),
}

/// The server; it ends with the test's process.
#[derive(Debug)]
pub struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts it on a free port; `answer` is called for every request, on a thread of its own.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Server { address, asked }
    }

    /// The address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) {
    let Some(mut asked) = read(&stream) else { return };
    {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        asked.earlier = log.iter().filter(|a| a.path == asked.path).count();
        log.push(asked.clone());
    }
    // A client that goes away is no matter.
    let _ = write(&mut stream, &asked, answer(&asked));
    let _ = stream.shutdown(Shutdown::Both);
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines();
    let mut asked = Asked {
        path: lines
            .next()?
            .ok()?
            .split(' ')
            .nth(1)?
            .trim_start_matches('/')
            .to_owned(),
        ..Asked::default()
    };
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let start = value.trim().strip_prefix("bytes=")?.split('-').next()?;
                asked.from = start.parse().ok();
            }
            "if-range" => asked.if_range = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    Some(asked)
}

fn write(stream: &mut TcpStream, asked: &Asked, answer: Answer) -> std::io::Result<()> {
    let (bytes, ranges) = match &answer {
        Answer::Status(code) => {
            return write!(
                stream,
                "HTTP/1.1 {code} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Answer::Page(text) => {
            return write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            );
        }
        Answer::Whole(bytes) => (bytes, false),
        Answer::File(bytes) | Answer::Cut(bytes, _) | Answer::Stalled(bytes, _) | Answer::Slow(bytes, _) => {
            (bytes, true)
        }
    };
    let tag = format!(
        "\"{}-{}\"",
        bytes.len(),
        bytes.iter().map(|b| u64::from(*b)).sum::<u64>()
    );
    let same = asked.if_range.as_ref().is_none_or(|wanted| *wanted == tag);
    let from = asked.from.filter(|_| ranges && same);
    let body = bytes.get(from.unwrap_or(0)..).unwrap_or_default();
    match from {
        Some(from) => write!(
            stream,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{}\r\n",
            bytes.len().saturating_sub(1),
            bytes.len()
        )?,
        None => write!(stream, "HTTP/1.1 200 OK\r\n")?,
    }
    write!(
        stream,
        "ETag: {tag}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    match answer {
        Answer::Cut(_, after) => stream.write_all(&body[..after.min(body.len())]),
        Answer::Stalled(_, after) => {
            stream.write_all(&body[..after.min(body.len())])?;
            stream.flush()?;
            std::thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        Answer::Slow(_, pause) => body.chunks(body.len().div_ceil(8).max(1)).try_for_each(|piece| {
            std::thread::sleep(pause);
            stream.write_all(piece)
        }),
        _ => stream.write_all(body),
    }
}
