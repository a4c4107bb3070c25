//! The parent's side: finds rules and networks, has them measured, and judges.

use super::TaxonomyArgs;
use super::ask::ask;
use super::judge::judge;
use super::measured::{Part, Task};
use super::report::{faults, print};
use super::verdict::Placed;
use crate::cli::Exit;
use crate::output::Console;
use neurotrain_discovery::{Found, Registry};
use neurotrain_plugin_api::Result;

/// Answers `neurotrain taxonomy …`.
pub(crate) fn run(args: &TaxonomyArgs, console: &Console) -> Result<Exit> {
    let registry = args.search.scan()?;
    let rules = match &args.rules[..] {
        [] => registry.components("trainer"),
        keys => keys
            .iter()
            .map(|key| Ok(registry.component("trainer", key)?))
            .collect::<Result<_>>()?,
    };
    let placed = examine(&registry, &rules, !args.no_measure)?;
    console.print(&print(&placed, args.format, args.verbose)?);
    let faults = faults(&placed);
    faults.iter().for_each(|fault| console.note(fault));
    Ok(if faults.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Measures rules on every installed network that they support, and judges their claims.
pub(crate) fn examine(registry: &Registry, rules: &[Found<'_>], measure: bool) -> Result<Vec<Placed>> {
    let models = registry.components("model");
    rules
        .iter()
        .map(|rule| {
            let component = rule.component;
            let (measured, failures) = if measure {
                ask(&Task {
                    rule: part(rule),
                    models: models
                        .iter()
                        .filter(|model| goes_with(rule, model))
                        .map(part)
                        .collect(),
                })?
            } else {
                (Vec::new(), Vec::new())
            };
            let taxonomy = component.taxonomy.clone();
            Ok(Placed {
                rule: component.key.clone(),
                name: component.name.clone(),
                version: component.version.clone(),
                findings: taxonomy
                    .as_ref()
                    .map(|t| judge(t, measure.then_some(&measured[..])))
                    .unwrap_or_default(),
                taxonomy,
                measured,
                failures,
            })
        })
        .collect()
}

fn goes_with(rule: &Found<'_>, model: &Found<'_>) -> bool {
    let trained = &rule.component.network_types;
    let types = &model.component.network_types;
    trained.is_empty() || types.iter().any(|kind| trained.contains(kind))
}

fn part(found: &Found<'_>) -> Part {
    Part {
        path: found.plugin.path.clone(),
        component: found.component.clone(),
    }
}
