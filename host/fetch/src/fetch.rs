//! A file from one of its mirrors.

use crate::agent::{Settings, agent};
use crate::check::check_file;
use crate::part::{Part, cannot};
use crate::path::is_web_address;
use crate::transfer::{Fault, Request, transfer};
use neurotrain_plugin_api::{Error, Result, Source};
use std::path::Path;
use std::time::Duration;

/// What happens meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// Another process is fetching the file.
    Waiting,
    /// An address is asked; so many bytes are there already.
    Asking {
        /// The address.
        url: &'a str,
        /// Bytes that are there.
        have: u64,
    },
    /// Bytes have arrived.
    Progress {
        /// Bytes that are there.
        have: u64,
        /// Size, where it is known.
        total: Option<u64>,
    },
    /// The address is asked again after a while.
    Retrying {
        /// The address.
        url: &'a str,
        /// Why.
        why: &'a str,
        /// How long until then.
        after: Duration,
    },
    /// The address is given up.
    GivenUp {
        /// The address.
        url: &'a str,
        /// Why.
        why: &'a str,
    },
    /// The file is compared with its checksums.
    Checking,
}

/// How a file came to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The address; none when the file was there already.
    pub url: Option<String>,
    /// Size.
    pub bytes: u64,
    /// By what it was recognised; empty when nothing is published.
    pub checked_by: Vec<&'static str>,
}

/// A server that sends a little each time is not asked for ever.
const MOST_TRIES: u32 = 200;

/// Makes the file `target` be there, as `source` says; `mirrors` are asked in turn.
///
/// # Errors
/// `missing-data` when the file must be got by hand; `download` when no mirror gave it, with what each one did;
/// `bad-data` when a file of that name is there that is another; `disk-full` and `io`. No file is left at `target` in
/// any of these cases, except the one that was there.
pub fn fetch(
    source: &Source,
    mirrors: &[String],
    target: &Path,
    settings: &Settings,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched> {
    if target.exists() {
        return present(source, target, watch);
    }
    if !source.manual.is_empty() || mirrors.is_empty() {
        return Err(by_hand(source, target));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| cannot("create", folder, e))?;
    let agent = agent(settings)?;
    let watch = std::cell::RefCell::new(watch);
    let mut part = Part::claim(target, || (watch.borrow_mut())(Event::Waiting))?;
    let watch = watch.into_inner();
    if target.exists() {
        // Another process was faster.
        part.discard();
        return present(source, target, watch);
    }
    let mut reasons = Vec::new();
    for url in mirrors {
        match from_mirror(&agent, source, url, &mut part, settings, watch) {
            Ok(checked_by) => {
                let bytes = part.len();
                part.finish(target)?;
                return Ok(Fetched {
                    url: Some(url.clone()),
                    bytes,
                    checked_by,
                });
            }
            Err(Fault::Fatal(e)) => return Err(e),
            Err(Fault::Again(why) | Fault::Mirror(why)) => {
                watch(Event::GivenUp { url, why: &why });
                reasons.push(format!("{url}: {why}"));
            }
        }
    }
    let kept = part.len();
    if kept == 0 {
        part.discard();
    }
    Err(failed(source, target, &reasons, kept))
}

/// Fetches from one address until the file is whole and right, or there is no hope.
fn from_mirror(
    agent: &ureq::Agent,
    source: &Source,
    url: &str,
    part: &mut Part,
    settings: &Settings,
    watch: &mut dyn FnMut(Event<'_>),
) -> std::result::Result<Vec<&'static str>, Fault> {
    if !is_web_address(url) {
        return Err(Fault::Mirror(
            "it does not begin with http:// or https://".to_owned(),
        ));
    }
    let bytes = Some(source.bytes).filter(|bytes| *bytes > 0);
    let request = Request {
        url,
        bytes,
        has_checksum: !source.md5.is_empty() || !source.sha256.is_empty(),
    };
    let (mut vain, mut tries) = (0, 0);
    loop {
        let before = part.len();
        watch(Event::Asking { url, have: before });
        let outcome = match bytes.is_some_and(|bytes| before >= bytes) {
            // It was cut between its last byte and its check.
            true => Ok(()),
            false => transfer(agent, request, part, &mut |have, total| {
                watch(Event::Progress { have, total });
            }),
        };
        let why = match outcome {
            Ok(()) => {
                watch(Event::Checking);
                match check_part(source, part) {
                    Ok(by) => return Ok(by),
                    Err(why) => {
                        part.restart()?;
                        if before == 0 {
                            return Err(Fault::Mirror(why));
                        }
                        format!("{why} after it was resumed, so it starts from the beginning")
                    }
                }
            }
            Err(Fault::Again(why)) => why,
            Err(other) => return Err(other),
        };
        tries += 1;
        vain = if part.len() > before { 0 } else { vain + 1 };
        if vain > settings.retries || tries > MOST_TRIES {
            return Err(Fault::Again(why));
        }
        let after = settings.backoff * 2_u32.pow(vain.saturating_sub(1).min(5));
        watch(Event::Retrying {
            url,
            why: &why,
            after,
        });
        std::thread::sleep(after);
    }
}

fn check_part(source: &Source, part: &Part) -> std::result::Result<Vec<&'static str>, String> {
    match check_file(source, part.path()) {
        Ok(checked) => Ok(checked.by),
        Err(e) => {
            let name = format!("{}: ", part.path().display());
            Err(e.message().strip_prefix(&name).unwrap_or(e.message()).to_owned())
        }
    }
}

fn present(source: &Source, target: &Path, watch: &mut dyn FnMut(Event<'_>)) -> Result<Fetched> {
    watch(Event::Checking);
    let checked = check_file(source, target).map_err(|e| {
        let message = format!(
            "{} is there, but is not what is published: {}",
            target.display(),
            e.message()
        );
        Error::new(e.code(), message)
            .with_hint("move it away and run the same command again, or fetch into another folder")
    })?;
    Ok(Fetched {
        url: None,
        bytes: checked.bytes,
        checked_by: checked.by,
    })
}

fn by_hand(source: &Source, target: &Path) -> Error {
    let how = match source.manual.as_str() {
        "" => "no address is known for it",
        how => how,
    };
    Error::new(
        "missing-data",
        format!("{} cannot be fetched by a program", source.name),
    )
    .with_hint(format!(
        "get it by hand: {how}; \"here\" is {}",
        target.parent().unwrap_or(Path::new(".")).display()
    ))
}

fn failed(source: &Source, target: &Path, reasons: &[String], kept: u64) -> Error {
    let hint = match kept {
        0 => String::new(),
        kept => format!("the {kept} bytes that arrived are kept, and the same command goes on from there; "),
    };
    Error::new(
        "download",
        format!(
            "{} was not fetched into {}:\n  {}",
            source.name,
            target.display(),
            reasons.join("\n  ")
        ),
    )
    .with_hint(format!(
        "{hint}try again later, give another address with `--mirror`, or put the file there yourself"
    ))
}
