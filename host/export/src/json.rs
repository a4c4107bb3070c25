//! A list of objects.

use neurotrain_archive::{Table, Values};
use serde_json::{Map, Value};

/// One object per row, without the cells that have no value. NaN and infinities, which JSON has no numbers for, are the
/// strings `NaN`, `inf` and `-inf`.
pub fn json(table: &Table) -> Value {
    let row = |row: usize| {
        let cells = table.columns().iter();
        let cells = cells.filter_map(|column| Some((column.name.clone(), cell(&column.values, row)?)));
        Value::Object(cells.collect::<Map<String, Value>>())
    };
    (0..table.rows()).map(row).collect()
}

fn cell(values: &Values, row: usize) -> Option<Value> {
    Some(match values {
        Values::Text(cells) => Value::from(cells[row].as_str()),
        Values::Count(cells) => Value::from(cells[row]?),
        Values::Real(cells) => {
            let value = cells[row]?;
            match serde_json::Number::from_f64(value) {
                Some(number) => Value::Number(number),
                None => Value::from(value.to_string()),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_archive::Column;

    #[test]
    fn cells_without_a_value_are_left_out() {
        let column = |name: &str, values| Column {
            name: name.to_owned(),
            units: "",
            values,
        };
        let table = Table::new(vec![
            column("seed", Values::Count(vec![Some(u64::MAX), None])),
            column("loss", Values::Real(vec![Some(f64::INFINITY), Some(0.5)])),
        ])
        .unwrap();
        assert_eq!(
            json(&table).to_string(),
            r#"[{"seed":18446744073709551615,"loss":"inf"},{"loss":0.5}]"#
        );
    }
}
