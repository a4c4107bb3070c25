//! `neurotrain bench train` and `neurotrain bench evaluate`.

use super::arguments::StepArgs;
use super::cases::cases;
use super::machine::measure;
use super::products::products_of;
use super::report::{Row, Skipped, print};
use super::roofline::{Ops, Work, bound};
use super::settings::Settings;
use super::stopwatch::for_a_while;
use super::subject::{Case, Input, Subject};
use crate::output::Console;
use crate::process::join_threads;
use crate::runtime::DataSearch;
use anyhow::Result;
use neurotrain_discovery::Registry;
use neurotrain_engine::Network;
use neurotrain_tensor::{Category, Phase};
use std::time::Duration;

/// Steps before the first that counts.
const WARM_UP: usize = 2;
/// Samples and steps that a weight gradient takes at a time.
const BLOCK: usize = 512;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Train,
    Evaluate,
}

/// Measures every combination of `args`; what does not go together is listed.
///
/// # Errors
/// When there is nothing that could be measured.
pub(super) fn run(args: &StepArgs, kind: Kind, console: &Console) -> Result<()> {
    let threads = args
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    join_threads(threads)?;
    let registry = args.search.scan()?;
    let bench = Bench {
        kind,
        settings: Settings::parse(&args.set, "trainer")?,
        data: DataSearch::new(&args.search.data_dir),
        registry,
        budget: Duration::try_from_secs_f64(args.seconds)?,
    };
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
    for case in cases(args, &bench.registry) {
        match bench.measure(&case, threads, rows.is_empty()) {
            Ok(row) => rows.push(row),
            Err(e) => skipped.push(Skipped::new(&case, &e)),
        }
    }
    // Last, because it touches much memory.
    let rates = match args.no_roofline || rows.is_empty() {
        true => None,
        false => Some(measure(threads)?),
    };
    if let Some(rates) = &rates {
        rows.iter_mut()
            .for_each(|row| row.bound = Some(bound(&row.work, rates)));
    }
    print(kind, &rows, &skipped, rates.as_ref(), args.json, console)?;
    anyhow::ensure!(
        !rows.is_empty(),
        "nothing was measured: no combination of what was asked for goes together"
    );
    Ok(())
}

struct Bench {
    kind: Kind,
    settings: Settings,
    data: DataSearch,
    registry: Registry,
    budget: Duration,
}

impl Bench {
    fn measure(&self, case: &Case, threads: usize, first: bool) -> Result<Row> {
        let mut subject = Subject::open(case, &self.registry, &self.data, &self.settings)?;
        let session = subject.session.clone();
        let meter = session.meter();
        meter.reset_peaks();
        let mut step = || match self.kind {
            Kind::Train => subject.train().map(drop),
            Kind::Evaluate => subject.scores().map(drop),
        };
        for _ in 0..WARM_UP {
            step()?;
        }
        meter.reset_counters();
        let timing = for_a_while(self.budget, &mut step)?;

        let runs = f64::from(timing.runs);
        let mean = |phase| Ops::mean(meter.synaptic_ops(phase), runs);
        let forward = mean(Phase::Forward);
        let learning = (self.kind == Kind::Train).then(|| mean(Phase::Learning));
        let update_bytes = meter.update_bytes() as f64 / runs;
        let products = products_of(step)?;
        let info = subject.network.info();
        let batch = &subject.batch;
        let steps = batch.input.dims()[0];
        let density = batch.input.event_index().map(|events| events.density());
        let work = Work {
            products,
            learns: self.kind == Kind::Train,
            table_rows: table_rows(info, steps * batch.len()),
            rows: steps * batch.len(),
            neurons: info.layers.iter().map(|layer| layer.size()).sum(),
            parameters: trained_parameters(&subject.network)?,
            kept_bytes: meter.live_bytes(Category::RuleState) as f64,
            update_bytes,
        };
        Ok(Row {
            rule: case.rule.clone(),
            model: case.model.clone(),
            shape: match &case.input {
                Input::Synthetic { shape, .. } => shape.name.clone(),
                Input::Real { dataset, .. } => dataset.clone(),
            },
            input: info.input_shape.clone(),
            layers: info.layers.iter().map(|layer| layer.size()).collect(),
            classes: batch.classes,
            steps,
            batch: batch.len(),
            density,
            threads,
            runs: timing.runs,
            ms_per_batch: 1e3 * timing.least,
            median_ms: 1e3 * timing.median,
            samples_per_second: batch.len() as f64 / timing.least,
            peak_training_bytes: meter.peak_training_bytes(),
            kept_rule_bytes: meter.live_bytes(Category::RuleState),
            resident_growth_bytes: if first { subject.before.growth() } else { None },
            parameters: work.parameters,
            forward: forward.per(batch.len()),
            learning: learning.map(|ops| ops.per(batch.len())),
            bound: None,
            work,
        })
    }
}

/// Rows of the tables that products add up, for the weights with most elements: in running the network its inputs, in learning
/// what is summed at a time, of a convolution one sample's map, about as large as its input.
fn table_rows(info: &neurotrain_plugin_api::NetworkInfo, rows: usize) -> [usize; 2] {
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    let weights = info.params.iter().enumerate().filter(|(_, p)| p.shape.len() > 1);
    let Some((index, widest)) = weights.max_by_key(|(_, p)| size(&p.shape)) else {
        return [0; 2];
    };
    let layer = info.layers.iter().find(|layer| layer.weight == index);
    let summed = match layer.map(|layer| &layer.input_shape[..]) {
        Some([_, pixels @ ..]) if !pixels.is_empty() && widest.shape.len() == 4 => size(pixels),
        _ => rows.min(BLOCK),
    };
    [size(&widest.shape[1..]), summed]
}

fn trained_parameters(network: &Network) -> Result<f64> {
    let sizes = network.params()?.into_iter().filter(|p| p.trained);
    Ok(sizes.map(|p| p.shape.iter().product::<usize>() as f64).sum())
}
