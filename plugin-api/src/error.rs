//! The error every fallible call returns.

use crate::abi::RawError;
use std::fmt;

/// A result whose error is data: it crosses the plugin boundary unchanged.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and what to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: String,
    message: String,
    hint: String,
}

impl Error {
    /// An error with a short stable `code` (`bad-config`, `shape-mismatch`, `refused`, `bad-data`, …).
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Error {
            code: code.to_owned(),
            message: message.into(),
            hint: String::new(),
        }
    }

    /// A rule, network or data set that cannot serve the request, with the reason shown to the user.
    pub fn refused(reason: impl Into<String>) -> Self {
        Error::new("refused", reason)
    }

    /// A file whose content is not what its format says: name the file and the offset.
    pub fn bad_data(message: impl Into<String>) -> Self {
        Error::new("bad-data", message)
    }

    /// Adds what the user should do now.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Puts `context: ` before the message.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The short stable identifier.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What happened and where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do now; may be empty.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<Error> for RawError {
    fn from(e: Error) -> Self {
        RawError {
            code: e.code.into(),
            message: e.message.into(),
            hint: e.hint.into(),
        }
    }
}

impl From<RawError> for Error {
    fn from(e: RawError) -> Self {
        Error {
            code: e.code.into(),
            message: e.message.into(),
            hint: e.hint.into(),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Error::new("io", e.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(e: serde_json::Error) -> Self {
        Error::new("bad-json", e.to_string())
    }
}
