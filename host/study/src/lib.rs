//! Hyper-parameter studies as journal files that Optuna reads and writes too.
//!
//! A study is one file of JSON lines. Many processes may work on it at once, any of them may be killed at any time, and
//! `optuna.load_study(storage=JournalStorage(JournalFileBackend(path)))` or the Optuna dashboard may look on.
//!
//! | module | what it is for |
//! |---|---|
//! | `study`, `view` | a study to work on; a look at a file |
//! | `settings`, `distribution`, `space`, `trial` | what a study is made of |
//! | `sampler` | TPE (crate `tpe`), CMA-ES (crate `optimizer`), random, grid |
//! | `pruner` | median, threshold, successive halving, Hyperband |
//! | `record`, `replay` | the lines of a journal, and what they amount to |
//! | `journal`, `lock`, `owner` | appending to a file that others append to |
//! | `options` | `tpe`, or `{name: tpe, n_startup_trials: 10}` |
//!
//! # Invariants
//!
//! 1. What a trial tries is a pure function of the seed, its number, the space, the sampler and the set of finished
//!    trials. Samplers are made anew for every suggestion and take no randomness from a clock. (A grid also counts
//!    which earlier trials were enqueued by hand.)
//! 2. A change is on the disk before a method returns. A journal cut after any byte is a study: what follows the last
//!    line end is removed by the next writer.
//! 3. Lines are appended only under Optuna's lock, the symbolic link `FILE.lock`. A lock is taken away when nothing has
//!    changed for 30 s, or at once when the process that its target names has ended on this boot of this machine.
//! 4. Complete lines are never removed. What is in memory is what was read from the file, also after an error.
//! 5. Told twice is told once; told otherwise is an error. A decision to prune is logged and stands.
//!
//! # Sources
//!
//! - Optuna: Akiba et al., KDD 2019.
//! - TPE: Bergstra et al., Algorithms for hyper-parameter optimization, NeurIPS 2011.
//! - CMA-ES: Hansen, The CMA evolution strategy: a tutorial, 2016 (arXiv:1604.00772).
//! - Hyperband: Li et al., JMLR 18, 2018. ASHA: Li et al., MLSys 2020.
//! - ChaCha: Bernstein, 2008.

mod distribution;
mod journal;
mod lock;
mod options;
mod owner;
mod pruner;
mod record;
mod replay;
mod sampler;
mod settings;
mod space;
mod stream;
mod study;
mod trial;
mod view;

pub use distribution::Distribution;
pub use pruner::Pruner;
pub use sampler::Sampler;
pub use settings::Settings;
pub use space::Space;
pub use study::Study;
pub use trial::{Direction, Trial, TrialState, Verdict};
pub use view::{StudyView, read_only};
