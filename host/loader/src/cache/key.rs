//! What decides the content of an entry.

use super::FrameCache;
use super::format::VERSION;
use crate::framing::Framer;
use neurotrain_plugin_api::DatasetInfo;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What an entry is a function of, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// All of it, as text; an entry holds it.
    pub(super) text: String,
    /// Name of its file without the ending.
    pub(super) name: String,
    pub(super) dataset: String,
    pub(super) part: String,
}

impl Key {
    /// Of the frames that `framer` makes of split `part` of a data set; none when it does not say how to notice that
    /// its content has changed.
    pub(crate) fn new(cache: &FrameCache, info: &DatasetInfo, framer: &Framer, part: &str) -> Option<Self> {
        if info.revision.is_empty() {
            return None;
        }
        let mut text = format!(
            "format {VERSION}\ndata set {}\n{}\nsplit {part}\nclasses {}\n{}\nrevision {}\n",
            cache.dataset,
            cache.identity,
            info.classes,
            framer.description(),
            info.revision
        );
        for (name, samples) in &info.splits {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "samples of {name} {samples}");
        }
        for file in &info.files {
            let _ = writeln!(text, "file {} {} {}", file.name, file.bytes, file.sha256);
        }
        let digest: String = Sha256::digest(&text)
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let plain = |text: &str| -> String {
            let plain = text
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
            plain.take(40).collect()
        };
        Some(Key {
            name: format!("{}-{}-{digest}", plain(&cache.dataset), plain(part)),
            text,
            dataset: cache.dataset.clone(),
            part: part.to_owned(),
        })
    }
}
