//! Where the files of a data set come from, so that `neurotrain data fetch` and `data verify` know them.

use serde::{Deserialize, Serialize};

/// A file of a data set as its publisher offers it.
///
/// ```
/// use neurotrain_plugin_api::{Component, Source};
/// let component = Component::new("Tones", "Tones", "recordings of tones").sources(vec![
///     Source::file("tones_train.h5.zip")
///         .mirror("https://example.org/tones/tones_train.h5.zip")
///         .mirror("https://mirror.example.org/tones_train.h5.zip")
///         .bytes(125_000_000)
///         .md5("9e107d9d372bb6826bd81d3542a419d6"),
///     Source::manual("consent.pdf", "sign the form at https://example.org/consent and put it here"),
/// ]);
/// assert_eq!(component.sources[0].mirrors.len(), 2);
/// assert!(!component.sources[1].manual.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// What the file is called below the data set's folder, with `/` between parts.
    pub name: String,
    /// Addresses (`https` or `http`) of the same content, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<String>,
    /// Size in bytes; 0 where it is not published.
    pub bytes: u64,
    /// MD5 in hexadecimal; empty where none is published.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub md5: String,
    /// SHA-256 in hexadecimal; empty where none is published.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// SHA-256 of what a `.gz` file holds, so that the file is recognised however it is compressed, or not at all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content_sha256: String,
    /// The entries that unpacking leaves beside the archive, when the loader cannot read the archive as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unpacks_to: Vec<String>,
    /// The files of one edition belong together; the edition without a name is what is fetched unless another is asked
    /// for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub edition: String,
    /// Whether the data set is complete without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// How a person gets the file, when no program can.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manual: String,
}

impl Source {
    /// A file that is stored as `name`.
    pub fn file(name: &str) -> Self {
        Source {
            name: name.to_owned(),
            ..Source::default()
        }
    }

    /// A file that no program can fetch; `how` says what to do, as a sentence.
    pub fn manual(name: &str, how: &str) -> Self {
        Source {
            manual: how.to_owned(),
            ..Source::file(name)
        }
    }

    /// Adds an address.
    #[must_use]
    pub fn mirror(mut self, url: &str) -> Self {
        self.mirrors.push(url.to_owned());
        self
    }

    /// Adds addresses that end with the name of the file: `https://example.org/data/` and so on.
    #[must_use]
    pub fn mirrors_below(mut self, bases: &[&str]) -> Self {
        let urls = bases
            .iter()
            .map(|base| format!("{}/{}", base.trim_end_matches('/'), self.name));
        self.mirrors.extend(urls);
        self
    }

    /// States the size.
    #[must_use]
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// States the MD5 of the file.
    #[must_use]
    pub fn md5(mut self, hex: &str) -> Self {
        self.md5 = hex.to_ascii_lowercase();
        self
    }

    /// States the SHA-256 of the file.
    #[must_use]
    pub fn sha256(mut self, hex: &str) -> Self {
        self.sha256 = hex.to_ascii_lowercase();
        self
    }

    /// States the SHA-256 of what the `.gz` file holds.
    #[must_use]
    pub fn content_sha256(mut self, hex: &str) -> Self {
        self.content_sha256 = hex.to_ascii_lowercase();
        self
    }

    /// Unpacks the archive (`.zip`, `.tar.gz`) after it was fetched, and says which entries that leaves. Prefer a
    /// loader that reads the archive.
    #[must_use]
    pub fn unpacks_to(mut self, entries: &[&str]) -> Self {
        self.unpacks_to = entries.iter().map(|e| (*e).to_owned()).collect();
        self
    }

    /// Puts the file into an edition other than the usual one.
    #[must_use]
    pub fn edition(mut self, name: &str) -> Self {
        self.edition = name.to_owned();
        self
    }

    /// The data set is complete without it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_written_and_by_older_and_newer_readers() {
        let source = Source::file("a/train.zip")
            .mirrors_below(&["https://one.example/x/", "http://two.example"])
            .bytes(7)
            .md5("ABCD")
            .edition("original")
            .unpacks_to(&["Train"])
            .optional();
        assert_eq!(source.mirrors[0], "https://one.example/x/a/train.zip");
        assert_eq!(source.md5, "abcd");
        let text = serde_json::to_string(&source).unwrap();
        assert_eq!(serde_json::from_str::<Source>(&text).unwrap(), source);
        let newer: Source = serde_json::from_str(r#"{"name": "x", "signature": 1}"#).unwrap();
        assert_eq!(newer, Source::file("x"));
    }
}
