//! What `neurotrain golden` can be asked.

use crate::cli::SearchArgs;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;

/// Replays recorded numeric traces through the plugins as loaded.
///
/// Every pair of `NAME.json` and `NAME.safetensors` in the folder is one case. Hyper-parameters, shapes and
/// flags come from the side-car alone; trainers are run with `compat: neurotrain` where they have it. Cases of
/// trainers or models that are not installed are skipped. With `--set`, cases of trainers that have none of the keys, and
/// cases whose trainer refuses the network with these values, are skipped, too.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 when no case failed, 1 otherwise.\n\nExamples:\n  neurotrain golden tests/golden --only bptt__fc_snn\n  neurotrain golden tests/golden --set execution=online"
)]
pub struct GoldenArgs {
    /// Folder with the cases.
    pub folder: PathBuf,
    /// Only cases whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Show every comparison, not only the worst per tensor.
    #[arg(long, short)]
    pub verbose: bool,
    /// Compute in double precision.
    #[arg(long)]
    pub double: bool,
    /// Hand binary input over densely, so that the dense products are exercised.
    #[arg(long)]
    pub dense: bool,
    /// A value of the trainers' configuration, on top of the side-car's: JSON, or else text. May be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub set: Vec<(String, Value)>,
    /// Where plugins are looked for.
    #[command(flatten)]
    pub search: SearchArgs,
}

fn assignment(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or("not of the form KEY=VALUE, for instance execution=online")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::assignment;
    use serde_json::json;

    #[test]
    fn values_are_json_or_text() {
        let read = |text: &str| assignment(text).expect("an assignment");
        assert_eq!(read("execution=online"), ("execution".into(), json!("online")));
        assert_eq!(read("lr=0.5"), ("lr".into(), json!(0.5)));
        assert_eq!(read("a="), ("a".into(), json!("")));
        assert!(assignment("execution").is_err() && assignment("=online").is_err());
    }
}
