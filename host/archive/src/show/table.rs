//! Plain tables.

/// Rows under a head, columns two spaces apart; the first column to the left, the others to the right.
pub(super) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let columns = head.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column)).chain(head.get(column));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &[String]| {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    std::iter::once(line(head))
        .chain(rows.iter().map(|r| line(r)))
        .collect()
}

/// Lines `name  value`, empty values left out; further lines of a value stand under its first.
pub(super) fn list(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let shown = rows.iter().filter(|(_, value)| !value.is_empty());
    let indent = format!("\n{}", " ".repeat(width + 4));
    shown
        .map(|(name, value)| format!("  {name:<width$}  {}\n", value.replace('\n', &indent)))
        .collect()
}

/// A size in bytes for the eye.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1000), "1.0 kB");
        assert_eq!(size(999_960), "1.0 MB");
        assert_eq!(size(813_056), "813.1 kB");
        assert_eq!(size(u64::MAX), "18446744.1 TB");
    }

    #[test]
    fn columns_are_aligned() {
        let head = ["name".to_owned(), "x".to_owned()];
        let rows = [
            vec!["a".to_owned(), "10".to_owned()],
            vec!["long name".to_owned(), "1".to_owned()],
        ];
        assert_eq!(
            table(&head, &rows),
            "  name        x\n  a          10\n  long name   1\n"
        );
    }
}
