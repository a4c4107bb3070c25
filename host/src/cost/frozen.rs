//! A cost table as a run keeps it.

use neurotrain_archive::CostTableProvenance;
use neurotrain_kernels::cost::{CostTable, Machine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a digest that are shown and enter ids.
const DIGEST: usize = 6;

/// A table that no longer changes, and where it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FrozenTable {
    /// `auto`, `builtin` or the name of a file.
    pub(crate) origin: String,
    /// The numbers themselves.
    pub(crate) table: CostTable,
}

impl FrozenTable {
    /// The table of the program.
    pub(crate) fn builtin() -> Self {
        FrozenTable {
            origin: "builtin".to_owned(),
            table: CostTable::builtin(),
        }
    }

    /// What tells it from other tables.
    pub(crate) fn digest(&self) -> String {
        digest(&self.table)
    }

    /// As an archive keeps it.
    pub(crate) fn provenance(&self) -> CostTableProvenance {
        CostTableProvenance {
            origin: self.origin.clone(),
            machine: described(self.table.machine()),
            digest: self.digest(),
            json: self.table.to_json(),
        }
    }

    /// From an archive.
    pub(crate) fn archived(kept: &CostTableProvenance) -> Result<Self, neurotrain_kernels::cost::TableError> {
        Ok(FrozenTable {
            origin: kept.origin.clone(),
            table: CostTable::from_json(&kept.json)?,
        })
    }
}

/// First digits of the SHA-256 of a table.
pub(crate) fn digest(table: &CostTable) -> String {
    Sha256::digest(table.to_json())
        .iter()
        .take(DIGEST)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A machine in words.
pub(crate) fn described(machine: &Machine) -> String {
    format!(
        "{} ({}), neurotrain {}",
        machine.cpu, machine.instructions, machine.version
    )
}

#[cfg(test)]
mod tests {
    use super::FrozenTable;

    #[test]
    fn archived_and_back() {
        let table = FrozenTable::builtin();
        let kept = table.provenance();
        assert_eq!(kept.digest.len(), 12);
        assert_eq!(FrozenTable::archived(&kept), Ok(table));
    }
}
