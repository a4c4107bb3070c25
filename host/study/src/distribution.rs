//! The range of one parameter.

use neurotrain_plugin_api::{Error, Result};
use serde_json::{Value, json};

/// Integers up to this size are exact as the numbers of the journal.
const EXACT: i64 = 1 << 53;

/// The range of one parameter, as in Optuna. Made by the checked constructors.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Real numbers.
    Float {
        /// Least value.
        low: f64,
        /// Greatest value.
        high: f64,
        /// Logarithmic scale.
        log: bool,
        /// Distance of neighbours; none for a continuum.
        step: Option<f64>,
    },
    /// Whole numbers.
    Int {
        /// Least value.
        low: i64,
        /// Greatest value.
        high: i64,
        /// Logarithmic scale.
        log: bool,
        /// Distance of neighbours.
        step: i64,
    },
    /// One of a list.
    Categorical {
        /// The list.
        choices: Vec<Value>,
    },
}

impl Distribution {
    /// Real numbers from `low` to `high`; with a step, `high` becomes the last value on the grid.
    pub fn float(low: f64, high: f64, log: bool, step: Option<f64>) -> Result<Self> {
        let wrong = |why: String| Err(bad(format!("a float from {low} to {high}: {why}")));
        if !low.is_finite() || !high.is_finite() || !(high - low).is_finite() {
            return wrong("the bounds must be finite".to_owned());
        }
        if low > high {
            return wrong("the least value is above the greatest".to_owned());
        }
        if log && low <= 0.0 {
            return wrong("a logarithmic scale needs bounds above 0".to_owned());
        }
        match step {
            Some(_) if log => wrong("a logarithmic scale has no step".to_owned()),
            Some(step) if !(step.is_finite() && step > 0.0) => {
                wrong(format!("the step {step} is not above 0"))
            }
            Some(step) => Ok(Distribution::Float {
                low,
                high: last_on_grid(low, high, step),
                log,
                step: Some(step),
            }),
            None => Ok(Distribution::Float {
                low,
                high,
                log,
                step: None,
            }),
        }
    }

    /// Whole numbers from `low` to `high`; `high` becomes the last value on the grid.
    pub fn int(low: i64, high: i64, log: bool, step: i64) -> Result<Self> {
        let wrong = |why: &str| Err(bad(format!("an int from {low} to {high} by {step}: {why}")));
        if low > high {
            return wrong("the least value is above the greatest");
        }
        if low < -EXACT || high > EXACT {
            return wrong("the bounds are beyond 2^53");
        }
        if step < 1 {
            return wrong("the step must be at least 1");
        }
        if log && (low < 1 || step != 1) {
            return wrong("a logarithmic scale needs bounds of at least 1, and steps of 1");
        }
        let high = high - (high - low) % step;
        Ok(Distribution::Int { low, high, log, step })
    }

    /// One of `choices`.
    pub fn categorical(choices: Vec<Value>) -> Result<Self> {
        if choices.is_empty() {
            return Err(bad("a categorical without choices".to_owned()));
        }
        for (at, choice) in choices.iter().enumerate() {
            if choices[..at].iter().any(|earlier| same(earlier, choice)) {
                return Err(bad(format!("a categorical has the choice {choice} twice")));
            }
        }
        Ok(Distribution::Categorical { choices })
    }

    /// Whether `value` is one of this range.
    pub fn contains(&self, value: &Value) -> bool {
        let Some(internal) = self.to_internal(value) else {
            return false;
        };
        match self {
            Distribution::Float { low, high, step, .. } => {
                let steps = (internal - low) / step.unwrap_or(1.0);
                let on_grid = step.is_none() || (steps - steps.round()).abs() < 1e-8;
                (*low..=*high).contains(&internal) && on_grid
            }
            Distribution::Int { low, high, step, .. } => {
                let whole = internal as i64;
                internal.fract() == 0.0 && (*low..=*high).contains(&whole) && (whole - low) % step == 0
            }
            Distribution::Categorical { .. } => true,
        }
    }

    /// The number that stands for `value` in a journal: the value itself, or the index of a choice.
    pub fn to_internal(&self, value: &Value) -> Option<f64> {
        match self {
            Distribution::Float { .. } | Distribution::Int { .. } => value.as_f64(),
            Distribution::Categorical { choices } => {
                let index = choices.iter().position(|choice| same(choice, value))?;
                Some(index as f64)
            }
        }
    }

    /// The value that the number of a journal stands for.
    pub fn from_internal(&self, internal: f64) -> Option<Value> {
        match self {
            Distribution::Float { .. } => internal.is_finite().then(|| json!(internal)),
            Distribution::Int { .. } => (internal.abs() <= EXACT as f64).then(|| json!(internal as i64)),
            Distribution::Categorical { choices } => {
                let is_index = internal >= 0.0 && internal.fract() == 0.0;
                choices.get(is_index.then_some(internal as usize)?).cloned()
            }
        }
    }

    /// Optuna's description of the range.
    pub fn to_json(&self) -> Value {
        match self {
            Distribution::Float { low, high, log, step } => json!({
                "name": "FloatDistribution",
                "attributes": {"step": step, "low": low, "high": high, "log": log},
            }),
            Distribution::Int { low, high, log, step } => json!({
                "name": "IntDistribution",
                "attributes": {"log": log, "step": step, "low": low, "high": high},
            }),
            Distribution::Categorical { choices } => json!({
                "name": "CategoricalDistribution",
                "attributes": {"choices": choices},
            }),
        }
    }

    /// Reads Optuna's description.
    pub fn from_json(value: &Value) -> Result<Self> {
        let attributes = &value["attributes"];
        let unreadable = || bad(format!("cannot read the distribution {value}"));
        let number = |key: &str| attributes[key].as_f64().ok_or_else(unreadable);
        let whole = |key: &str| attributes[key].as_i64().ok_or_else(unreadable);
        let log = attributes["log"].as_bool().unwrap_or(false);
        match value["name"].as_str() {
            Some("FloatDistribution") => {
                Self::float(number("low")?, number("high")?, log, attributes["step"].as_f64())
            }
            Some("IntDistribution") => Self::int(
                whole("low")?,
                whole("high")?,
                log,
                attributes["step"].as_i64().unwrap_or(1),
            ),
            Some("CategoricalDistribution") => {
                Self::categorical(attributes["choices"].as_array().ok_or_else(unreadable)?.clone())
            }
            _ => Err(unreadable()),
        }
    }

    /// Whether one study may hold both: same kind, scale and choices.
    pub(crate) fn is_compatible(&self, other: &Self) -> bool {
        match (self, other) {
            (Distribution::Float { log: a, .. }, Distribution::Float { log: b, .. })
            | (Distribution::Int { log: a, .. }, Distribution::Int { log: b, .. }) => a == b,
            (Distribution::Categorical { choices: a }, Distribution::Categorical { choices: b }) => a == b,
            _ => false,
        }
    }

    /// The number of values; none for a continuum.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Distribution::Float { low, high, .. } if low == high => Some(1),
            Distribution::Float { low, high, step, .. } => {
                step.map(|step| ((high - low) / step).round() as usize + 1)
            }
            Distribution::Int { low, high, step, .. } => Some(((high - low) / step) as usize + 1),
            Distribution::Categorical { choices } => Some(choices.len()),
        }
    }

    /// The internal number of the value at `index`, of a range that has a [`size`](Self::size).
    pub(crate) fn nth(&self, index: usize) -> f64 {
        match *self {
            Distribution::Float { low, high, step, .. } => {
                (low + index as f64 * step.unwrap_or(0.0)).min(high)
            }
            Distribution::Int { low, step, .. } => low as f64 + index as f64 * step as f64,
            Distribution::Categorical { .. } => index as f64,
        }
    }

    /// Where samplers draw: the range on its scale, widened by half a step so that rounding is fair.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        match *self {
            Distribution::Float {
                low, high, log: true, ..
            } => (low.ln(), high.ln()),
            Distribution::Float { low, high, step, .. } => {
                let half = step.unwrap_or(0.0) / 2.0;
                (low - half, high + half)
            }
            Distribution::Int {
                low, high, log: true, ..
            } => ((low as f64 - 0.5).ln(), (high as f64 + 0.5).ln()),
            Distribution::Int { low, high, step, .. } => {
                let half = step as f64 / 2.0;
                (low as f64 - half, high as f64 + half)
            }
            Distribution::Categorical { ref choices } => (0.0, choices.len() as f64),
        }
    }

    /// The place of an internal number on the scale of [`bounds`](Self::bounds).
    pub(crate) fn scaled(&self, internal: f64) -> f64 {
        match self {
            Distribution::Float { log: true, .. } | Distribution::Int { log: true, .. } => internal.ln(),
            _ => internal,
        }
    }

    /// The internal number nearest to a place on the scale.
    pub(crate) fn snap(&self, place: f64) -> f64 {
        match *self {
            Distribution::Float {
                low, high, log, step, ..
            } => {
                let value = if log { place.exp() } else { place };
                let value = match step {
                    Some(step) => low + ((value - low) / step).round() * step,
                    None => value,
                };
                value.clamp(low, high)
            }
            Distribution::Int {
                low, high, log, step, ..
            } => {
                let value = if log { place.exp() } else { place };
                let steps = ((value - low as f64) / step as f64).round();
                (low as f64 + steps * step as f64).clamp(low as f64, high as f64)
            }
            Distribution::Categorical { ref choices } => place.floor().clamp(0.0, (choices.len() - 1) as f64),
        }
    }

    /// The internal number at `unit` of the range, from 0 to 1.
    pub(crate) fn at(&self, unit: f64) -> f64 {
        let (low, high) = self.bounds();
        self.snap(low + unit * (high - low))
    }
}

fn last_on_grid(low: f64, high: f64, step: f64) -> f64 {
    let steps = (high - low) / step;
    // A high end that is on the grid up to rounding stays as written.
    if (steps - steps.round()).abs() < 1e-8 {
        high
    } else {
        low + steps.floor() * step
    }
}

/// Equality of values, where 1 and 1.0 are one number.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

fn bad(message: String) -> Error {
    Error::new("bad-config", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_range_snaps_into_it_and_both_ends_are_reached() -> Result<()> {
        for range in [
            Distribution::float(1e-5, 0.1, true, None)?,
            Distribution::float(0.1, 0.75, false, Some(0.1))?,
            Distribution::float(-3.0, 4.0, false, None)?,
            Distribution::int(2, 11, false, 4)?,
            Distribution::int(1, 1000, true, 1)?,
            Distribution::categorical(vec![json!("a"), json!([1, 2]), json!(null)])?,
        ] {
            for unit in 0..=1000 {
                let internal = range.at(f64::from(unit) / 1000.0);
                let value = range.from_internal(internal).unwrap_or_default();
                assert!(range.contains(&value), "{range:?} has no {value}");
                assert_eq!(range.to_internal(&value), Some(internal));
                assert!((range.snap(range.scaled(internal)) - internal).abs() < 1e-12);
            }
            assert_ne!(range.at(0.0), range.at(1.0));
            assert_eq!(Distribution::from_json(&range.to_json())?, range);
        }
        assert_eq!(
            Distribution::int(2, 13, false, 4)?,
            Distribution::int(2, 10, false, 4)?
        );
        Ok(())
    }

    #[test]
    fn impossible_ranges_are_refused() {
        for (made, part) in [
            (Distribution::float(1.0, 0.0, false, None), "above the greatest"),
            (Distribution::float(0.0, 1.0, true, None), "above 0"),
            (Distribution::float(0.0, f64::NAN, false, None), "finite"),
            (Distribution::float(1.0, 2.0, false, Some(0.0)), "step 0"),
            (Distribution::int(0, 5, true, 1), "at least 1"),
            (Distribution::int(0, 5, false, 0), "step"),
            (Distribution::categorical(vec![]), "without"),
            (Distribution::categorical(vec![json!(1), json!(1.0)]), "twice"),
        ] {
            let message = made.map(|_| ()).map_err(|e| e.to_string());
            assert!(
                message.as_ref().is_err_and(|m| m.contains(part)),
                "{message:?} lacks {part:?}"
            );
        }
    }
}
