//! Comma-separated values, as RFC 4180 has them.

use neurotrain_archive::{Table, Values};

/// The table with a head; a cell without a value is empty, NaN and infinities are `NaN`, `inf` and `-inf`.
pub fn csv(table: &Table) -> String {
    let head: Vec<String> = table.columns().iter().map(|c| quoted(&c.name)).collect();
    let mut out = head.join(",") + "\n";
    for row in 0..table.rows() {
        let cells: Vec<String> = table.columns().iter().map(|c| cell(&c.values, row)).collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

fn cell(values: &Values, row: usize) -> String {
    match values {
        Values::Text(cells) => quoted(&cells[row]),
        Values::Count(cells) => cells[row].map(|v| v.to_string()).unwrap_or_default(),
        // The shortest digits that give the same bits back.
        Values::Real(cells) => cells[row].map(|v| v.to_string()).unwrap_or_default(),
    }
}

/// A cell as it stands between commas.
pub fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_archive::Column;

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        assert_eq!(quoted("a"), "a");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn every_kind_of_cell_is_said() {
        let column = |name: &str, values| Column {
            name: name.to_owned(),
            units: "",
            values,
        };
        let table = Table::new(vec![
            column("run", Values::Text(vec!["a,\"b\"".to_owned(), "c".to_owned()])),
            column("seed", Values::Count(vec![Some(u64::MAX), None])),
            column("loss", Values::Real(vec![Some(0.1 + 0.2), Some(f64::NAN)])),
            column("test", Values::Real(vec![None, Some(f64::NEG_INFINITY)])),
        ])
        .unwrap();
        assert_eq!(
            csv(&table),
            "run,seed,loss,test\n\"a,\"\"b\"\"\",18446744073709551615,0.30000000000000004,\nc,,NaN,-inf\n"
        );
    }
}
