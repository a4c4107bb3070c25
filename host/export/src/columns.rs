//! Parquet: columns as pandas, polars, DuckDB and R read them.

use neurotrain_archive::{Column, Table, Values};
use neurotrain_plugin_api::{Error, Result};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::sync::Arc;

/// The table as a Parquet file of one row group: texts as UTF-8, counts as unsigned 64-bit integers, the rest as doubles;
/// a cell without a value is null, NaN stays NaN.
///
/// # Errors
/// `archive-invalid` where the table cannot be said in Parquet.
pub fn parquet(table: &Table) -> Result<Vec<u8>> {
    write(table).map_err(|e| {
        Error::new(
            "archive-invalid",
            format!("the table cannot be written as Parquet: {e}"),
        )
    })
}

fn write(table: &Table) -> std::result::Result<Vec<u8>, ParquetError> {
    let fields = table.columns().iter().map(|column| field(column).map(Arc::new));
    let schema = Type::group_type_builder("runs")
        .with_fields(fields.collect::<std::result::Result<_, _>>()?)
        .build()?;
    let properties = WriterProperties::builder()
        .set_created_by(format!("neurotrain {}", env!("CARGO_PKG_VERSION")))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for column in table.columns() {
        let Some(mut cells) = group.next_column()? else {
            return Err(ParquetError::General(format!(
                "no place for column `{}`",
                column.name
            )));
        };
        put(&mut cells, &column.values)?;
        cells.close()?;
    }
    group.close()?;
    writer.into_inner()
}

fn field(column: &Column) -> std::result::Result<Type, ParquetError> {
    let (physical, logical) = match column.values {
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Count(_) => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Values::Real(_) => (Physical::DOUBLE, None),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

fn put(cells: &mut SerializedColumnWriter<'_>, values: &Values) -> std::result::Result<(), ParquetError> {
    match values {
        Values::Text(values) => {
            let texts: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(text.as_str())).collect();
            let present = vec![1; texts.len()];
            cells
                .typed::<ByteArrayType>()
                .write_batch(&texts, Some(&present), None)?;
        }
        Values::Count(values) => {
            // Unsigned numbers are stored as the signed ones with the same bits.
            let (numbers, present) = dense(values, |value| value as i64);
            cells
                .typed::<Int64Type>()
                .write_batch(&numbers, Some(&present), None)?;
        }
        Values::Real(values) => {
            let (numbers, present) = dense(values, |value| value);
            cells
                .typed::<DoubleType>()
                .write_batch(&numbers, Some(&present), None)?;
        }
    }
    Ok(())
}

/// The values that are there, and for each cell whether it has one.
fn dense<T: Copy, U>(cells: &[Option<T>], convert: impl Fn(T) -> U) -> (Vec<U>, Vec<i16>) {
    let values = cells.iter().flatten().map(|value| convert(*value)).collect();
    (
        values,
        cells.iter().map(|cell| i16::from(cell.is_some())).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn a_reader_gets_every_cell_back() {
        let column = |name: &str, values| Column {
            name: name.to_owned(),
            units: "",
            values,
        };
        let table = Table::new(vec![
            column("run", Values::Text(vec!["µ".to_owned(), String::new()])),
            column("seed", Values::Count(vec![Some(u64::MAX), None])),
            column("rule.error", Values::Real(vec![None, Some(0.1 + 0.2)])),
        ])
        .unwrap();
        let bytes = parquet(&table).unwrap();
        assert_eq!(
            bytes,
            parquet(&table).unwrap(),
            "the same table gives the same bytes"
        );
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let rows: Vec<Vec<Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                row.unwrap()
                    .get_column_iter()
                    .map(|(_, field)| field.clone())
                    .collect()
            })
            .collect();
        assert_eq!(
            rows,
            [
                [Field::Str("µ".to_owned()), Field::ULong(u64::MAX), Field::Null],
                [Field::Str(String::new()), Field::Null, Field::Double(0.1 + 0.2)],
            ]
        );
    }

    #[test]
    fn an_empty_table_is_a_file() {
        let table = Table::new(vec![Column {
            name: "run".to_owned(),
            units: "",
            values: Values::Text(Vec::new()),
        }])
        .unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(parquet(&table).unwrap())).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    }
}
