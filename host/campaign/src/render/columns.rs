//! Aligned columns of text.

/// Rows as lines of aligned columns, indented by two; the last column is not padded.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| {
        rows.iter()
            .filter_map(|r| r.get(i))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..count).map(|i| width(i).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("  {cell:<width$}"));
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns() {
        let rows = [
            vec!["a".to_owned(), "bcd".to_owned()],
            vec!["efg".to_owned(), "h".to_owned()],
        ];
        assert_eq!(columns(&rows), "  a    bcd\n  efg  h\n");
        assert_eq!(columns(&[]), "");
    }
}
