//! figment values as JSON.

use crate::document::locate::Locations;
use figment::value::{Num, Value as Figment};
use serde_json::{Map, Number, Value};

/// `value` as JSON. Numbers that JSON lacks (infinities, not a number) become texts, which no numeric
/// parameter accepts: as null they would silently mean "not set".
pub(crate) fn to_json(value: &Figment) -> Value {
    ordered(value, &mut Vec::new(), &Locations::default())
}

/// As [`to_json`], with the keys in the order of the file.
pub(crate) fn ordered(value: &Figment, path: &mut Vec<String>, locations: &Locations) -> Value {
    match value {
        Figment::String(_, text) => Value::from(text.as_str()),
        Figment::Char(_, c) => Value::from(c.to_string()),
        Figment::Bool(_, b) => Value::from(*b),
        Figment::Num(_, number) => from_number(*number),
        Figment::Empty(..) => Value::Null,
        Figment::Array(_, list) => {
            let items = list
                .iter()
                .enumerate()
                .map(|(i, item)| below(item, &i.to_string(), path, locations));
            Value::Array(items.collect())
        }
        Figment::Dict(_, dict) => {
            let mut entries: Vec<(usize, &String, &Figment)> = dict
                .iter()
                .map(|(key, inner)| {
                    path.push(key.clone());
                    let order = locations.order(path);
                    path.pop();
                    (order, key, inner)
                })
                .collect();
            entries.sort_by_key(|(order, ..)| *order);
            let entries = entries
                .into_iter()
                .map(|(_, key, v)| (key.clone(), below(v, key, path, locations)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn below(value: &Figment, key: &str, path: &mut Vec<String>, locations: &Locations) -> Value {
    path.push(key.to_owned());
    let json = ordered(value, path, locations);
    path.pop();
    json
}

fn from_number(number: Num) -> Value {
    let small = |v: i128| {
        i64::try_from(v)
            .map(Value::from)
            .or_else(|_| u64::try_from(v).map(Value::from))
    };
    let integer = number
        .to_i128()
        .or_else(|| number.to_u128().and_then(|v| i128::try_from(v).ok()));
    if let Some(Ok(value)) = integer.map(small) {
        return value;
    }
    let real = number.to_f64().unwrap_or(f64::NAN);
    Number::from_f64(real).map_or_else(|| Value::from(real.to_string()), Value::Number)
}
