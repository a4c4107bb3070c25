//! From a plan and statements to resolved experiments.

use crate::attach::{self, Attached};
use crate::catalogue::{Catalogue, Kind};
use crate::expand::Plan;
use crate::layers::{Assignment, Resolved, merge};
use crate::problem::{Findings, Problem};
use crate::rank::{Rank, Reach, Section};
use crate::statement::{Parameter, Scope, Statements};
use crate::{Experiment, Origin, OriginKind, Protocol, Runtime, runtime, search, sections};
use neurotrain_plugin_api::Component;
use serde_json::Value;

/// Block of settings among the blocks of parameters.
const RUNTIME: &str = "runtime";

/// Resolved settings: those of a run, and those of the campaign.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) runtime: Runtime,
    pub(crate) seeds: Vec<u64>,
    pub(crate) jobs: Option<usize>,
    pub(crate) out: Option<String>,
}

/// Resolves plans against statements.
pub(crate) struct Resolver<'a> {
    statements: &'a Statements,
    catalogue: Catalogue<'a>,
    runtime: Component,
}

/// What the sources come to for one plan.
#[derive(Default)]
struct Gathered {
    parameters: Vec<Assignment>,
    settings: Vec<Assignment>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(statements: &'a Statements, catalogue: Catalogue<'a>) -> Self {
        Resolver {
            statements,
            catalogue,
            runtime: runtime::component(),
        }
    }

    /// The settings of the campaign, or of a named experiment.
    pub(crate) fn settings(&self, experiment: Option<&str>, findings: &mut Findings) -> Option<Settings> {
        let assignments = self.setting_assignments(experiment, findings);
        let resolved = report(merge(assignments, &[(RUNTIME, &self.runtime)]), findings)?;
        report(settings_of(&resolved), findings)
    }

    /// One experiment per seed; none if something is wrong.
    pub(crate) fn experiments(&self, plan: &Plan<'_>, findings: &mut Findings) -> Vec<Experiment> {
        self.resolve(plan, findings).unwrap_or_default()
    }

    fn resolve(&self, plan: &Plan<'_>, findings: &mut Findings) -> Option<Vec<Experiment>> {
        let named = plan.experiment.as_deref();
        // The order of sections depends on the protocol, which no parameter can change.
        let protocol = self.settings(named, findings)?.runtime.protocol;
        let Gathered {
            parameters,
            settings: further,
        } = self.gather(plan, protocol, findings);
        let mut assignments = self.setting_assignments(named, findings);
        assignments.extend(compat(&assignments, plan, protocol));
        assignments.extend(further);
        assignments.extend(parameters);
        let mut blocks: Vec<(&str, &Component)> = Kind::ALL
            .into_iter()
            .map(|kind| (kind.singular(), plan.component(kind)))
            .collect();
        let search = search::gather(
            &self.statements.searches,
            named,
            protocol,
            &mut assignments,
            &blocks,
            findings,
        );
        blocks.push((RUNTIME, &self.runtime));
        let resolved = report(merge(assignments, &blocks), findings)?;
        let settings = report(settings_of(&resolved), findings)?;
        let experiment = |seed: &u64| Experiment {
            name: format!("{}__s{seed}", plan.group),
            group: plan.group.clone(),
            trainer: plan.trainer.key.clone(),
            model: plan.model.key.clone(),
            dataset: plan.dataset.key.clone(),
            seed: *seed,
            trainer_config: resolved.block("trainer"),
            model_config: resolved.block("model"),
            dataset_config: resolved.block("dataset"),
            runtime: settings.runtime.clone(),
            request: plan.request,
            search: search.clone(),
            origins: resolved.origins.clone(),
        };
        Some(settings.seeds.iter().map(experiment).collect())
    }

    /// Assignments to the runtime: defaults and what the sources say.
    fn setting_assignments(&self, experiment: Option<&str>, findings: &mut Findings) -> Vec<Assignment> {
        let mut assignments = Assignment::defaults(RUNTIME, &self.runtime, "default");
        for statement in &self.statements.settings {
            let reach = match &statement.experiment {
                None => Reach::Every,
                Some(name) if Some(name.as_str()) == experiment => Reach::Experiment,
                Some(_) => continue,
            };
            let attached = attach::setting(&self.runtime, statement, self.catalogue, findings);
            if let Attached::Parameter(key, value) = attached {
                let rank = Rank::new(Protocol::Honest, statement.origin.kind, reach, Section::Flat);
                assignments.push(Assignment::new(rank, RUNTIME, key, value, &statement.origin));
            }
        }
        without_validation(&mut assignments);
        assignments
    }

    /// Assignments to the parameters of the three components.
    fn gather(&self, plan: &Plan<'_>, protocol: Protocol, findings: &mut Findings) -> Gathered {
        let mut gathered = Gathered::default();
        for kind in Kind::ALL {
            let component = plan.component(kind);
            let source = format!("default of {} `{}`", kind.noun(), component.key);
            gathered
                .parameters
                .extend(Assignment::defaults(kind.singular(), component, &source));
        }
        gathered
            .parameters
            .extend(sections::own(plan, protocol, self.catalogue, findings));
        for statement in &self.statements.parameters {
            if self.applies(statement, plan) {
                self.apply(statement, plan, protocol, &mut gathered, findings);
            }
        }
        gathered
    }

    fn applies(&self, statement: &Parameter, plan: &Plan<'_>) -> bool {
        let component = plan.component(statement.kind);
        match &statement.scope {
            Scope::Every => true,
            Scope::Component(key) => self
                .catalogue
                .find(statement.kind, key)
                .is_some_and(|c| c.key == component.key),
            Scope::Experiment(name) => Some(name.as_str()) == plan.experiment.as_deref(),
        }
    }

    fn apply(
        &self,
        statement: &Parameter,
        plan: &Plan<'_>,
        protocol: Protocol,
        gathered: &mut Gathered,
        findings: &mut Findings,
    ) {
        let component = plan.component(statement.kind);
        let attached = attach::parameter(component, statement, self.catalogue, findings);
        let section = match &statement.section {
            None => Section::Flat,
            Some(name) => match sections::place(name, plan) {
                Some(section) => section,
                None => {
                    let origin = &statement.origin;
                    return sections::check_other(name, component, origin, self.catalogue, findings);
                }
            },
        };
        let (layer, reach) = (statement.origin.kind, Reach::from(&statement.scope));
        match attached {
            Attached::Parameter(key, value) => {
                let rank = Rank::new(protocol, layer, reach, section);
                let mut assignment =
                    Assignment::new(rank, statement.kind.singular(), key, value, &statement.origin);
                assignment.tunable.clone_from(&statement.tunable);
                gathered.parameters.push(assignment);
            }
            Attached::Setting(key, value) => {
                let rank = Rank::new(Protocol::Honest, layer, reach, section);
                gathered
                    .settings
                    .push(Assignment::new(rank, RUNTIME, key, value, &statement.origin));
            }
            Attached::Nothing => {}
        }
    }
}

/// NeuroTrain has no validation split: under its protocol there is one only if asked for.
fn without_validation(settings: &mut Vec<Assignment>) {
    let protocol = settings
        .iter()
        .filter(|a| a.key == "protocol")
        .max_by_key(|a| a.rank);
    if let Some(protocol) = protocol.filter(|p| p.value == "neurotrain") {
        let rank = Rank::new(
            Protocol::Honest,
            OriginKind::Default,
            Reach::Experiment,
            Section::Flat,
        );
        let source = format!("protocol neurotrain, by {}", protocol.origin);
        let origin = Origin::new(OriginKind::Default, source);
        settings.push(Assignment::new(
            rank,
            RUNTIME,
            "validation".to_owned(),
            Value::from(0.0),
            &origin,
        ));
    }
}

/// `runtime.compat`, where it is said, for every component that has such a parameter.
fn compat(settings: &[Assignment], plan: &Plan<'_>, protocol: Protocol) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for said in settings
        .iter()
        .filter(|a| a.key == "compat" && a.origin.kind != OriginKind::Default)
    {
        let layer = said.origin.kind;
        let of_experiment = Rank::new(Protocol::Honest, layer, Reach::Experiment, Section::Flat);
        let reach = if said.rank == of_experiment {
            Reach::ExperimentCompat
        } else {
            Reach::CampaignCompat
        };
        let rank = Rank::new(protocol, layer, reach, Section::Flat);
        for kind in Kind::ALL {
            let knows = |p: &neurotrain_plugin_api::ParamSchema| {
                p.name == "compat" && p.choices.contains(&said.value)
            };
            if plan.component(kind).params.iter().any(knows) {
                let (key, value) = (said.key.clone(), said.value.clone());
                assignments.push(Assignment::new(rank, kind.singular(), key, value, &said.origin));
            }
        }
    }
    assignments
}

fn settings_of(resolved: &Resolved) -> Result<Settings, serde_json::Error> {
    let block = resolved.block(RUNTIME);
    let read = |key: &str| block.get(key).cloned().unwrap_or_default();
    Ok(Settings {
        seeds: serde_json::from_value(read("seeds"))?,
        jobs: serde_json::from_value(read("jobs"))?,
        out: serde_json::from_value(read("out"))?,
        runtime: serde_json::from_value(Value::Object(block))?,
    })
}

/// Values that passed their schemas always fit; should one not, that is a problem and no crash.
fn report<T, E: std::fmt::Display>(result: Result<T, E>, findings: &mut Findings) -> Option<T> {
    result
        .map_err(|e| findings.problem(Problem::new(format!("the configuration cannot be resolved: {e}"))))
        .ok()
}
