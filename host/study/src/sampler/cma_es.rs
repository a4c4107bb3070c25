//! Covariance matrix adaptation (crate `optimizer`), replayed from the finished trials for every suggestion.
//!
//! A seed fixes the candidates of the first generation. A finished trial belongs to the candidate whose numbers it
//! has; when every candidate of a generation has a trial, their order gives the next generation, and so on. The
//! suggestion is a candidate of the first generation that is not complete.

use crate::distribution::Distribution;
use crate::sampler::rank::Ranked;
use crate::space::Space;
use optimizer::distribution::{Distribution as Range, FloatDistribution};
use optimizer::param::ParamValue;
use optimizer::sampler::{CmaEsSampler, CompletedTrial, Sampler as _};
use std::collections::{BTreeMap, HashMap};

/// The numeric parameters; a parameter of one value is none.
pub(crate) fn dimensions(space: &Space) -> Vec<(&str, &Distribution)> {
    space.iter().filter(|(_, range)| is_dimension(range)).collect()
}

pub(crate) fn is_dimension(range: &Distribution) -> bool {
    !matches!(range, Distribution::Categorical { .. }) && range.size() != Some(1)
}

/// The internal numbers of the numeric parameters.
pub(crate) fn suggest(
    space: &Space,
    finished: &[Ranked<'_>],
    population: Option<u64>,
    sigma0: Option<f64>,
    seed: u64,
    number: u64,
) -> BTreeMap<String, f64> {
    let dimensions = dimensions(space);
    let default = 4 + (3.0 * (dimensions.len() as f64).ln()) as u64;
    let size = population.unwrap_or(default).max(4);
    let mut source = Source::new(seed, size, sigma0, &dimensions);
    let mut pool = Pool::new(finished, &dimensions);
    let mut told = Vec::new();
    loop {
        let generation: Vec<(u64, Vec<f64>)> = (0..size).map(|_| source.draw(&told)).collect();
        told.clear();
        let mut open = Vec::new();
        for (slot, (id, candidate)) in generation.iter().enumerate() {
            match pool.take(candidate) {
                Some(place) => told.push(completed(*id, place)),
                None => open.push(slot as u64),
            }
        }
        if open.is_empty() {
            continue;
        }
        // Trials that are handed out probably hold the open candidates; one in four asks again for what may be lost.
        let handed_out = number.saturating_sub(finished.len() as u64);
        let surplus = (handed_out + 1).saturating_sub(open.len() as u64);
        let chosen = if surplus > 0 && number % 4 != 3 {
            let extra = (0..surplus).map(|_| source.draw(&[]).1).last();
            extra.unwrap_or_default()
        } else {
            let wanted = number % size;
            let slot = open.iter().find(|slot| **slot >= wanted).or(open.first());
            slot.and_then(|slot| generation.get(*slot as usize))
                .map(|(_, candidate)| candidate.clone())
                .unwrap_or_default()
        };
        let names = dimensions.iter().map(|(name, _)| (*name).to_owned());
        return names.zip(chosen).collect();
    }
}

/// Candidates in the order of their ids.
struct Source<'a> {
    sampler: CmaEsSampler,
    dimensions: &'a [(&'a str, &'a Distribution)],
    next: u64,
}

impl<'a> Source<'a> {
    fn new(seed: u64, size: u64, sigma0: Option<f64>, dimensions: &'a [(&'a str, &'a Distribution)]) -> Self {
        let builder = CmaEsSampler::builder().seed(seed).population_size(size as usize);
        let mut source = Source {
            sampler: builder.sigma0(sigma0.unwrap_or(0.25)).build(),
            dimensions,
            next: 0,
        };
        // From its first trial, the sampler only learns the number of dimensions.
        source.draw(&[]);
        source
    }

    /// The next candidate; all dimensions are seen as ranges from 0 to 1, since one step size serves all.
    fn draw(&mut self, told: &[CompletedTrial]) -> (u64, Vec<f64>) {
        let unit = Range::Float(FloatDistribution {
            low: 0.0,
            high: 1.0,
            log_scale: false,
            step: None,
        });
        let id = self.next;
        self.next += 1;
        let draw = |(_, range): &(&str, &Distribution)| match self.sampler.sample(&unit, id, told) {
            ParamValue::Float(place) => range.at(place),
            _ => range.at(0.5),
        };
        (id, self.dimensions.iter().map(draw).collect())
    }
}

/// Another machine's logarithms may differ in the last digits, in parts of a range.
const TOLERANCE: f64 = 1e-9;

/// Finished trials that belong to no candidate yet, those of lower trial numbers first: where they are, and their
/// places.
struct Pool<'a> {
    dimensions: &'a [(&'a str, &'a Distribution)],
    trials: Vec<(Vec<f64>, f64)>,
}

impl<'a> Pool<'a> {
    fn new(finished: &[Ranked<'_>], dimensions: &'a [(&'a str, &'a Distribution)]) -> Self {
        let mut finished = finished.to_vec();
        finished.sort_by_key(|(trial, _)| trial.number);
        let whereabouts = |(trial, place): &Ranked<'_>| {
            let units = dimensions.iter().map(|(name, range)| {
                let internal = range.to_internal(trial.params.get(*name)?)?;
                Some(unit(range, internal))
            });
            Some((units.collect::<Option<Vec<f64>>>()?, *place))
        };
        Pool {
            dimensions,
            trials: finished.iter().filter_map(whereabouts).collect(),
        }
    }

    /// Takes out the place of a trial that tried this candidate.
    fn take(&mut self, candidate: &[f64]) -> Option<f64> {
        let wanted: Vec<f64> = self
            .dimensions
            .iter()
            .zip(candidate)
            .map(|((_, range), internal)| unit(range, *internal))
            .collect();
        let is_wanted = |units: &[f64]| units.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < TOLERANCE);
        let found = self.trials.iter().position(|(units, _)| is_wanted(units))?;
        Some(self.trials.remove(found).1)
    }
}

/// Where an internal number is in its range, from 0 to 1.
fn unit(range: &Distribution, internal: f64) -> f64 {
    let (low, high) = range.bounds();
    (range.scaled(internal) - low) / (high - low)
}

fn completed(id: u64, place: f64) -> CompletedTrial {
    CompletedTrial::new(id, HashMap::new(), HashMap::new(), HashMap::new(), place)
}
