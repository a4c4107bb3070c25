//! What `neurotrain taxonomy` can be asked.

use crate::cli::SearchArgs;
use clap::{Args, ValueEnum};

/// Prints where each rule stands among learning rules, and which of its claims hold when it is measured.
///
/// The claims are those of the rules' manifests. Each rule is then trained for a few steps on small random problems, in a
/// process of its own, on every installed network it supports. A claim is verified (+), contradicted (!) or not observable (?).
#[derive(Debug, Args)]
#[command(after_help = "How it is measured:
  temporal locality   whether the rule sweeps backwards through time, and whether its state grows with the number of steps
  spatial locality    whether it asks the host for gradients with respect to the input of a layer; whether the update of a
                      layer changes when membranes or weights above it change and all spikes stay the same
  weight transport    whether the update of a layer changes when the weights of two identical neurons in the layer above
                      are exchanged, which changes nothing forwards
  projection          whether labels, and the activity of the readout, reach the hidden layers
  memory              largest neuron state, rule state and activations over 5, 20 and 80 steps; the input is left out
Memory that a plugin allocates without the host, and gradients that it computes without it, are not metered; the
exchange of weights sees the latter.

Exit status: 0 when nothing is contradicted, 1 otherwise.

Examples:
  neurotrain taxonomy
  neurotrain taxonomy ottt eprop --verbose
  neurotrain taxonomy --format markdown --no-measure")]
pub struct TaxonomyArgs {
    /// Rules; all installed ones unless given
    #[arg(value_name = "RULE")]
    pub rules: Vec<String>,
    /// Print the claims alone
    #[arg(long)]
    pub no_measure: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Print what was measured, too
    #[arg(long, short)]
    pub verbose: bool,
    /// Where plugins are
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Forms of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Table,
    /// For a document
    Markdown,
    /// One line per rule, one column per claim and one per verdict
    Csv,
    /// Everything, with all figures
    Json,
}
