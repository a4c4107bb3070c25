//! The table of runs as a group.

use super::{RUN, SUMMARY};
use crate::h5::{Scale, create_group, make_scale, put_array, put_text_attribute, put_texts};
use crate::table::{Column, Table, Values};
use hdf5::{Dataset, File, Group};
use neurotrain_plugin_api::Result;

/// Writes the table; its column `run` becomes the dimension scale.
pub(super) fn write_summary(file: &File, table: &Table) -> Result<()> {
    let group = create_group(file, SUMMARY)?;
    put_text_attribute(&group, "description", "one element per run, which `run` names")?;
    let mut scale = None;
    for column in table.columns() {
        let dataset = put_column(&group, column)?;
        if !column.units.is_empty() {
            put_text_attribute(&dataset, "units", column.units)?;
        }
        match &mut scale {
            None if column.name == RUN => scale = Some(make_scale(dataset, RUN)?),
            None => {}
            Some(scale) => Scale::attach(&mut [scale], &group, &column.name)?,
        }
    }
    scale.map_or(Ok(()), Scale::finish)
}

/// Whole numbers with gaps become real ones, since readers know no other sign for a gap than NaN.
fn put_column(group: &Group, column: &Column) -> Result<Dataset> {
    let shape = [column.values.len()];
    let name = &column.name;
    match &column.values {
        Values::Text(cells) => put_texts(group, name, &shape, cells),
        Values::Real(cells) => put_array(group, name, &shape, &with_nan(cells, |v| v)),
        Values::Count(cells) => match cells.iter().copied().collect::<Option<Vec<u64>>>() {
            Some(whole) => put_array(group, name, &shape, &whole),
            None => put_array(group, name, &shape, &with_nan(cells, |v| v as f64)),
        },
    }
}

fn with_nan<T: Copy>(cells: &[Option<T>], real: impl Fn(T) -> f64) -> Vec<f64> {
    cells.iter().map(|cell| cell.map_or(f64::NAN, &real)).collect()
}
