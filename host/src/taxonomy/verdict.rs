//! A claim, and what measurement says to it.

use super::measured::Measured;
use neurotrain_plugin_api::Taxonomy;
use serde::Serialize;

/// What measurement says to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Verified,
    Contradicted,
    /// Measurement could not tell, or there is nothing that could be measured.
    NotObservable,
    /// Measured, but nothing is claimed.
    Unclaimed,
    /// Nobody asked.
    NotMeasured,
}

impl Verdict {
    /// Behind a claim in a table.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Verdict::Verified => " +",
            Verdict::Contradicted => " !",
            Verdict::NotObservable => " ?",
            Verdict::Unclaimed => " =",
            Verdict::NotMeasured => "",
        }
    }

    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Verdict::Verified => "verified",
            Verdict::Contradicted => "contradicted",
            Verdict::NotObservable => "not observable",
            Verdict::Unclaimed => "not claimed",
            Verdict::NotMeasured => "not measured",
        }
    }
}

/// One claim of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Finding {
    /// Which.
    pub(super) column: &'static str,
    /// What the manifest says, or, where it says nothing, what was measured.
    pub(super) says: String,
    pub(super) verdict: Verdict,
    /// The measurement in words.
    pub(super) why: String,
}

/// A rule with its claims and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Placed {
    pub(super) rule: String,
    pub(super) name: String,
    pub(super) version: String,
    /// Absent where the manifest says nothing of it.
    pub(super) taxonomy: Option<Taxonomy>,
    pub(super) findings: Vec<Finding>,
    pub(super) measured: Vec<Measured>,
    /// Networks on which nothing could be measured.
    pub(super) failures: Vec<String>,
}

impl Placed {
    pub(super) fn finding(&self, column: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.column == column)
    }

    /// One line: the rule, and how many of its claims came out how.
    pub(crate) fn summary(&self) -> String {
        let count = |verdict| self.findings.iter().filter(|f| f.verdict == verdict).count();
        let networks: Vec<&str> = self.measured.iter().map(|m| m.model.as_str()).collect();
        let result = match count(Verdict::Contradicted) {
            _ if self.taxonomy.is_none() => "the manifest makes no claims".to_owned(),
            0 => format!(
                "{} verified, {} not observable",
                count(Verdict::Verified),
                count(Verdict::NotObservable)
            ),
            n => format!("{} verified, {n} CONTRADICTED", count(Verdict::Verified)),
        };
        let on = if networks.is_empty() {
            "on no network".to_owned()
        } else {
            format!("on {}", networks.join(", "))
        };
        let failures: String = self
            .failures
            .iter()
            .map(|failure| format!("\n  not measured on {failure}"))
            .collect();
        format!("{} {}: {result} ({on}){failures}", self.rule, self.version)
    }

    pub(super) fn contradictions(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Contradicted)
    }
}
