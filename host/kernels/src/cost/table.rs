//! The table as a value and as text.

use super::curve::Curve;
use super::grid::{Grid, Measured};
use super::machine::Machine;
use super::weighted::WeightedCost;
use crate::conv::ConvCost;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// Version of the layout of a table.
pub const VERSION: u32 = 3;
/// The oldest that can be read.
const FIRST: u32 = 1;
/// The first whose products were measured at four densities, and not at three.
const FOUR_DENSITIES: u32 = 3;

static BUILTIN: LazyLock<CostTable> = LazyLock::new(|| {
    CostTable::from_json(include_str!("builtin.json"))
        .expect("the table in this crate is valid, a test reads it")
});

/// Measured costs of products, see the [module](super).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct CostTable {
    /// Version of the layout.
    pub(super) version: u32,
    /// What it was measured on.
    pub(super) machine: Machine,
    /// Products `[rows, cols] × [cols, out]`, the table in panels.
    pub(super) forward: Grid,
    /// Weight gradients `[out, cols]`.
    pub(super) gradient: Grid,
    /// Weight gradients added to weights in panels.
    pub(super) update: Grid,
    /// Packing a row-major table `[cols, out]` into panels.
    pub(super) packing: Curve,
    /// Packing a table that is `[out, cols]`.
    pub(super) turning: Curve,
    /// Products with operands that are not binary.
    pub(super) weighted: WeightedCost,
    /// Convolutions.
    pub(super) conv: ConvCost,
}

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError(String);

/// A table as read, not yet known to be usable.
#[derive(Deserialize)]
struct Unchecked {
    version: u32,
    machine: Machine,
    forward: Measured,
    gradient: Measured,
    update: Measured,
    packing: Curve,
    turning: Curve,
    /// Absent in the first version.
    weighted: Option<WeightedCost>,
    conv: ConvCost,
}

impl CostTable {
    /// The table of this program: measured on a server with AVX2, and the same everywhere.
    pub fn builtin() -> CostTable {
        BUILTIN.clone()
    }

    /// Whether this is [`CostTable::builtin`].
    pub fn is_builtin(&self) -> bool {
        *self == *BUILTIN
    }

    /// Costs of convolutions.
    pub fn conv(&self) -> &ConvCost {
        &self.conv
    }

    /// What it was measured on.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Reads what [`CostTable::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is no JSON or of another version, or when a number is missing or makes no sense.
    pub fn from_json(text: &str) -> Result<CostTable, TableError> {
        #[derive(Deserialize)]
        struct Header {
            version: u32,
        }
        let header: Header =
            serde_json::from_str(text).map_err(|e| TableError(format!("it is no cost table: {e}")))?;
        check_version(header.version)?;
        serde_json::from_str(text).map_err(|e| TableError(format!("the cost table is damaged: {e}")))
    }

    /// As JSON, the costs of a shape in one line.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        // Only lists of lists and objects hold these: strings are names of processors and versions.
        for (from, to) in [
            ("],[", "],\n["),
            ("[[", "[\n["),
            ("]]", "]\n]"),
            ("},\"", "},\n\""),
            (":{", ": {"),
        ] {
            text = text.replace(from, to);
        }
        text + "\n"
    }
}

impl TryFrom<Unchecked> for CostTable {
    type Error = TableError;

    fn try_from(table: Unchecked) -> Result<Self, TableError> {
        check_version(table.version)?;
        let version = table.version;
        let grid = |name: &str, measured: Measured| {
            let grid = measured
                .grid(version < FOUR_DENSITIES)
                .and_then(|grid| match grid.fault() {
                    Some(fault) => Err(fault),
                    None => Ok(grid),
                });
            grid.map_err(|fault| TableError(format!("`{name}`: {fault}")))
        };
        let forward = grid("forward", table.forward)?;
        let gradient = grid("gradient", table.gradient)?;
        let update = grid("update", table.update)?;
        let curves = [("packing", &table.packing), ("turning", &table.turning)];
        for (name, curve) in curves {
            if let Some(fault) = curve.fault() {
                return Err(TableError(format!("`{name}`: {fault}")));
            }
        }
        let weighted = match (table.weighted, table.version) {
            (Some(weighted), _) => weighted,
            (None, FIRST) => WeightedCost::FIRST,
            (None, _) => return Err(TableError("`weighted` is missing".to_owned())),
        };
        if let Some(fault) = weighted.fault() {
            return Err(TableError(format!("`weighted`: {fault}")));
        }
        if let Some(fault) = table.conv.fault() {
            return Err(TableError(format!("`conv`: {fault}")));
        }
        Ok(CostTable {
            version: VERSION,
            machine: table.machine,
            forward,
            gradient,
            update,
            packing: table.packing,
            turning: table.turning,
            weighted,
            conv: table.conv,
        })
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TableError {}

fn check_version(version: u32) -> Result<(), TableError> {
    if (FIRST..=VERSION).contains(&version) {
        return Ok(());
    }
    Err(TableError(format!(
        "the cost table has version {version}, this program reads versions {FIRST} to {VERSION}"
    )))
}

#[cfg(test)]
mod tests {
    use super::CostTable;

    #[test]
    fn text_and_back() {
        let table = CostTable::builtin();
        assert!(table.is_builtin());
        let text = table.to_json();
        assert_eq!(CostTable::from_json(&text), Ok(table.clone()));
        let compact = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<CostTable>(&compact).unwrap(), table);
        let lines = text.lines().count();
        assert!(lines > table.forward.cells.len(), "{lines} lines");
    }

    #[test]
    fn another_version_is_named() {
        let text = CostTable::builtin()
            .to_json()
            .replacen("\"version\":3", "\"version\":7", 1);
        let error = CostTable::from_json(&text).unwrap_err().to_string();
        assert!(error.contains("version 7") && error.contains("1 to 3"), "{error}");
        // Whatever else another version holds.
        let error = CostTable::from_json(r#"{"version": 4}"#).unwrap_err().to_string();
        assert!(error.contains("version 4"), "{error}");
    }

    /// Specifications of runs hold the table they were made with.
    #[test]
    fn older_versions_are_read() {
        let mut older = serde_json::to_value(CostTable::builtin()).unwrap();
        older["version"] = 2.into();
        let error = CostTable::from_json(&older.to_string()).unwrap_err().to_string();
        assert!(
            error.contains("`forward`: a cell has 5 figures instead of 4"),
            "{error}"
        );
        for grid in ["forward", "gradient", "update"] {
            for cell in older[grid]["cells"].as_array_mut().unwrap() {
                *cell = serde_json::json!([100.0, 10.0, 20.0, 80.0]);
            }
        }
        let read = CostTable::from_json(&older.to_string()).unwrap();
        let times = read.times(crate::cost::Form::Forward, 4, 256, 10);
        for (events, wanted) in [(205, 20.0), (410, 40.0), (614, 60.0), (819, 80.0), (1024, 100.0)] {
            let found = times.events(events);
            assert!((found - wanted).abs() < 0.2, "{events}: {found}");
        }
        older.as_object_mut().unwrap().remove("weighted");
        let error = CostTable::from_json(&older.to_string()).unwrap_err().to_string();
        assert!(error.contains("weighted"), "{error}");
        older["version"] = 1.into();
        let first = CostTable::from_json(&older.to_string()).unwrap();
        assert_eq!(first.forward, read.forward);
        let mut damaged = serde_json::to_value(&first).unwrap();
        damaged["update"]["cells"][3] = serde_json::json!([1.0, 2.0]);
        let error = CostTable::from_json(&damaged.to_string())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`update`: a cell has 2 figures instead of 5"),
            "{error}"
        );
    }

    #[test]
    fn damage_is_refused() {
        let text = CostTable::builtin().to_json();
        for damaged in [
            "",
            "[]",
            "{}",
            &text[..text.len() / 2],
            &text.replacen("\"rows\":[1,", "\"rows\":[0,", 1),
            &text.replacen("\"rows\":[1,", "\"rows\":[1,2,", 1),
            &text.replacen("\"elements\":[", "\"elements\":[1,", 1),
            &text.replacen("\"ns_per_entry\":", "\"ns_per_entry\":-", 1),
        ] {
            assert!(CostTable::from_json(damaged).is_err(), "{damaged}");
        }
    }
}
