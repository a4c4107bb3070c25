//! Statements against schemas: is the key known, does the value fit, what does it mean here.

use crate::catalogue::{Catalogue, Kind};
use crate::problem::{Findings, Problem};
use crate::statement::{Parameter, Setting};
use crate::{Origin, OriginKind, harmless, runtime, suggest};
use neurotrain_plugin_api::{Component, ParamSchema};
use serde_json::{Number, Value};

/// What a statement comes to for one component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Attached {
    /// A value of a parameter of the component.
    Parameter(String, Value),
    /// A value of a setting of the run.
    Setting(String, Value),
    /// Nothing: it has no effect, or is a problem.
    Nothing,
}

/// Applies a parameter statement to `component`.
pub(crate) fn parameter(
    component: &Component,
    statement: &Parameter,
    catalogue: Catalogue<'_>,
    findings: &mut Findings,
) -> Attached {
    let Parameter {
        kind,
        key,
        value,
        origin,
        ..
    } = statement;
    let translated = translate(component, *kind, key, value, origin);
    let fitted = match (
        translated,
        find(component, key, origin),
        harmless::parameter(*kind, key),
    ) {
        (Some(translated), ..) => translated,
        (None, Some(schema), _) => fit(schema, component, value, origin),
        (None, None, Some(why)) => {
            findings.without_effect(key, why, origin);
            return Attached::Nothing;
        }
        (None, None, None) => Err(unknown(component, *kind, key, origin, catalogue)),
    };
    fitted.unwrap_or_else(|problem| {
        findings.problem(problem);
        Attached::Nothing
    })
}

/// Applies a setting statement to the runtime.
pub(crate) fn setting(
    component: &Component,
    statement: &Setting,
    catalogue: Catalogue<'_>,
    findings: &mut Findings,
) -> Attached {
    let Setting {
        experiment,
        value,
        origin,
        ..
    } = statement;
    let key = runtime::alias(&statement.key).unwrap_or(&statement.key);
    let Some(schema) = find(component, key, origin) else {
        match harmless::setting(key) {
            Some(why) => findings.without_effect(key, why, origin),
            None => findings.problem(unknown_setting(key, origin, catalogue)),
        }
        return Attached::Nothing;
    };
    if experiment.is_some() && runtime::CAMPAIGN_ONLY.contains(&key) {
        findings.problem(Problem::at(
            origin,
            format!("`{key}` is a setting of the whole campaign"),
        ));
        return Attached::Nothing;
    }
    // NeuroTrain's `seed: 42`.
    let listed = match value {
        Value::Number(_) if schema.kind == "int_list" => Value::from(vec![value.clone()]),
        other => other.clone(),
    };
    let fitted = fit(schema, component, &listed, origin).and_then(|fitted| match fitted {
        Attached::Parameter(key, value) if key == "device" => device(&value, origin, findings),
        Attached::Parameter(key, Value::Array(list)) if list.is_empty() => Err(Problem::at(
            origin,
            format!("`{key}` is empty: give at least one"),
        )),
        other => Ok(other),
    });
    fitted.unwrap_or_else(|problem| {
        findings.problem(problem);
        Attached::Nothing
    })
}

fn device(value: &Value, origin: &Origin, findings: &mut Findings) -> Result<Attached, Problem> {
    let text = value.as_str().unwrap_or_default();
    let (device, remark) = runtime::device(text).ok_or_else(|| {
        Problem::at(
            origin,
            format!("`device` is {value}, but must be auto, cpu, cuda:N or metal"),
        )
    })?;
    if let Some(remark) = remark {
        findings.warn(format!("`device: {text}` {remark}"));
    }
    Ok(Attached::Parameter("device".to_owned(), Value::from(device)))
}

/// The schema of `key`. Variables of an environment are often in capitals, so there case may differ.
fn find<'a>(component: &'a Component, key: &str, origin: &Origin) -> Option<&'a ParamSchema> {
    let exact = component.params.iter().find(|p| p.name == key);
    let folded = || {
        let mut alike = component
            .params
            .iter()
            .filter(|p| p.name.eq_ignore_ascii_case(key));
        alike.next().filter(|_| alike.next().is_none())
    };
    exact.or_else(|| {
        if origin.kind == OriginKind::Env {
            folded()
        } else {
            None
        }
    })
}

/// Spellings of NeuroTrain that have another name here. They are translated even where a component knows
/// both, so that layers override each other whatever the spelling, and one run has one id.
fn translate(
    component: &Component,
    kind: Kind,
    key: &str,
    value: &Value,
    origin: &Origin,
) -> Option<Result<Attached, Problem>> {
    match (kind, key, value) {
        (Kind::Dataset, "direct_coding", _) => {
            let schema = component.params.iter().find(|p| p.name == "coding")?;
            Some(match value {
                Value::Bool(true) => fit(schema, component, &Value::from("direct"), origin),
                Value::Bool(false) => fit(schema, component, &Value::from("rate"), origin),
                Value::Null => Ok(Attached::Nothing),
                other => Err(Problem::at(
                    origin,
                    format!("`{key}` is {other}, but must be true or false"),
                )),
            })
        }
        (Kind::Dataset, "data_root", Value::String(_)) if find(component, key, origin).is_none() => {
            Some(Ok(Attached::Setting("data_dir".to_owned(), value.clone())))
        }
        _ => None,
    }
}

/// The value in the type of the schema, so that `1` and `1.0` make the same run.
fn fit(schema: &ParamSchema, owner: &Component, value: &Value, origin: &Origin) -> Result<Attached, Problem> {
    let lenient = matches!(origin.kind, OriginKind::Env | OriginKind::Set);
    let typed = typed(schema, value, lenient);
    match schema.check(&typed) {
        Ok(()) => Ok(Attached::Parameter(schema.name.clone(), typed)),
        Err(error) => {
            let hint = format!(
                "`{}` of {}: {}; default {}",
                schema.name,
                title(owner),
                schema.help,
                schema.default
            );
            Err(Problem::at(origin, error.message()).hint(hint))
        }
    }
}

fn typed(schema: &ParamSchema, value: &Value, lenient: bool) -> Value {
    let nullable = schema.nullable || schema.default.is_null();
    match (schema.kind.as_str(), value) {
        ("float", _) => null_word(real(value), nullable),
        ("int", _) => null_word(whole(value), nullable),
        ("bool", _) => null_word(truth(value), nullable),
        ("int_list" | "float_list", _) => {
            let each = if schema.kind == "int_list" { whole } else { real };
            match value {
                Value::Array(list) => Value::Array(list.iter().map(each).collect()),
                Value::Number(_) if lenient => Value::Array(vec![each(value)]),
                Value::String(text) if lenient => numbers(text).map_or_else(
                    || value.clone(),
                    |list| Value::Array(list.iter().map(each).collect()),
                ),
                other => null_word(other.clone(), nullable),
            }
        }
        ("text", Value::Number(_) | Value::Bool(_)) if lenient => Value::from(value.to_string()),
        _ => value.clone(),
    }
}

/// TOML has no null: the word stands for it where null is allowed and a text is not.
fn null_word(value: Value, nullable: bool) -> Value {
    match value.as_str() {
        Some("null" | "none" | "None") if nullable => Value::Null,
        _ => value,
    }
}

fn real(value: &Value) -> Value {
    let number = value.as_f64().and_then(Number::from_f64);
    number
        .filter(|_| value.is_number())
        .map_or_else(|| value.clone(), Value::Number)
}

fn whole(value: &Value) -> Value {
    let integral = value
        .as_f64()
        .filter(|v| value.is_f64() && v.fract() == 0.0 && v.abs() < 9e15);
    integral.map_or_else(|| value.clone(), |v| Value::from(v as i64))
}

/// YAML 1.1, which NeuroTrain reads, has more words for true and false.
fn truth(value: &Value) -> Value {
    match value.as_str() {
        Some("yes" | "Yes" | "YES" | "on" | "On" | "ON") => Value::Bool(true),
        Some("no" | "No" | "NO" | "off" | "Off" | "OFF") => Value::Bool(false),
        _ => value.clone(),
    }
}

/// `128,64`, as the command line has it.
fn numbers(text: &str) -> Option<Vec<Value>> {
    text.split(',')
        .map(|part| {
            serde_json::from_str::<Number>(part.trim())
                .ok()
                .map(Value::Number)
        })
        .collect()
}

fn unknown(
    component: &Component,
    kind: Kind,
    key: &str,
    origin: &Origin,
    catalogue: Catalogue<'_>,
) -> Problem {
    let known = component.params.iter().map(|p| p.name.as_str());
    let elsewhere = catalogue
        .kinds_with_parameter(key)
        .into_iter()
        .find(|other| *other != kind);
    let hint = match elsewhere {
        _ if runtime::is_setting(key) => {
            format!("`{key}` is a setting of the run: write it under `runtime`, or `--set runtime.{key}=…`")
        }
        Some(other) => format!("`{key}` is a parameter of a {}: write it there", other.noun()),
        None => suggest::hint(key, known),
    };
    Problem::at(
        origin,
        format!("unknown parameter `{key}` of {}", title(component)),
    )
    .hint(hint)
}

fn unknown_setting(key: &str, origin: &Origin, catalogue: Catalogue<'_>) -> Problem {
    let hint = match catalogue.kinds_with_parameter(key).first() {
        Some(kind) => format!(
            "`{key}` is a parameter of a {}: write `{}.{key}`",
            kind.noun(),
            kind.singular()
        ),
        None => suggest::hint(key, runtime::names()),
    };
    Problem::at(origin, format!("unknown setting `{key}` of the runtime")).hint(hint)
}

/// `trainer `bptt``, as in a sentence.
fn title(component: &Component) -> String {
    match Kind::from_singular(&component.kind) {
        Some(kind) => format!("{} `{}`", kind.noun(), component.key),
        None => "the runtime".to_owned(),
    }
}
