//! What `neurotrain bench` can be asked.

use super::shape;
use crate::cli::SearchArgs;
use clap::{Args, Subcommand};

/// How the roofline estimate comes about, for the help of the commands that print it.
const ROOFLINE: &str = "\
The bound beside each figure is a roofline estimate: what the counted work of this very step would take at the rates \
that `bench machine` measures first, with as many threads. It is the sum of
  synapses    per product, the lesser of: effective operations at the rate of adding rows of a table (by the cache level \
that holds a panel of 32 columns: in running the network of the largest weights, in learning of the gradient of 512 rows, or of \
one sample's map), since every row has to be fetched for a single operation on each of its elements; \
or all dense multiply-accumulates at the rate of the dense product
  neurons     8 bytes per neuron and time step (its current read, its membrane written), in training twice that, at the \
bandwidth of the cache level that holds the whole sequence
  parameters  in training what updates read and write, once per update that the rule makes (with Adam 28 bytes per \
parameter: weight and moments read and written, gradient read), at the bandwidth of the level that holds the parameters \
and what the rule keeps between batches
`of bound` is bound / measured: 100 % would be a step that does nothing else. Spikes that repeat from step to step \
are counted at every step but not added at every step, so that their products may beat the bound. Loading and coding are not part \
of a step.";

const TRAIN_EXAMPLES: &str = "Examples:
  neurotrain bench train --rules bptt,ottt --models fc_snn --shape mnist --threads 2
  neurotrain bench train --rules bptt --models r_snn --shape shd --steps 25,100 --json
  neurotrain bench train --rules stsf --input 784 --hidden 800 --classes 10 --density 0.01,0.1,0.5 --set lr=0.01
  neurotrain bench train --rules bptt --dataset MNIST --data-dir data";

/// Arguments of `neurotrain bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What is measured
    #[command(subcommand)]
    pub command: BenchCommand,
}

/// The measurements.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// What this machine can do: dense products, memory, sums of table rows, membrane updates
    Machine(MachineArgs),
    /// Training steps: time, state, synaptic operations, and how far from the machine's limits
    #[command(after_long_help = format!("{ROOFLINE}\n\n{TRAIN_EXAMPLES}"), after_help = TRAIN_EXAMPLES)]
    Train(StepArgs),
    /// The same for evaluation: class scores of a batch, without learning
    #[command(after_long_help = ROOFLINE)]
    Evaluate(StepArgs),
    /// Loading: batches of a data set, read, shuffled and coded
    Load(LoadArgs),
    /// What the plugin boundary costs: per operation, and as a share of a training step
    Boundary(BoundaryArgs),
    /// What products cost on this machine, dense and event by event: the table that chooses between them
    Calibrate(super::calibrate::CalibrateArgs),
}

/// Arguments of `neurotrain bench machine`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  neurotrain bench machine --threads 1,2 --json")]
pub struct MachineArgs {
    /// Numbers of threads [default: 1, 2, 4, … up to all cores]
    #[arg(long, value_delimiter = ',', value_name = "N", value_parser = positive)]
    pub threads: Vec<usize>,
    /// As JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `neurotrain bench train` and `evaluate`: every combination is measured.
#[derive(Debug, Args)]
pub struct StepArgs {
    /// Learning rules [default: all that are installed]
    #[arg(long, value_delimiter = ',', value_name = "KEY")]
    pub rules: Vec<String>,
    /// Network families [default: all that are installed]
    #[arg(long, value_delimiter = ',', value_name = "KEY")]
    pub models: Vec<String>,
    /// Shapes of known data sets, with synthetic spikes as input [default: mnist]
    #[arg(long, value_delimiter = ',', value_name = "NAME", value_parser = shape::names())]
    pub shape: Vec<String>,
    /// Shape of a sample at one step, instead of a known one: `784` or `1x28x28`
    #[arg(long, conflicts_with_all = ["shape", "dataset"], value_name = "SHAPE", value_parser = shape::parse_input)]
    pub input: Option<shape::InputShape>,
    /// Neurons of each hidden layer, for networks that have such a parameter [default: the network's own]
    #[arg(long, value_delimiter = ',', value_name = "N", value_parser = positive)]
    pub hidden: Vec<usize>,
    /// Number of classes [default: that of the shape, else 10]
    #[arg(long, conflicts_with = "dataset", value_name = "N", value_parser = positive)]
    pub classes: Option<usize>,
    /// Numbers of time steps [default: that of the shape or data set, else 10]
    #[arg(long, value_delimiter = ',', value_name = "T", value_parser = positive)]
    pub steps: Vec<usize>,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "256", value_parser = positive)]
    pub batch: Vec<usize>,
    /// Shares of ones in the synthetic input [default: that of the shape, else 0.13]
    #[arg(long, conflicts_with = "dataset", value_delimiter = ',', value_name = "SHARE", value_parser = shape::parse_density)]
    pub density: Vec<f64>,
    /// Real input instead: the first training batch of a data set
    #[arg(long, conflicts_with = "shape", value_name = "KEY")]
    pub dataset: Option<String>,
    /// Set a parameter of the rule (`lr=0.01`), or of `model.` or `dataset.`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// Seconds of measuring per case, after two steps of warming up
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    pub seconds: f64,
    /// Leave the machine unmeasured, and the bound out
    #[arg(long)]
    pub no_roofline: bool,
    /// As JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Where plugins and data are looked for
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Arguments of `neurotrain bench load`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --data-dir, data that are bundled with the plugin are used where there are any.\n\nExample:\n  neurotrain bench load --dataset MNIST --steps 10,25 --threads 2"
)]
pub struct LoadArgs {
    /// Data set
    #[arg(long, value_name = "KEY", default_value = "MNIST")]
    pub dataset: String,
    /// Numbers of time steps [default: the data set's]
    #[arg(long, value_delimiter = ',', value_name = "T", value_parser = positive)]
    pub steps: Vec<usize>,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "256", value_parser = positive)]
    pub batch: Vec<usize>,
    /// Set a parameter of the data set, for instance `coding=direct`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// Seconds of measuring per case
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    pub seconds: f64,
    /// As JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Where plugins and data are looked for
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Arguments of `neurotrain bench boundary`.
#[derive(Debug, Args)]
#[command(
    after_help = "Network 784-256-10, T = 10, synthetic binary input of density 0.13.\n\nExample:\n  neurotrain bench boundary --rules bptt,ottt --json"
)]
pub struct BoundaryArgs {
    /// Rules whose training step is measured
    #[arg(long, value_delimiter = ',', default_value = "bptt,ottt,eprop,stsf")]
    pub rules: Vec<String>,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', default_value = "256,1", value_parser = positive)]
    pub batch: Vec<usize>,
    /// Threads
    #[arg(long, default_value_t = 1, value_parser = positive)]
    pub threads: usize,
    /// As JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Where plugins are looked for
    #[command(flatten)]
    pub search: SearchArgs,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(n) => Ok(n),
        Err(e) => Err(format!("{e}")),
    }
}
