//! Everything that is wrong with a campaign, reported at once.

use crate::{Origin, Skipped};
use neurotrain_plugin_api::Error;
use serde::Serialize;
use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where, if it has a place.
    pub origin: Option<Origin>,
    /// What is wrong and why.
    pub message: String,
    /// What to do now; may be empty.
    pub hint: String,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Problem {
            origin: None,
            message: message.into(),
            hint: String::new(),
        }
    }

    pub(crate) fn at(origin: &Origin, message: impl Into<String>) -> Self {
        Problem {
            origin: Some(origin.clone()),
            message: message.into(),
            hint: String::new(),
        }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        f.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n      {}", self.hint.replace('\n', "\n      "))?;
        }
        Ok(())
    }
}

/// All that is wrong with a campaign; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems, each once, in the order they were found.
    pub fn list(&self) -> &[Problem] {
        &self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "{one}"),
            many => {
                write!(f, "{} problems in the campaign:", many.len())?;
                for (i, problem) in many.iter().enumerate() {
                    write!(f, "\n  {}. {problem}", i + 1)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Error::new("bad-config", problems.to_string())
    }
}

/// Collects problems and warnings while reading goes on.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<String>,
    without_effect: Vec<WithoutEffect>,
}

/// A key that is accepted and ignored, and where it was seen.
#[derive(Debug)]
struct WithoutEffect {
    key: String,
    why: String,
    places: Vec<String>,
}

impl Findings {
    pub(crate) fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Notes a key that is accepted and ignored; all its places make one warning.
    pub(crate) fn without_effect(&mut self, key: &str, why: &str, origin: &Origin) {
        let known = self
            .without_effect
            .iter_mut()
            .find(|w| w.key == key && w.why == why);
        match known {
            Some(known) if known.places.contains(&origin.source) => {}
            Some(known) => known.places.push(origin.source.clone()),
            None => self.without_effect.push(WithoutEffect {
                key: key.to_owned(),
                why: why.to_owned(),
                places: vec![origin.source.clone()],
            }),
        }
    }

    /// That no experiment is left, unless the reason is known already.
    pub(crate) fn nothing_to_run(&mut self, file: Option<&str>, skipped: &[Skipped]) {
        if !self.problems.is_empty() {
            return;
        }
        let place = file.map_or(String::new(), |file| format!(" in {file}"));
        let mut problem = Problem::new(format!("there is nothing to run{place}"));
        problem.hint = match skipped {
            [] => "say what to run: `trainers`, `models` and `datasets`, or `experiments`".to_owned(),
            some => {
                let line = |s: &Skipped| format!("{}, {}, {}: {}", s.trainer, s.model, s.dataset, s.reason);
                let lines: Vec<String> = some.iter().take(5).map(line).collect();
                format!(
                    "all combinations are incompatible, for instance\n{}",
                    lines.join("\n")
                )
            }
        };
        self.problems.push(problem);
    }

    /// The warnings, or the problems if there is one.
    pub(crate) fn finish(self) -> Result<Vec<String>, Problems> {
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        let mut warnings = self.warnings;
        for WithoutEffect { key, why, places } in self.without_effect {
            let more = match places.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            warnings.push(format!("`{key}` has no effect: {why} ({}{more})", places[0]));
        }
        Ok(warnings)
    }
}
