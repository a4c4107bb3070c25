//! The `compat` parameter that every rule of the benchmark shares.

use crate::{Config, ParamSchema, Result};

impl ParamSchema {
    /// `compat`: `recommended` follows the paper, with the reference implementation's known defects repaired;
    /// `neurotrain` reproduces NeuroTrain (arXiv:2605.15058) including them.
    pub fn compat() -> Self {
        Self::choice(
            "compat",
            "recommended",
            &["recommended", "neurotrain"],
            "recommended: as published, defects of the reference repaired; neurotrain: as NeuroTrain computes it",
        )
    }

    /// A single difference between the two readings of [`compat`](ParamSchema::compat): null follows `compat`
    /// (true under `neurotrain`), true or false decides alone. Read it with [`Config::switch`].
    pub fn switch(name: &str, help: &str) -> Self {
        Self::bool(name, false, &format!("{help}; null: as `compat` says")).nullable()
    }
}

impl Config {
    /// Whether `compat` is `neurotrain`; false where the schema has no such parameter.
    pub fn neurotrain(&self) -> Result<bool> {
        match self.get("compat") {
            None => Ok(false),
            Some(_) => Ok(self.text("compat")? == "neurotrain"),
        }
    }

    /// The value of a [`switch`](ParamSchema::switch).
    pub fn switch(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            None => self.neurotrain(),
            Some(_) => self.bool(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, ParamSchema};

    #[test]
    fn a_switch_follows_compat_unless_it_is_set() {
        let schema = [
            ParamSchema::compat(),
            ParamSchema::switch("lambda_half", "trace decay 0.5"),
        ];
        let mut config = Config::defaults(&schema);
        assert_eq!(config.switch("lambda_half"), Ok(false));
        config.set("compat", "neurotrain");
        assert_eq!(config.switch("lambda_half"), Ok(true));
        config.set("lambda_half", false);
        assert_eq!(config.switch("lambda_half"), Ok(false));
        config.set("compat", "recommended");
        config.set("lambda_half", true);
        assert_eq!(config.switch("lambda_half"), Ok(true));
        assert!(schema[1].check(&serde_json::Value::Null).is_ok());
        assert!(schema[0].check(&serde_json::json!("snntorch")).is_err());
    }
}
