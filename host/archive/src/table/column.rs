//! Columns of one kind of value each.

use neurotrain_plugin_api::Result;

use crate::error;

/// Named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, unique in the table.
    pub name: String,
    /// Unit of its numbers as HDF5 and netCDF readers know it; empty where there is none.
    pub units: &'static str,
    /// Its cells.
    pub values: Values,
}

/// The cells of a column; `None` is a cell without a value, which NaN is not.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Texts.
    Text(Vec<String>),
    /// Whole numbers.
    Count(Vec<Option<u64>>),
    /// Real numbers.
    Real(Vec<Option<f64>>),
}

impl Table {
    /// A table of `columns`.
    ///
    /// # Errors
    /// `archive-invalid` when their lengths differ or a name occurs twice.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let rows = columns.first().map_or(0, |c| c.values.len());
        for (index, column) in columns.iter().enumerate() {
            if column.values.len() != rows {
                return Err(error::invalid(format!(
                    "column `{}` has {} cells instead of {rows}",
                    column.name,
                    column.values.len()
                )));
            }
            if columns[..index].iter().any(|c| c.name == column.name) {
                return Err(error::invalid(format!("two columns are named `{}`", column.name)));
            }
        }
        Ok(Table { columns })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }
}

impl Column {
    pub(super) fn text(name: &str, values: impl Iterator<Item = String>) -> Self {
        Column::new(name, "", Values::Text(values.collect()))
    }

    pub(super) fn count(name: &str, units: &'static str, values: impl Iterator<Item = Option<u64>>) -> Self {
        Column::new(name, units, Values::Count(values.collect()))
    }

    pub(super) fn real(name: &str, units: &'static str, values: impl Iterator<Item = Option<f64>>) -> Self {
        Column::new(name, units, Values::Real(values.collect()))
    }

    fn new(name: &str, units: &'static str, values: Values) -> Self {
        Column {
            name: name.to_owned(),
            units,
            values,
        }
    }
}

impl Values {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Values::Text(cells) => cells.len(),
            Values::Count(cells) => cells.len(),
            Values::Real(cells) => cells.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let column = |name: &str, cells: usize| Column::count(name, "1", (0..cells).map(|_| None));
        assert_eq!(
            Table::new(vec![column("a", 2), column("b", 2)]).unwrap().rows(),
            2
        );
        assert!(Table::new(vec![column("a", 2), column("b", 1)]).is_err());
        assert!(Table::new(vec![column("a", 1), column("a", 1)]).is_err());
        assert_eq!(Table::new(Vec::new()).unwrap().rows(), 0);
    }
}
