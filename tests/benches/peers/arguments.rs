//! The command line.

use neurotrain_tests::workspace_root;
use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
usage: cargo bench --workspace --bench peers -- [OPTIONS]

  --only WORD,WORD   measure the cases that have all of these words (bptt, fc_snn, shd, snntorch, …)
  --json FILE        also write everything that was measured to FILE
  --threads N        threads of both sides [default: 2]
  --rounds N         how often both sides are measured, in turns [default: 2]
  --seconds S        seconds of measuring per case, side and round [default: 10]

  NEUROTRAIN_PEERS_PYTHON  Python interpreter that has the peers installed
  NEUROTRAIN_REFERENCE     checkout of NeuroTrain, the Python benchmark

Relative paths start at the root of the workspace.";

/// What was asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    Measure(Arguments),
    Help,
}

/// How to measure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) only: Vec<String>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) python: Option<PathBuf>,
    pub(crate) reference: Option<PathBuf>,
}

impl Arguments {
    /// Reads `words`, and the two paths from the environment.
    pub(crate) fn parse(
        words: impl Iterator<Item = String>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Request, String> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let mut args = Arguments {
            only: Vec::new(),
            json: None,
            threads: 2,
            rounds: 2,
            seconds: 10.0,
            python: set("NEUROTRAIN_PEERS_PYTHON").map(program),
            reference: set("NEUROTRAIN_REFERENCE").map(below_root),
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` wants a value"));
            match word.as_str() {
                // Cargo says so to every benchmark.
                "--bench" => {}
                "--help" | "-h" => return Ok(Request::Help),
                "--only" => args.only.extend(value()?.split(',').map(str::to_owned)),
                "--json" => args.json = Some(below_root(value()?.into())),
                "--threads" => args.threads = positive(&word, &value()?)?,
                "--rounds" => args.rounds = positive(&word, &value()?)?,
                "--seconds" => {
                    let text = value()?;
                    args.seconds = text
                        .parse()
                        .ok()
                        .filter(|s| (0.0..1e6).contains(s))
                        .ok_or_else(|| format!("`--seconds {text}` is no number of seconds"))?;
                }
                other => return Err(format!("`{other}` is not known")),
            }
        }
        Ok(Request::Measure(args))
    }
}

/// A path as seen from the root of the workspace, because cargo starts benchmarks elsewhere.
fn below_root(path: OsString) -> PathBuf {
    workspace_root().join(path)
}

/// The same; a bare name is a program that the system finds.
fn program(path: OsString) -> PathBuf {
    if PathBuf::from(&path).components().count() > 1 {
        below_root(path)
    } else {
        path.into()
    }
}

fn positive(word: &str, text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| format!("`{word} {text}` must be at least 1"))
}
