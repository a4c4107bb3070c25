//! Where the next trial looks.

mod cma_es;
mod grid;
mod rank;
mod tpe;

use crate::options::{Options, bad};
use crate::space::Space;
use crate::stream;
use crate::trial::{Direction, Trial};
use neurotrain_plugin_api::Result;
use serde_json::Value;
use std::collections::BTreeMap;

/// How parameters are chosen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Sampler {
    /// Tree-structured Parzen estimators, one per parameter.
    Tpe {
        /// Trials drawn at random before the estimators start.
        n_startup_trials: u64,
        /// Candidates per parameter, of which the most promising is taken.
        n_ei_candidates: u64,
    },
    /// Uniform on the scale of each parameter.
    Random,
    /// Covariance matrix adaptation for numbers; categoricals by [`Sampler::Tpe`].
    CmaEs {
        /// Trials per generation; none for 4 + 3 ln(parameters).
        population_size: Option<u64>,
        /// First standard deviation, in parts of the ranges; none for a quarter.
        sigma0: Option<f64>,
    },
    /// Every combination, in an order shuffled by the seed.
    Grid {
        /// Values per parameter that has more than these and no step.
        points: usize,
    },
}

impl Default for Sampler {
    fn default() -> Self {
        Sampler::Tpe {
            n_startup_trials: 10,
            n_ei_candidates: 24,
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Tpe,
    Random,
    CmaEs,
    Grid,
}

impl Sampler {
    /// Reads `tpe` or `{name: tpe, n_startup_trials: 10}`; null is the default. Optuna's class names are understood.
    pub fn read(value: &Value) -> Result<Self> {
        if value.is_null() {
            return Ok(Sampler::default());
        }
        let mut options = Options::read("sampler", value)?;
        let sampler = match options.choose(&[
            (&["tpe"], Kind::Tpe),
            (&["random"], Kind::Random),
            (&["cmaes", "cma"], Kind::CmaEs),
            (&["grid"], Kind::Grid),
        ])? {
            Kind::Tpe => Sampler::Tpe {
                n_startup_trials: options.whole("n_startup_trials", 10, 0)?,
                n_ei_candidates: options.whole("n_ei_candidates", 24, 1)?,
            },
            Kind::Random => Sampler::Random,
            Kind::CmaEs => {
                let sigma0 = options.number("sigma0")?;
                if let Some(sigma) = sigma0.filter(|sigma| !(*sigma > 0.0 && *sigma <= 1.0)) {
                    return Err(options.wrong(
                        "sigma0",
                        &sigma.into(),
                        "above 0 and at most 1, in parts of the ranges",
                    ));
                }
                let given = options.whole("population_size", 0, 4)?;
                let given = options.whole("popsize", given, 4)?;
                Sampler::CmaEs {
                    population_size: (given > 0).then_some(given),
                    sigma0,
                }
            }
            Kind::Grid => Sampler::Grid {
                points: options.whole("points", 5, 2)? as usize,
            },
        };
        options.finish()?;
        Ok(sampler)
    }

    /// Refuses a space that this sampler cannot search.
    pub(crate) fn check(&self, space: &Space) -> Result<()> {
        if space.is_empty() {
            return Err(
                bad("a study without parameters has nothing to search".to_owned()).with_hint(
                    "give a parameter a range, for instance {type: float, min: 1e-4, max: 0.1, log: true}",
                ),
            );
        }
        match self {
            Sampler::CmaEs { .. } if cma_es::dimensions(space).is_empty() => Err(bad(
                "the sampler `cmaes` searches numbers, and this study has none".to_owned(),
            )
            .with_hint("use `tpe`, or `grid`")),
            Sampler::Grid { points } => grid::size(space, *points).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// The internal numbers of trial `number`, by parameter; none where a grid has no combination left.
    ///
    /// A pure function of the seed, the number, the finished trials and, for a grid, of which trials before this one
    /// were enqueued by hand.
    pub(crate) fn suggest(
        &self,
        space: &Space,
        direction: Direction,
        seed: u64,
        number: u64,
        trials: &[Trial],
    ) -> Result<Option<BTreeMap<String, f64>>> {
        let mut rng = stream::of_trial(seed, number);
        // Drawn for every trial, so that startup trials of one seed are those of `random`.
        let random: BTreeMap<String, f64> = space
            .iter()
            .map(|(name, range)| (name.to_owned(), range.at(stream::unit(&mut rng))))
            .collect();
        let finished = rank::ranked(trials, direction);
        Ok(Some(match self {
            Sampler::Random => random,
            Sampler::Tpe {
                n_startup_trials,
                n_ei_candidates,
            } => {
                let known = rank::with_value(&finished);
                if (known.len() as u64) < *n_startup_trials {
                    return Ok(Some(random));
                }
                let mut drawn = BTreeMap::new();
                for (name, range) in space.iter() {
                    let internal = tpe::suggest(name, range, &known, *n_ei_candidates, &mut rng)?;
                    drawn.insert(name.to_owned(), internal);
                }
                drawn
            }
            Sampler::CmaEs {
                population_size,
                sigma0,
            } => {
                let known = rank::with_value(&finished);
                let mut drawn = cma_es::suggest(space, &finished, *population_size, *sigma0, seed, number);
                for (name, range) in space.iter().filter(|(_, range)| !cma_es::is_dimension(range)) {
                    let internal = match known.len() {
                        0..10 => random.get(name).copied().unwrap_or_default(),
                        _ => tpe::suggest(name, range, &known, 24, &mut rng)?,
                    };
                    drawn.insert(name.to_owned(), internal);
                }
                drawn
            }
            Sampler::Grid { points } => {
                let earlier = trials.iter().filter(|trial| trial.number < number);
                let index = earlier.filter(|trial| !is_enqueued(trial)).count();
                return match trials.get(number as usize) {
                    // What its author left open in an enqueued trial is drawn at random.
                    Some(trial) if is_enqueued(trial) => Ok(Some(random)),
                    _ => grid::point(space, *points, seed, index),
                };
            }
        }))
    }
}

/// Whether somebody enqueued the trial.
pub(crate) fn is_enqueued(trial: &Trial) -> bool {
    trial.system_attrs.contains_key("fixed_params")
}
