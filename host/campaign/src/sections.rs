//! Sections of a model: values for a data set or a trainer.

use crate::attach::{self, Attached};
use crate::catalogue::{Catalogue, Kind};
use crate::expand::Plan;
use crate::layers::Assignment;
use crate::problem::{Findings, Problem};
use crate::rank::{Rank, Reach, Section};
use crate::statement::{Parameter, Scope};
use crate::{Origin, OriginKind, Protocol, suggest};
use neurotrain_plugin_api::Component;

/// What the model's own sections say, for the data set, then for the trainer. A section `KEY@neurotrain` counts
/// under that protocol only, after `KEY`.
pub(crate) fn own(
    plan: &Plan<'_>,
    protocol: Protocol,
    catalogue: Catalogue<'_>,
    findings: &mut Findings,
) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    let model = plan.model;
    for (key, section) in [
        (&plan.dataset.key, Section::Dataset),
        (&plan.trainer.key, Section::Trainer),
    ] {
        for (name, values) in &model.sections {
            let (base, only) = name.split_once('@').unwrap_or((name, ""));
            let applies = only.is_empty() || (only == "neurotrain" && protocol == Protocol::Neurotrain);
            if !applies || !base.eq_ignore_ascii_case(key) {
                continue;
            }
            let source = format!("section `{name}` of model `{}`", model.key);
            let origin = Origin::new(OriginKind::Section, source);
            let rank = Rank::new(protocol, OriginKind::Section, Reach::Component, section);
            for (key, value) in values {
                let statement = Parameter {
                    scope: Scope::Component(model.key.clone()),
                    kind: Kind::Model,
                    section: Some(name.clone()),
                    key: key.clone(),
                    value: value.clone(),
                    tunable: None,
                    origin: origin.clone(),
                };
                let attached = attach::parameter(model, &statement, catalogue, findings);
                if let Attached::Parameter(key, value) = attached {
                    assignments.push(Assignment::new(rank, Kind::Model.singular(), key, value, &origin));
                }
            }
        }
    }
    assignments
}

/// Where a section of a file stands among the sections of this triple; none if it is about another.
pub(crate) fn place(name: &str, plan: &Plan<'_>) -> Option<Section> {
    if name == "default" {
        Some(Section::Default)
    } else if name.eq_ignore_ascii_case(&plan.dataset.key) {
        Some(Section::Dataset)
    } else if name.eq_ignore_ascii_case(&plan.trainer.key) {
        Some(Section::Trainer)
    } else {
        None
    }
}

/// A section that does not apply here must at least be the section of something.
pub(crate) fn check_other(
    name: &str,
    model: &Component,
    origin: &Origin,
    catalogue: Catalogue<'_>,
    findings: &mut Findings,
) {
    let installed = |kind| catalogue.find(kind, name).is_some();
    let own = model.sections.keys().any(|key| key.eq_ignore_ascii_case(name));
    if !(own || installed(Kind::Dataset) || installed(Kind::Trainer)) {
        let mut known: Vec<&str> = model.params.iter().map(|p| p.name.as_str()).collect();
        known.push("default");
        known.extend(catalogue.keys(Kind::Dataset));
        known.extend(catalogue.keys(Kind::Trainer));
        let message = format!(
            "`{name}` is neither a parameter nor a section of model `{}`",
            model.key
        );
        findings.problem(Problem::at(origin, message).hint(suggest::hint(name, known)));
    }
}
