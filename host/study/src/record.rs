//! The records of a journal, one JSON object per line.

use crate::distribution::Distribution;
use crate::trial::{Direction, TrialState};
use serde_json::{Map, Value, json};
use std::time::SystemTime;
use time::OffsetDateTime;
use time::macros::format_description;

/// What a record does.
pub(crate) mod op {
    pub(crate) const CREATE_STUDY: u64 = 0;
    pub(crate) const DELETE_STUDY: u64 = 1;
    pub(crate) const STUDY_USER_ATTR: u64 = 2;
    pub(crate) const STUDY_SYSTEM_ATTR: u64 = 3;
    pub(crate) const CREATE_TRIAL: u64 = 4;
    pub(crate) const TRIAL_PARAM: u64 = 5;
    pub(crate) const TRIAL_STATE: u64 = 6;
    pub(crate) const TRIAL_INTERMEDIATE: u64 = 7;
    pub(crate) const TRIAL_USER_ATTR: u64 = 8;
    pub(crate) const TRIAL_SYSTEM_ATTR: u64 = 9;
    pub(crate) const DISCARD_TRIALS: u64 = 10;
}

/// A drawn parameter: its name, range and internal number.
pub(crate) type Drawn<'a> = (&'a str, &'a Distribution, f64);

/// Records to be appended together.
pub(crate) struct Records<'a> {
    worker: &'a str,
    text: String,
}

impl<'a> Records<'a> {
    pub(crate) fn new(worker: &'a str) -> Self {
        Records {
            worker,
            text: String::new(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn create_study(&mut self, name: &str, direction: Direction) {
        self.push(
            op::CREATE_STUDY,
            json!({"study_name": name, "directions": [direction.code()]}),
        );
    }

    pub(crate) fn study_attr(&mut self, study: u64, is_system: bool, key: &str, value: &Value) {
        let (code, field) = match is_system {
            true => (op::STUDY_SYSTEM_ATTR, "system_attr"),
            false => (op::STUDY_USER_ATTR, "user_attr"),
        };
        self.push(code, json!({"study_id": study, field: {key: value}}));
    }

    /// A trial with all of its parameters in one record, so that it is there whole or not at all.
    pub(crate) fn create_trial(
        &mut self,
        study: u64,
        state: TrialState,
        drawn: &[Drawn<'_>],
        user: Map<String, Value>,
        system: Map<String, Value>,
    ) {
        let start = match state {
            TrialState::Waiting => Value::Null,
            _ => json!(now()),
        };
        let text_of = |range: &Distribution| Value::String(range.to_json().to_string());
        let ranges: Map<_, _> = drawn
            .iter()
            .map(|(n, range, _)| ((*n).to_owned(), text_of(range)))
            .collect();
        let params: Map<_, _> = drawn
            .iter()
            .map(|(n, _, at)| ((*n).to_owned(), json!(at)))
            .collect();
        self.push(
            op::CREATE_TRIAL,
            json!({
                "study_id": study,
                "datetime_start": start,
                "state": state.code(),
                "value": null,
                "values": null,
                "distributions": ranges,
                "params": params,
                "user_attrs": user,
                "system_attrs": system,
                "intermediate_values": {},
            }),
        );
    }

    pub(crate) fn param(&mut self, trial: u64, (name, range, internal): Drawn<'_>) {
        self.push(
            op::TRIAL_PARAM,
            json!({
                "trial_id": trial,
                "param_name": name,
                "param_value_internal": internal,
                "distribution": range.to_json().to_string(),
            }),
        );
    }

    pub(crate) fn start(&mut self, trial: u64) {
        self.push(
            op::TRIAL_STATE,
            json!({
                "trial_id": trial,
                "state": TrialState::Running.code(),
                "values": null,
                "datetime_start": now(),
            }),
        );
    }

    pub(crate) fn finish(&mut self, trial: u64, state: TrialState, value: Option<f64>) {
        let value = value.map_or("null".to_owned(), |value| format!("[{}]", number(value)));
        self.push_with(
            op::TRIAL_STATE,
            json!({"trial_id": trial, "state": state.code(), "datetime_complete": now()}),
            "values",
            &value,
        );
    }

    pub(crate) fn intermediate(&mut self, trial: u64, step: u64, value: f64) {
        self.push_with(
            op::TRIAL_INTERMEDIATE,
            json!({"trial_id": trial, "step": step}),
            "intermediate_value",
            &number(value),
        );
    }

    pub(crate) fn trial_attr(&mut self, trial: u64, is_system: bool, key: &str, value: &Value) {
        let (code, field) = match is_system {
            true => (op::TRIAL_SYSTEM_ATTR, "system_attr"),
            false => (op::TRIAL_USER_ATTR, "user_attr"),
        };
        self.push(code, json!({"trial_id": trial, field: {key: value}}));
    }

    fn push(&mut self, code: u64, fields: Value) {
        self.push_raw(code, fields, None);
    }

    /// A record with one more field, whose JSON may hold a number that serde_json cannot write.
    fn push_with(&mut self, code: u64, fields: Value, key: &str, raw: &str) {
        self.push_raw(code, fields, Some((key, raw)));
    }

    fn push_raw(&mut self, code: u64, fields: Value, raw: Option<(&str, &str)>) {
        let mut record = Map::new();
        record.insert("op_code".to_owned(), json!(code));
        record.insert("worker_id".to_owned(), json!(self.worker));
        if let Value::Object(fields) = fields {
            record.extend(fields);
        }
        let mut line = Value::Object(record).to_string();
        if let Some((key, raw)) = raw {
            line.pop();
            line.push_str(&format!(",\"{key}\":{raw}}}"));
        }
        self.text.push_str(&line);
        self.text.push('\n');
    }
}

/// A number as Python's `json` writes it.
fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        v => json!(v).to_string(),
    }
}

/// The time as Optuna writes it: UTC with microseconds.
fn now() -> String {
    let layout =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00");
    OffsetDateTime::from(SystemTime::now())
        .format(&layout)
        .unwrap_or_else(|_| "1970-01-01T00:00:00.000000+00:00".to_owned())
}

/// Parses a line that may hold Python's `NaN` and `Infinity`; these become strings.
pub(crate) fn parse(line: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(line).or_else(|error| match quote_literals(line) {
        Some(quoted) => serde_json::from_str(&quoted),
        None => Err(error),
    })
}

/// A number of a parsed line.
pub(crate) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        other => other.as_f64(),
    }
}

fn quote_literals(line: &str) -> Option<String> {
    let mut quoted = String::with_capacity(line.len() + 8);
    let (mut rest, mut is_text, mut found) = (line, false, false);
    while let Some(c) = rest.chars().next() {
        let literal = ["NaN", "Infinity", "-Infinity"]
            .into_iter()
            .find(|literal| !is_text && rest.starts_with(literal));
        let taken = match literal {
            Some(literal) => {
                found = true;
                quoted.push_str(&format!("\"{literal}\""));
                literal.len()
            }
            None => {
                let taken = match c {
                    '\\' if is_text => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                    _ => c.len_utf8(),
                };
                is_text ^= c == '"';
                quoted.push_str(&rest[..taken]);
                taken
            }
        };
        rest = &rest[taken..];
    }
    found.then_some(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_python_are_read_outside_strings_only() {
        let line = r#"{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \" NaN","d":"\\"}"#;
        let parsed = parse(line).unwrap_or_default();
        assert!(as_number(&parsed["a"]).is_some_and(f64::is_nan));
        assert_eq!(as_number(&parsed["b"][0]), Some(f64::NEG_INFINITY));
        assert_eq!(parsed["c"], "NaN \" NaN");
        assert_eq!(parsed["d"], "\\");
        assert!(parse("{\"a\":Nan}").is_err());
    }
}
