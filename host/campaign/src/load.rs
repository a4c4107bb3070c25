//! From sources to a campaign.

use crate::catalogue::{Catalogue, Kind};
use crate::document::{self, Document, Input};
use crate::expand;
use crate::problem::{Findings, Problem};
use crate::resolve::Resolver;
use crate::statement::{self, Scope, Statements};
use crate::{Campaign, CampaignSource, Experiment, Problems, Protocol, attach};
use neurotrain_plugin_api::Component;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest name of an experiment, so that file names can be made of it.
const LONGEST_NAME: usize = 200;

/// Reads, expands, resolves and checks a campaign against the installed `components`.
///
/// All that is wrong is reported at once; only a file that cannot be parsed ends the search for problems
/// early.
///
/// ```
/// use neurotrain_campaign::{CampaignSource, load};
/// use neurotrain_plugin_api::{Component, ParamSchema};
/// let mut components = vec![
///     Component::new("bptt", "", "").networks(&["fc"]).param(ParamSchema::float("lr", 1e-3, "learning rate")),
///     Component::new("fc_snn", "", "").networks(&["fc"]),
///     Component::new("digits", "", ""),
/// ];
/// for (component, kind) in components.iter_mut().zip(["trainer", "model", "dataset"]) {
///     component.kind = kind.to_owned();
/// }
/// let source = CampaignSource::single("bptt", "fc_snn", "digits").set("trainer.lr=0.01").set("seeds=[1, 2]");
/// let campaign = load(&source, &components)?;
/// assert_eq!(campaign.experiments[1].name, "bptt__fc_snn__digits__s2");
/// assert_eq!(campaign.experiments[1].origins["trainer.lr"].source, "--set trainer.lr=0.01");
///
/// let mistyped = CampaignSource::single("bptt", "fc_snn", "digits").set("trainer.lrr=0.01");
/// assert!(load(&mistyped, &components).unwrap_err().to_string().contains("did you mean `lr`?"));
/// # Ok::<(), neurotrain_campaign::Problems>(())
/// ```
pub fn load(source: &CampaignSource, components: &[Component]) -> Result<Campaign, Problems> {
    let catalogue = Catalogue::new(components);
    let mut findings = Findings::default();
    let documents = document::read(source, &mut findings)?;
    let mut statements = Statements::default();
    for document in &documents {
        statement::read(document, &mut statements, &mut findings);
    }
    check_overrides(&statements, catalogue, &mut findings);
    let single = source.single.as_ref();
    let resolver = Resolver::new(&statements, catalogue);
    let settings = resolver.settings(None, &mut findings);
    let protocol = settings.as_ref().map_or(Protocol::Honest, |s| s.runtime.protocol);
    let expansion = expand::expand(&statements, single, catalogue, protocol, &mut findings);
    let mut experiments = Vec::new();
    for plan in &expansion.plans {
        experiments.extend(resolver.experiments(plan, &mut findings));
    }
    unused_overrides(&statements, &expansion.plans, catalogue, &mut findings);
    check_names(&experiments, &mut findings);
    let (file, text) = file_of(&documents);
    if expansion.plans.is_empty() {
        findings.nothing_to_run(file.as_deref(), &expansion.skipped);
    }
    let warnings = findings.finish()?;
    let Some(settings) = settings else {
        return Err(Problem::new("the settings of the campaign cannot be resolved").into());
    };
    let stem = file
        .as_deref()
        .and_then(|f| Path::new(f).file_stem())
        .map(|s| s.to_string_lossy().into_owned());
    let group = single.and_then(|_| experiments.first()).map(|e| e.group.clone());
    Ok(Campaign {
        name: statements
            .name
            .or(group)
            .or(stem)
            .unwrap_or_else(|| "campaign".to_owned()),
        description: statements.description.unwrap_or_default(),
        file,
        text,
        experiments,
        skipped: expansion.skipped,
        warnings,
        runtime: settings.runtime,
        seeds: settings.seeds,
        jobs: settings.jobs,
        out: settings.out,
    })
}

/// Override blocks are checked even where no experiment uses them.
fn check_overrides(statements: &Statements, catalogue: Catalogue<'_>, findings: &mut Findings) {
    for statement in &statements.parameters {
        let Scope::Component(key) = &statement.scope else {
            continue;
        };
        match catalogue.find(statement.kind, key) {
            Some(component) => {
                attach::parameter(component, statement, catalogue, findings);
            }
            None if statements.missing == statement::Missing::Skip => {}
            None => findings.problem(catalogue.unknown(statement.kind, key, &statement.origin)),
        }
    }
}

fn unused_overrides(
    statements: &Statements,
    plans: &[expand::Plan<'_>],
    catalogue: Catalogue<'_>,
    findings: &mut Findings,
) {
    for statement in &statements.parameters {
        let Scope::Component(key) = &statement.scope else {
            continue;
        };
        let Some(component) = catalogue.find(statement.kind, key) else {
            continue;
        };
        if !plans
            .iter()
            .any(|plan| plan.component(statement.kind).key == component.key)
        {
            let noun = Kind::noun(statement.kind);
            findings.warn(format!("{}: no experiment has {noun} `{key}`", statement.origin));
        }
    }
}

fn check_names(experiments: &[Experiment], findings: &mut Findings) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut contents: BTreeMap<String, &str> = BTreeMap::new();
    for experiment in experiments {
        *names.entry(&experiment.name).or_default() += 1;
        let content = experiment.id(&BTreeMap::new(), "");
        let known = contents.entry(content).or_insert(&experiment.name);
        if *known != experiment.name {
            findings.warn(format!("`{}` and `{known}` are the same run", experiment.name));
        }
    }
    if let Some(long) = names.keys().find(|name| name.len() > LONGEST_NAME) {
        let message =
            format!("`{long}` is longer than {LONGEST_NAME} bytes, and file systems end names at 255");
        findings.problem(Problem::new(message).hint("give the experiment a shorter `name`"));
    }
    for (name, _) in names.into_iter().filter(|(_, count)| *count > 1) {
        let problem = Problem::new(format!("two experiments are called `{name}`"));
        findings.problem(problem.hint("give one of them another `name`, or list a seed once"));
    }
}

fn file_of(documents: &[Document]) -> (Option<String>, String) {
    let file = documents.iter().find_map(|document| match document.input() {
        Input::File { name, text, .. } => Some((Some(name.clone()), text.clone())),
        Input::Assignment(_) => None,
    });
    file.unwrap_or_default()
}
