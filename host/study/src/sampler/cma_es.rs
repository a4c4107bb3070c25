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
use std::collections::{BTreeMap, HashMap, VecDeque};

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
    let mut pool = pool(finished, &dimensions);
    let mut told = Vec::new();
    loop {
        let generation: Vec<(u64, Vec<f64>)> = (0..size).map(|_| source.draw(&told)).collect();
        told.clear();
        let mut open = Vec::new();
        for (slot, (id, candidate)) in generation.iter().enumerate() {
            match pool.get_mut(&key(candidate)).and_then(VecDeque::pop_front) {
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

/// The places of finished trials by their numbers, those of lower trial numbers first.
fn pool(finished: &[Ranked<'_>], dimensions: &[(&str, &Distribution)]) -> HashMap<Vec<u64>, VecDeque<f64>> {
    let mut finished = finished.to_vec();
    finished.sort_by_key(|(trial, _)| trial.number);
    let mut pool: HashMap<Vec<u64>, VecDeque<f64>> = HashMap::new();
    for (trial, place) in finished {
        let numbers: Option<Vec<f64>> = dimensions
            .iter()
            .map(|(name, range)| range.to_internal(trial.params.get(*name)?))
            .collect();
        if let Some(numbers) = numbers {
            pool.entry(key(&numbers)).or_default().push_back(place);
        }
    }
    pool
}

fn key(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

fn completed(id: u64, place: f64) -> CompletedTrial {
    CompletedTrial::new(id, HashMap::new(), HashMap::new(), HashMap::new(), place)
}
