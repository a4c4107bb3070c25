//! `address=value`: environment variables, flags and `--set` arguments.

use crate::document::{Document, Input, to_json};
use crate::problem::Problem;
use crate::{Origin, OriginKind};
use figment::providers::{Format as _, Yaml};
use figment::value::Value as Figment;
use serde_json::{Map, Value};

/// Prefix of the variables that assign.
const PREFIX: &str = "NEUROTRAIN_SET__";

/// Most parts of an address: `experiments.NAME.model.SECTION.PARAM.value` and some to spare.
const LONGEST: usize = 8;

/// Variables in the order of their names; those that do not assign are none of our business.
pub(super) fn from_environment(vars: &[(String, String)]) -> Vec<Result<Document, Problem>> {
    let mut ours: Vec<&(String, String)> = vars
        .iter()
        .filter(|(name, _)| name.starts_with("NEUROTRAIN_SET"))
        .collect();
    ours.sort();
    ours.into_iter()
        .map(|(name, value)| from_variable(name, value))
        .collect()
}

fn from_variable(name: &str, value: &str) -> Result<Document, Problem> {
    let origin = Origin::new(OriginKind::Env, name);
    let Some(address) = name.strip_prefix(PREFIX) else {
        return Err(
            Problem::at(&origin, "this variable looks like an assignment but is none").hint(format!(
                "write `{PREFIX}trainers__bptt__lr=0.01`, with two underscores between the parts"
            )),
        );
    };
    document(
        origin,
        address.split("__"),
        value,
        "write `NEUROTRAIN_SET__trainers__bptt__lr=0.01`",
    )
}

/// `shown` is what the user wrote, `assignment` what it means.
pub(super) fn from_argument(shown: &str, assignment: &str) -> Result<Document, Problem> {
    let origin = Origin::new(OriginKind::Set, shown);
    let example = "write `--set trainers.bptt.lr=0.01`";
    match assignment.split_once('=') {
        Some((address, value)) => document(origin, address.trim().split('.'), value, example),
        None => Err(Problem::at(&origin, "this is not an assignment").hint(example)),
    }
}

fn document<'a>(
    origin: Origin,
    address: impl Iterator<Item = &'a str>,
    value: &str,
    example: &str,
) -> Result<Document, Problem> {
    let parts: Vec<&str> = address.map(str::trim).collect();
    if parts.len() > LONGEST {
        return Err(Problem::at(&origin, format!("the address has more than {LONGEST} parts")).hint(example));
    }
    if parts.iter().any(|part| part.is_empty()) {
        return Err(Problem::at(&origin, "the address has an empty part").hint(example));
    }
    if value.trim().is_empty() {
        return Err(Problem::at(&origin, "the value is missing").hint("write `null` for no value"));
    }
    let value = Yaml::from_str::<Figment>(value)
        .map(|value| to_json(&value))
        .map_err(|e| Problem::at(&origin, format!("the value cannot be read: {e}")))?;
    let root = parts.into_iter().rev().fold(value, |inner, part| {
        Value::Object(Map::from_iter([(part.to_owned(), inner)]))
    });
    Ok(Document::new(Input::Assignment(origin), root))
}
