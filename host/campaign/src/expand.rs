//! From selections and definitions to triples.

use crate::catalogue::{Catalogue, Kind};
use crate::problem::{Findings, Problem};
use crate::statement::{Definition, Incompatible, Missing, Selection, Statements};
use crate::{Origin, Protocol, Request, SingleRun, Skipped, reference};
use neurotrain_plugin_api::Component;

/// A triple to be run, with every seed of its own.
#[derive(Debug, Clone)]
pub(crate) struct Plan<'a> {
    /// Name without the seed.
    pub(crate) group: String,
    /// Address of a named experiment.
    pub(crate) experiment: Option<String>,
    pub(crate) trainer: &'a Component,
    pub(crate) model: &'a Component,
    pub(crate) dataset: &'a Component,
    pub(crate) request: Request,
}

impl<'a> Plan<'a> {
    pub(crate) fn component(&self, kind: Kind) -> &'a Component {
        match kind {
            Kind::Trainer => self.trainer,
            Kind::Model => self.model,
            Kind::Dataset => self.dataset,
        }
    }
}

/// What will be run and what will not.
#[derive(Debug, Default)]
pub(crate) struct Expansion<'a> {
    pub(crate) plans: Vec<Plan<'a>>,
    pub(crate) skipped: Vec<Skipped>,
}

/// The matrix, then the named experiments; or the single run alone.
pub(crate) fn expand<'a>(
    statements: &Statements,
    single: Option<&SingleRun>,
    catalogue: Catalogue<'a>,
    protocol: Protocol,
    findings: &mut Findings,
) -> Expansion<'a> {
    let mut expansion = Expansion::default();
    match single {
        Some(run) => expansion.single(run, statements, catalogue, findings),
        None => {
            if !statements.selections.is_empty() {
                expansion.matrix(statements, catalogue, protocol, findings);
            }
            for definition in &statements.definitions {
                expansion.named(definition, statements, catalogue, findings);
            }
        }
    }
    expansion
}

impl<'a> Expansion<'a> {
    fn matrix(
        &mut self,
        statements: &Statements,
        catalogue: Catalogue<'a>,
        protocol: Protocol,
        findings: &mut Findings,
    ) {
        let mut of = |kind| select(kind, statements, catalogue, protocol, findings);
        let (trainers, models, datasets) = (of(Kind::Trainer), of(Kind::Model), of(Kind::Dataset));
        for trainer in &trainers {
            for model in &models {
                for dataset in &datasets {
                    match incompatibility(trainer, model, dataset) {
                        Some(reason) => self.skip(trainer, model, dataset, reason),
                        None => self.plans.push(Plan {
                            group: match protocol {
                                Protocol::Honest => triple(trainer, model, dataset),
                                Protocol::Neurotrain => {
                                    reference::name(&trainer.key, &model.key, &dataset.key)
                                }
                            },
                            experiment: None,
                            trainer,
                            model,
                            dataset,
                            request: Request::Matrix,
                        }),
                    }
                }
            }
        }
    }

    fn named(
        &mut self,
        definition: &Definition,
        statements: &Statements,
        catalogue: Catalogue<'a>,
        findings: &mut Findings,
    ) {
        let mut of = |kind: Kind| {
            let chosen = definition.components.iter().rev().find(|(k, ..)| *k == kind);
            let Some((_, key, origin)) = chosen else {
                let message = format!("experiment `{}` names no {}", definition.key, kind.noun());
                let hint = format!("add `{}: {{name: …}}`", kind.singular());
                findings.problem(Problem::at(&definition.origin, message).hint(hint));
                return None;
            };
            lookup(kind, key, origin, statements.missing, catalogue, findings)
        };
        let (trainer, model, dataset) = (of(Kind::Trainer), of(Kind::Model), of(Kind::Dataset));
        let (Some(trainer), Some(model), Some(dataset)) = (trainer, model, dataset) else {
            return;
        };
        // NeuroTrain runs custom experiments without asking whether the triple is compatible.
        let otherwise = if definition.top_level {
            Incompatible::Run
        } else {
            Incompatible::Error
        };
        let policy = definition
            .incompatible
            .or(statements.incompatible)
            .unwrap_or(otherwise);
        let plan = Plan {
            group: file_name(&definition.label),
            experiment: Some(definition.key.clone()),
            trainer,
            model,
            dataset,
            request: if policy == Incompatible::Skip {
                Request::Optional
            } else {
                Request::Named
            },
        };
        self.asked_for(plan, policy, &definition.origin, findings);
    }

    fn single(
        &mut self,
        run: &SingleRun,
        statements: &Statements,
        catalogue: Catalogue<'a>,
        findings: &mut Findings,
    ) {
        let mut of = |kind: Kind, key: &str| {
            let origin = Origin::new(crate::OriginKind::Set, format!("--{} {key}", kind.singular()));
            lookup(kind, key, &origin, Missing::Error, catalogue, findings)
        };
        let trainer = of(Kind::Trainer, &run.trainer);
        let model = of(Kind::Model, &run.model);
        let dataset = of(Kind::Dataset, &run.dataset);
        let (Some(trainer), Some(model), Some(dataset)) = (trainer, model, dataset) else {
            return;
        };
        let group = run
            .name
            .as_deref()
            .map_or_else(|| triple(trainer, model, dataset), file_name);
        let plan = Plan {
            group,
            experiment: None,
            trainer,
            model,
            dataset,
            request: Request::Named,
        };
        let policy = statements.incompatible.unwrap_or(Incompatible::Error);
        let origin = Origin::new(
            crate::OriginKind::Set,
            format!("--trainer {} --model {}", run.trainer, run.model),
        );
        self.asked_for(plan, policy, &origin, findings);
    }

    fn asked_for(&mut self, plan: Plan<'a>, policy: Incompatible, origin: &Origin, findings: &mut Findings) {
        match (incompatibility(plan.trainer, plan.model, plan.dataset), policy) {
            (None, _) => self.plans.push(plan),
            (Some(reason), Incompatible::Skip) => self.skip(plan.trainer, plan.model, plan.dataset, reason),
            (Some(reason), Incompatible::Run) => {
                findings.warn(format!("`{}` is run although {reason}", plan.group));
                self.plans.push(plan);
            }
            (Some(reason), Incompatible::Error) => findings.problem(
                Problem::at(origin, format!("`{}` cannot be run: {reason}", plan.group))
                    .hint("`incompatible: run` tries it nevertheless, `incompatible: skip` leaves it out"),
            ),
        }
    }

    fn skip(&mut self, trainer: &Component, model: &Component, dataset: &Component, reason: String) {
        self.skipped.push(Skipped {
            trainer: trainer.key.clone(),
            model: model.key.clone(),
            dataset: dataset.key.clone(),
            reason,
        });
    }
}

/// The components of one kind in the matrix; all of them unless said otherwise, all of NeuroTrain's under its protocol.
fn select<'a>(
    kind: Kind,
    statements: &Statements,
    catalogue: Catalogue<'a>,
    protocol: Protocol,
    findings: &mut Findings,
) -> Vec<&'a Component> {
    let said = statements
        .selections
        .iter()
        .rev()
        .find(|(k, _)| *k == kind)
        .map(|(_, selection)| selection);
    let Some(Selection::Keys(keys)) = said else {
        let mut all: Vec<&Component> = catalogue.of(kind).collect();
        if protocol == Protocol::Neurotrain {
            all.retain(|component| reference::has(kind, &component.key));
        }
        if all.is_empty() {
            findings.problem(
                Problem::new(format!("no {} is installed", kind.noun())).hint(
                    "`neurotrain plugins doctor` shows where plugins are searched and what was refused",
                ),
            );
        }
        return all;
    };
    let mut selected: Vec<&Component> = Vec::new();
    for (key, origin) in keys {
        match lookup(kind, key, origin, statements.missing, catalogue, findings) {
            Some(component) if selected.iter().any(|c| c.key == component.key) => {
                findings.warn(format!("{origin}: `{key}` is listed twice"));
            }
            Some(component) => selected.push(component),
            None => {}
        }
    }
    selected
}

fn lookup<'a>(
    kind: Kind,
    key: &str,
    origin: &Origin,
    missing: Missing,
    catalogue: Catalogue<'a>,
    findings: &mut Findings,
) -> Option<&'a Component> {
    let found = catalogue.find(kind, key);
    match (found, missing) {
        (None, Missing::Error) => findings.problem(catalogue.unknown(kind, key, origin)),
        (None, Missing::Skip) => {
            findings.warn(format!(
                "{origin}: {} `{key}` is not installed and left out",
                kind.noun()
            ));
        }
        _ => {}
    }
    found
}

/// Why a triple cannot be run; none if it can. A component without network types takes any.
fn incompatibility(trainer: &Component, model: &Component, dataset: &Component) -> Option<String> {
    let family = model.network_types.first()?;
    let lacks = |types: &[String]| !types.is_empty() && !types.iter().any(|t| t.eq_ignore_ascii_case(family));
    let network = format!("`{}` is a network of type {family}", model.key);
    if lacks(&trainer.network_types) {
        let types = trainer.network_types.join(", ");
        Some(format!(
            "{network}, and trainer `{}` trains only: {types}",
            trainer.key
        ))
    } else if lacks(&dataset.network_types) {
        let types = dataset.network_types.join(", ");
        Some(format!(
            "{network}, and data set `{}` feeds only: {types}",
            dataset.key
        ))
    } else {
        None
    }
}

fn triple(trainer: &Component, model: &Component, dataset: &Component) -> String {
    file_name(&format!("{}__{}__{}", trainer.key, model.key, dataset.key))
}

/// A name as it can stand in a file name anywhere.
fn file_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') {
            c
        } else {
            '_'
        }
    };
    let name: String = name.trim().chars().map(safe).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() {
        "experiment".to_owned()
    } else {
        name.to_owned()
    }
}
