//! Lines of keys in TOML.

use crate::document::locate::Locations;
use toml_edit::{ImDocument, Item, Key, TableLike, Value};

pub(crate) fn locate(text: &str) -> Locations {
    let mut found = Vec::new();
    if let Ok(document) = ImDocument::parse(text) {
        table(document.as_table(), &[], 0, &mut found);
    }
    // In the order of the text, which tables written apart do not follow.
    found.sort_by_key(|(offset, _)| *offset);
    let mut locations = Locations::default();
    for (offset, path) in found {
        locations.add(
            path,
            1 + text
                .get(..offset)
                .map_or(0, |before| before.matches('\n').count()),
        );
    }
    locations
}

type Found = Vec<(usize, Vec<String>)>;

fn table(table: &dyn TableLike, above: &[String], offset: usize, found: &mut Found) {
    for (name, item) in table.iter() {
        let key_start = table.key(name).and_then(Key::span).map(|span| span.start);
        let start = key_start
            .or_else(|| item.span().map(|span| span.start))
            .unwrap_or(offset);
        let path = joined(above, name);
        found.push((start, path.clone()));
        match item {
            Item::Value(value) => inside(value, &path, start, found),
            Item::ArrayOfTables(tables) => {
                for (i, element) in tables.iter().enumerate() {
                    let path = joined(&path, &i.to_string());
                    let start = element.span().map_or(start, |span| span.start);
                    found.push((start, path.clone()));
                    self::table(element, &path, start, found);
                }
            }
            other => {
                if let Some(inner) = other.as_table_like() {
                    self::table(inner, &path, start, found);
                }
            }
        }
    }
}

fn inside(value: &Value, path: &[String], offset: usize, found: &mut Found) {
    if let Some(list) = value.as_array() {
        for (i, element) in list.iter().enumerate() {
            let path = joined(path, &i.to_string());
            let start = element.span().map_or(offset, |span| span.start);
            found.push((start, path.clone()));
            inside(element, &path, start, found);
        }
    } else if let Some(inner) = value.as_inline_table() {
        table(inner, path, offset, found);
    }
}

fn joined(above: &[String], name: &str) -> Vec<String> {
    above.iter().cloned().chain([name.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines() {
        let text = "a = 1\nlist = [\"x\",\n \"y\"]\n\n[t.bptt]\nlr = 0.1\nin = { x = 1 }\n\n[[runs]]\nname = \"r\"\n";
        let found = locate(text);
        let line = |path: &str| found.line(&path.split('.').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(line("a"), Some(1));
        assert_eq!(line("list.1"), Some(3));
        assert_eq!(line("t.bptt.lr"), Some(6));
        assert_eq!(line("t.bptt.in.x"), Some(7));
        assert_eq!(line("runs.0.name"), Some(10));
    }
}
