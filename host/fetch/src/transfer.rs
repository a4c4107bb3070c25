//! One request, and what becomes of it.

use crate::part::{Note, Part, check_room};
use neurotrain_plugin_api::Error;
use std::io::Read;
use std::path::Path;
use ureq::Agent;
use ureq::http::{Response, StatusCode};

/// Why a transfer ended before the file was whole.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It may work another time.
    Again(String),
    /// This address is of no use.
    Mirror(String),
    /// No address can help: the disk is full, the folder may not be written.
    Fatal(Error),
}

impl From<Error> for Fault {
    fn from(e: Error) -> Self {
        Fault::Fatal(e)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    /// Size, where it is known.
    pub(crate) bytes: Option<u64>,
    /// Whether a checksum will tell if parts of two versions were put together.
    pub(crate) has_checksum: bool,
}

/// Appends what is lacking to `part`. `progress` hears how much is there, and of how much.
pub(crate) fn transfer(
    agent: &Agent,
    request: Request<'_>,
    part: &mut Part,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), Fault> {
    let Request {
        url,
        bytes,
        has_checksum,
    } = request;
    let same_url = part.note.url == url;
    let validator = part.note.validator.clone();
    if part.len() > 0 && !(has_checksum || same_url && !validator.is_empty()) {
        part.restart()?;
    }
    let have = part.len();
    let mut get = agent.get(url);
    if have > 0 {
        get = get.header("Range", format!("bytes={have}-"));
        if same_url && !validator.is_empty() {
            get = get.header("If-Range", &validator);
        }
    }
    let response = get.call().map_err(|e| describe(&e))?;
    let total = match response.status() {
        StatusCode::PARTIAL_CONTENT if have > 0 => match content_range(&response) {
            Some((start, total)) if start == have => total,
            _ => {
                part.restart()?;
                return Err(Fault::Again(
                    "it sent another part than it was asked for".to_owned(),
                ));
            }
        },
        StatusCode::OK => {
            // A server that does not know ranges, or has a newer version, sends all of it.
            if have > 0 {
                part.restart()?;
            }
            content_length(&response)
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            part.restart()?;
            return Err(Fault::Again(format!(
                "it has no more than the {have} bytes that are here"
            )));
        }
        status => return Err(refusal(status)),
    };
    if let (Some(total), Some(bytes)) = (total, bytes)
        && total != bytes
    {
        let page = if is_html(&response) { "a web page of " } else { "" };
        return Err(Fault::Mirror(format!(
            "it offers {page}{total} bytes, but the file has {bytes}"
        )));
    }
    part.remember(Note {
        url: url.to_owned(),
        validator: validator_of(&response),
    })?;
    let folder = part.path().parent().unwrap_or(Path::new("."));
    check_room(folder, total.map_or(0, |total| total.saturating_sub(part.len())))?;
    let page = is_html(&response);
    receive(response, part, total.or(bytes), page, progress)
}

fn receive(
    response: Response<ureq::Body>,
    part: &mut Part,
    total: Option<u64>,
    page: bool,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), Fault> {
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 17];
    progress(part.len(), total);
    loop {
        let n = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => {
                let whole = total.map_or_else(String::new, |t| format!(" of {t}"));
                return Err(Fault::Again(format!("after {}{whole} bytes: {e}", part.len())));
            }
        };
        let bytes = &buffer[..n];
        if part.len() == 0 && (page || starts_as_web_page(bytes)) {
            return Err(Fault::Mirror(format!(
                "it sent a web page instead of the file{}",
                title(bytes)
            )));
        }
        part.write(bytes)?;
        if total.is_some_and(|total| part.len() > total) {
            let total = total.unwrap_or_default();
            part.restart()?;
            return Err(Fault::Mirror(format!(
                "it sends more than the {total} bytes of the file"
            )));
        }
        progress(part.len(), total);
    }
    match total {
        Some(total) if part.len() < total => Err(Fault::Again(format!(
            "the transfer was cut after {} of {total} bytes",
            part.len()
        ))),
        _ => Ok(()),
    }
}

fn describe(e: &ureq::Error) -> Fault {
    use ureq::Error as E;
    match e {
        E::HostNotFound => unknown_host(),
        E::BadUri(_) | E::Http(_) => Fault::Mirror(format!("the address is not understood: {e}")),
        E::TooManyRedirects | E::RedirectFailed => Fault::Mirror(format!("it leads nowhere: {e}")),
        E::Tls(_) | E::Pem(_) | E::Rustls(_) | E::TlsRequired => Fault::Mirror(format!(
            "no secure connection: {e} (behind a proxy with certificates of its own, set SSL_CERT_FILE)"
        )),
        E::InvalidProxyUrl | E::ConnectProxyFailed(_) => Fault::Mirror(format!(
            "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) does not work: {e}"
        )),
        e => match e.to_string() {
            // What the system's resolver says comes as an error of input and output.
            why if why.contains("lookup address") => unknown_host(),
            why => Fault::Again(why),
        },
    }
}

fn unknown_host() -> Fault {
    Fault::Mirror("its host is not known; is there a connection to the internet?".to_owned())
}

fn refusal(status: StatusCode) -> Fault {
    let text = format!("it answers {status}");
    let passing = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    match status.is_server_error() || passing.contains(&status) {
        true => Fault::Again(text),
        false => Fault::Mirror(text),
    }
}

fn header<'a>(response: &'a Response<ureq::Body>, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or("").trim()
}

fn content_length(response: &Response<ureq::Body>) -> Option<u64> {
    header(response, "content-length").parse().ok()
}

/// First byte and size of the whole, of `bytes 5-9/10`.
fn content_range(response: &Response<ureq::Body>) -> Option<(u64, Option<u64>)> {
    let (range, total) = header(response, "content-range")
        .strip_prefix("bytes ")?
        .split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    Some((start, total.trim().parse().ok()))
}

/// What tells this version of the file from others: a strong tag, else the date.
fn validator_of(response: &Response<ureq::Body>) -> String {
    let tag = header(response, "etag");
    match tag.starts_with('"') {
        true => tag.to_owned(),
        false => header(response, "last-modified").to_owned(),
    }
}

fn is_html(response: &Response<ureq::Body>) -> bool {
    header(response, "content-type")
        .to_ascii_lowercase()
        .starts_with("text/html")
}

/// Servers answer with pages where a file was moved, where one has to log in, where there are too many requests.
fn starts_as_web_page(bytes: &[u8]) -> bool {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let start: Vec<u8> = text.iter().take(9).map(u8::to_ascii_lowercase).collect();
    start.starts_with(b"<!doctype") || start.starts_with(b"<html") || start.starts_with(b"<?xml")
}

/// The title of a page, which often says what is the matter.
fn title(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lower = text.to_ascii_lowercase();
    let inner = lower.find("<title>").map(|at| at + 7).and_then(|from| {
        let to = lower[from..].find("</title>")?;
        text.get(from..from + to)
    });
    match inner.map(str::trim).filter(|t| !t.is_empty()) {
        Some(title) => format!(", titled \"{}\"", title.chars().take(80).collect::<String>()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_files() {
        assert!(starts_as_web_page(
            b"\xef\xbb\xbf \n<!DOCTYPE html><title>Moved</title>"
        ));
        assert!(starts_as_web_page(b"<HTML>") && !starts_as_web_page(b"\x1f\x8b<html>"));
        assert_eq!(title(b"<html><Title> Log in </title>"), ", titled \"Log in\"");
        assert_eq!(title(b"\xff<html>"), "");
    }
}
