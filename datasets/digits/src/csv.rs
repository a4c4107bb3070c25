//! The table: a line per sample, 64 values from 0 to 16, then the label.

use neurotrain_plugin_api::{Error, Result};

/// Values of a sample.
pub(crate) const PIXELS: usize = 64;
/// Greatest value of a pixel.
pub(crate) const WHITE: u8 = 16;
/// Number of classes.
pub(crate) const CLASSES: u8 = 10;

/// All samples, in the order of the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// `[N, PIXELS]`.
    pub(crate) pixels: Vec<u8>,
    /// `[N]`.
    pub(crate) labels: Vec<u8>,
}

impl Table {
    /// Reads the text of file `name`.
    ///
    /// # Errors
    /// `bad-data` naming line and column.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self> {
        let mut table = Table::default();
        for (number, line) in (1..).zip(text.lines()) {
            let mut columns = 0;
            for field in line.split(',') {
                let limit = if columns == PIXELS { CLASSES - 1 } else { WHITE };
                let value = field.trim().parse::<u8>().ok().filter(|v| *v <= limit).ok_or_else(|| {
                    Error::bad_data(format!(
                        "{name}: line {number}, column {}: `{field}` is not a whole number from 0 to {limit}",
                        columns + 1
                    ))
                })?;
                match columns {
                    PIXELS => table.labels.push(value),
                    _ => table.pixels.push(value),
                }
                columns += 1;
                if columns > PIXELS + 1 {
                    break;
                }
            }
            if columns != PIXELS + 1 {
                return Err(Error::bad_data(format!(
                    "{name}: line {number} has {} {columns} columns instead of {}",
                    if columns > PIXELS { "at least" } else { "only" },
                    PIXELS + 1
                )));
            }
        }
        match table.labels.is_empty() {
            true => Err(Error::bad_data(format!("{name}: is empty"))),
            false => Ok(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(fields: usize) -> String {
        vec!["5"; fields].join(",")
    }

    fn message(text: &str) -> String {
        Table::parse("t.csv", text).unwrap_err().message().to_owned()
    }

    #[test]
    fn a_fault_is_named_by_line_and_column() {
        assert!(message("").contains("is empty"));
        assert!(message(&line(64)).contains("line 1 has only 64 columns"));
        assert!(message(&line(66)).contains("line 1 has at least 66 columns"));
        assert!(
            message(&format!("{}\n{},x,{}", line(65), line(2), line(62))).contains("line 2, column 3: `x`")
        );
        assert!(
            message(&format!("17,{}", line(64)))
                .contains("column 1: `17` is not a whole number from 0 to 16")
        );
        assert!(
            message(&format!("{},10", line(64)))
                .contains("column 65: `10` is not a whole number from 0 to 9")
        );
        assert!(message(&format!("{}\n\n{}", line(65), line(65))).contains("line 2, column 1"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9,\\-. \nx]{0,400}") {
            let _ = Table::parse("t.csv", &text);
        }
    }
}
