//! Tunable blocks: `{value, type, min, max, log, step, list}`.

use crate::document::Cursor;
use crate::problem::Findings;
use crate::search::FIXED;
use crate::{Tunable, suggest};
use serde_json::Value;

const KEYS: [&str; 7] = ["value", "type", "min", "max", "log", "step", "list"];

/// Whether a mapping is meant as a tunable block.
pub(super) fn is_one(value: &Cursor<'_>) -> bool {
    value.get("value").is_some()
}

/// Reads a tunable block; none if it is malformed.
pub(super) fn read(block: &Cursor<'_>, findings: &mut Findings) -> Option<Tunable> {
    let mut faults = Vec::new();
    for (key, value) in block.entries() {
        if !KEYS.contains(&key) {
            let problem = value.problem(format!("unknown key `{key}` in a tunable block"));
            faults.push(problem.hint(suggest::hint(key, KEYS)));
        }
    }
    let mut number = |key: &str| {
        let value = block.get(key).filter(|v| !v.value().is_null())?;
        let real = value.value().as_f64();
        if real.is_none() {
            faults.push(value.problem(format!("`{key}` is {}, but must be a number", value.value())));
        }
        real
    };
    let (min, max, step) = (number("min"), number("max"), number("step"));
    let list = block.get("list").and_then(|v| v.value().as_array().cloned());
    // `type: null` fixes the value, as in NeuroTrain's files; without the word a range says that there is one.
    let kind = block
        .get("type")
        .map(|kind| kind.word().unwrap_or_else(|| FIXED.to_owned()));
    let log = block.get("log").is_some_and(|v| v.value() == &Value::Bool(true));
    let empty = list.as_ref().is_none_or(Vec::is_empty);
    match kind.as_deref() {
        None | Some(FIXED) => {}
        Some("categorical") if !empty => {}
        Some("categorical") => {
            faults.push(block.problem("a tunable block of type categorical needs a `list` of values"));
        }
        Some("float" | "int") => {
            faults.extend(range_fault(min.zip(max), log).map(|fault| block.problem(fault)));
        }
        Some(other) => {
            let problem = block.problem(format!("unknown type `{other}` of a tunable block"));
            faults.push(problem.hint(suggest::hint(other, ["float", "int", "categorical", "null"])));
        }
    }
    let sound = faults.is_empty();
    faults.into_iter().for_each(|fault| findings.problem(fault));
    let value = block.get("value")?.value().clone();
    sound.then_some(Tunable {
        value,
        kind,
        min,
        max,
        log,
        step,
        list,
    })
}

fn range_fault(bounds: Option<(f64, f64)>, log: bool) -> Option<String> {
    match bounds {
        // The manifest may have one.
        None => None,
        Some((min, max)) if min > max => Some(format!("`min` ({min}) is greater than `max` ({max})")),
        Some((min, _)) if log && min <= 0.0 => {
            Some(format!("a logarithmic scale needs `min` above 0, not {min}"))
        }
        Some(_) => None,
    }
}
