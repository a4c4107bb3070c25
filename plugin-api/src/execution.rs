//! The `execution` parameter of rules that can be computed in more than one exact way.

use crate::{Config, Error, ParamSchema, Result};

/// How a rule goes through a sequence. All ways are exact; they differ in memory, time and rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// Whatever is cheapest within the memory that the rule promises.
    Auto,
    /// Keeps the sequence: products over all steps at once, memory linear in T.
    Sequence,
    /// Step by step: keeps traces only, memory constant in T.
    Online,
}

impl ParamSchema {
    /// `execution`: `auto`, `sequence` or `online`; see [`Execution`]. Read it with [`Config::execution`].
    pub fn execution() -> Self {
        Self::choice(
            "execution",
            "auto",
            &["auto", "sequence", "online"],
            "exact alternatives; sequence: all steps at once, memory linear in T; online: step by step with traces, memory \
             constant in T; auto: the cheaper one within the memory that the rule promises",
        )
    }
}

impl Config {
    /// The value of [`ParamSchema::execution`]; `auto` where the schema has no such parameter.
    pub fn execution(&self) -> Result<Execution> {
        match self.get("execution") {
            None => Ok(Execution::Auto),
            Some(_) => match self.text("execution")? {
                "auto" => Ok(Execution::Auto),
                "sequence" => Ok(Execution::Sequence),
                "online" => Ok(Execution::Online),
                other => Err(Error::new("bad-config", format!("`execution` is `{other}`"))
                    .with_hint("one of auto, sequence, online")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Execution;
    use crate::{Config, ParamSchema};

    #[test]
    fn the_three_ways_are_read() {
        let schema = [ParamSchema::execution()];
        let mut config = Config::defaults(&schema);
        assert_eq!(config.execution(), Ok(Execution::Auto));
        config.set("execution", "online");
        assert_eq!(config.execution(), Ok(Execution::Online));
        config.set("execution", "sequence");
        assert_eq!(config.execution(), Ok(Execution::Sequence));
        assert!(schema[0].check(&"batched".into()).is_err());
        assert_eq!(Config::default().execution(), Ok(Execution::Auto));
    }
}
