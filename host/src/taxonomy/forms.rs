//! Rules that can be computed in more than one exact way.

use super::credit::{ROUNDING, differ};
use super::growth::growth;
use super::measured::Form;
use super::problem::enliven;
use super::stage::{Learnt, Setup};
use super::weights::Weights;
use neurotrain_plugin_api::Result;

/// The parameter, see [`Execution`](neurotrain_plugin_api::Execution).
const PARAMETER: &str = "execution";
/// The sequence on which forms are compared.
const STEPS: usize = 16;
const SAMPLES: usize = 4;
/// Times rounding of one operation.
const SLACK: f64 = 1e3;

/// Every form that the rule accepts here.
pub(super) fn forms(setup: &Setup) -> Result<Vec<Form>> {
    let params = &setup.rule.component.params;
    let Some(schema) = params.iter().find(|param| param.name == PARAMETER) else {
        return Ok(Vec::new());
    };
    let usual = learn(setup)?;
    let all: Vec<usize> = (0..usual.before.0.len()).collect();
    let mut forms = Vec::new();
    for execution in ["sequence", "online"] {
        if !schema.choices.iter().any(|choice| choice == execution) {
            continue;
        }
        let mut other = setup.clone();
        other.rule_config.set(PARAMETER, execution);
        let learnt = match learn(&other) {
            Ok(learnt) => learnt,
            Err(e) if e.code() == "refused" => continue,
            Err(e) => return Err(e),
        };
        forms.push(Form {
            execution: execution.to_owned(),
            growth: growth(&other)?,
            same_updates: differ(&usual, &learnt, &all) <= SLACK * ROUNDING,
        });
    }
    Ok(forms)
}

fn learn(setup: &Setup) -> Result<Learnt> {
    let stage = setup.stage("f64")?;
    let batch = setup.batch(&stage, STEPS, SAMPLES)?;
    let mut weights = Weights::of(&stage.network)?;
    enliven(&stage, &mut weights, &batch)?;
    let mut rule = setup.rule(&stage)?;
    stage.learn(&mut rule, &batch)
}
