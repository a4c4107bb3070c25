//! One search: asks its study what to try, and tells it what came out.

use super::place::StudyPlace;
use super::report::{Best, SearchReport, count};
use super::values;
use crate::supervisor::folders::{ARCHIVE_FILE, CampaignFolder, RunFolders};
use crate::supervisor::pool::JobEnd;
use crate::worker::protocol::{EpochScores, Failure, Order};
use crate::worker::spec::{RunSpec, Trial as TrialRole};
use crate::worker::{kept_epoch, scores_of};
use neurotrain_archive::{RunRecord, Status, open_run};
use neurotrain_campaign::{Metric, Search};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_study::{Pruner, Sampler, Settings, Space, Study, Trial, TrialState, Verdict};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The attribute of a study whose time is over: the number of trials that were wanted then.
const TIMED_OUT: &str = "timed_out_of";

/// One search of a campaign.
pub(in crate::supervisor) struct Searching {
    /// The runs that the winner's values are for, one per seed.
    finals: Vec<RunSpec>,
    search: Search,
    metric: Metric,
    judged: bool,
    place: StudyPlace,
    study: Study,
    /// Trials that run here.
    running: BTreeSet<u64>,
    /// When the first trial began here.
    began: Option<Instant>,
    /// Why the search cannot go on.
    failure: Option<Error>,
}

impl Searching {
    /// Begins the search that `finals`, the runs of one experiment, ask for, or takes it up unless it is to be done `anew`.
    pub(in crate::supervisor) fn open(
        finals: Vec<RunSpec>,
        folder: &CampaignFolder,
        anew: bool,
    ) -> Result<Self> {
        let base = finals
            .first()
            .ok_or_else(|| Error::new("host-fault", "a search without an experiment"))?;
        let nothing = || Error::new("host-fault", "an experiment without a search");
        let search = base.experiment.search.clone().ok_or_else(nothing)?;
        let settings = &search.settings;
        let metric = settings.metric.unwrap_or(Metric::ValidationAccuracy);
        let mut space = Space::new();
        for (name, tunable) in &search.space {
            space.insert(name, tunable.distribution()?);
        }
        let pruner = Pruner::read(&settings.pruner)?;
        let judged = pruner != Pruner::None;
        let place = StudyPlace::create(base, &search, folder, anew)?;
        let study = Study::open(
            &place.journal,
            Settings {
                name: place.name.clone(),
                direction: metric.direction(),
                space,
                sampler: Sampler::read(&settings.sampler)?,
                pruner,
                seed: settings.seed.unwrap_or(base.experiment.seed),
                max_steps: base.experiment.runtime.epochs,
            },
            &format!("neurotrain-{}", std::process::id()),
        )?;
        let mut searching = Searching {
            metric,
            judged,
            place,
            study,
            running: BTreeSet::new(),
            began: None,
            failure: None,
            search,
            finals,
        };
        searching.begin()?;
        Ok(searching)
    }

    /// What has to be in the journal before the first trial.
    fn begin(&mut self) -> Result<()> {
        self.study.name_objective(self.metric.name())?;
        if self.study.trials().is_empty() && self.search.settings.defaults_first == Some(true) {
            let experiment = &self.finals[0].experiment;
            let configured: BTreeMap<String, Value> = self
                .search
                .space
                .iter()
                .filter_map(|(name, tunable)| {
                    let value = values::get(experiment, name)?;
                    let fits = tunable.distribution().is_ok_and(|range| range.contains(value));
                    fits.then(|| (name.clone(), value.clone()))
                })
                .collect();
            if configured.len() == self.search.space.len() {
                self.study.enqueue(configured)?;
            }
        }
        Ok(())
    }

    /// How many trials run here.
    pub(in crate::supervisor) fn running(&self) -> usize {
        self.running.len()
    }

    /// Trials that are still to be done, those that run among them.
    pub(in crate::supervisor) fn left(&self) -> usize {
        let finished = self
            .study
            .trials()
            .iter()
            .filter(|t| t.state.is_finished())
            .count();
        (self.search.settings.trials as usize).saturating_sub(finished)
    }

    /// The folders of its trials.
    pub(in crate::supervisor) fn folders(&self) -> &RunFolders {
        &self.place.trials
    }

    /// Whether no trial is left to begin or to wait for.
    pub(in crate::supervisor) fn is_over(&self) -> bool {
        self.running.is_empty()
            && (self.failure.is_some() || !self.may_begin() && self.interrupted().is_none())
    }

    /// A trial to run now, if there is one.
    pub(in crate::supervisor) fn next(&mut self) -> Option<(u64, RunSpec)> {
        if self.failure.is_some() {
            return None;
        }
        let next = self.next_trial();
        next.unwrap_or_else(|e| {
            self.fail(e);
            None
        })
    }

    fn next_trial(&mut self) -> Result<Option<(u64, RunSpec)>> {
        self.study.refresh()?;
        // What an earlier process left comes first, under its number.
        while let Some(number) = self.interrupted() {
            let spec = self.trial(number)?;
            match self.finished_earlier(&spec)? {
                Some(record) => self.conclude(number, &record)?,
                None => {
                    self.running.insert(number);
                    return Ok(Some((number, spec)));
                }
            }
        }
        if self.is_late() {
            // So that the next start comes to the same winner.
            self.study
                .set_study_attr(TIMED_OUT, json!(self.search.settings.trials))?;
        }
        if !self.may_begin() {
            return Ok(None);
        }
        self.began.get_or_insert_with(Instant::now);
        let Some(trial) = self.study.ask(BTreeMap::new())? else {
            // The sampler has tried everything.
            self.search.settings.trials = self.study.trials().len() as u64;
            return Ok(None);
        };
        let spec = self.trial(trial.number)?;
        self.study.set_attr(trial.number, "run", json!(spec.id))?;
        self.running.insert(trial.number);
        Ok(Some((trial.number, spec)))
    }

    /// Whether there are trials that nobody has begun.
    fn may_begin(&self) -> bool {
        let begun = self
            .study
            .trials()
            .iter()
            .filter(|t| t.state != TrialState::Waiting)
            .count() as u64;
        let ended = self.study.study_attr(TIMED_OUT) == Some(&json!(self.search.settings.trials));
        begun < self.search.settings.trials && !ended && !self.is_late()
    }

    /// Whether the time for beginning trials is over.
    fn is_late(&self) -> bool {
        let limit = self.search.settings.timeout.map(Duration::from_secs_f64);
        limit
            .zip(self.began)
            .is_some_and(|(limit, began)| began.elapsed() >= limit)
    }

    /// A trial that is neither finished nor running here.
    fn interrupted(&self) -> Option<u64> {
        let unfinished = self
            .study
            .trials()
            .iter()
            .filter(|t| t.state == TrialState::Running);
        unfinished
            .map(|t| t.number)
            .find(|number| !self.running.contains(number))
    }

    /// The run of trial `number`.
    fn trial(&self, number: u64) -> Result<RunSpec> {
        let trial = self.known(number)?;
        let mut spec = self.finals[0].clone();
        let experiment = &mut spec.experiment;
        experiment.name = format!("{}__t{number:04}", experiment.group);
        if let Some(seed) = self.search.settings.seed {
            experiment.seed = seed;
        }
        spec.trial = Some(TrialRole {
            study: self.place.name.clone(),
            number,
            judged: self.judged,
            repeated: false,
        });
        values::set(
            &mut spec,
            &trial.params,
            &format!("trial {number} of study {}", self.place.name),
        );
        Ok(spec)
    }

    fn known(&self, number: u64) -> Result<&Trial> {
        self.study
            .trials()
            .iter()
            .find(|trial| trial.number == number)
            .ok_or_else(|| Error::new("host-fault", format!("the study has no trial {number}")))
    }

    /// The archive of a trial whose end did not reach the journal.
    fn finished_earlier(&self, spec: &RunSpec) -> Result<Option<RunRecord>> {
        for folder in self.attempts(spec) {
            if let Some(record) = finished_record(&folder)? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Folders of earlier attempts at a trial, without those of `neurotrain repeat`.
    pub(in crate::supervisor) fn attempts(&self, spec: &RunSpec) -> Vec<PathBuf> {
        let mut attempts = self.place.trials.attempts_at(&spec.id);
        attempts.retain(|folder| {
            let trial = RunSpec::read(folder).ok().and_then(|spec| spec.trial);
            trial.is_some_and(|trial| !trial.repeated)
        });
        attempts
    }

    /// Trial `number` has finished an epoch; what its worker is to do.
    pub(in crate::supervisor) fn epoch(&mut self, number: u64, scores: &EpochScores) -> Option<Order> {
        let decided = self.report(number, scores).and_then(|()| {
            if self.judged {
                self.study.should_prune(number, scores.epoch + 1)
            } else {
                Ok(false)
            }
        });
        match decided {
            Ok(true) => Some(Order::Prune),
            Ok(false) => self.judged.then_some(Order::GoOn),
            Err(e) => {
                self.fail(e);
                // What could not be decided is asked again with the next start.
                self.judged.then_some(Order::Stop)
            }
        }
    }

    fn report(&mut self, number: u64, scores: &EpochScores) -> Result<()> {
        let Some(value) = value_of(self.metric, scores) else {
            return Ok(());
        };
        let step = scores.epoch + 1;
        let known = self.known(number)?.intermediate.get(&step).copied();
        if let Some(known) = known.filter(|known| *known != value) {
            // An epoch done again on another machine may differ by rounding; decisions were made with the first value.
            tracing::warn!(
                "trial {number} reports {value} for epoch {step}, and had reported {known}: that stays"
            );
            return Ok(());
        }
        self.study.report(number, step, value)
    }

    /// The run of trial `number` in `folder` is over.
    pub(in crate::supervisor) fn ended(&mut self, number: u64, folder: Option<&Path>, end: &JobEnd) {
        self.running.remove(&number);
        let told = match end {
            JobEnd::Finished(_) | JobEnd::Pruned(_) => {
                let record = folder.map_or(Ok(None), finished_record);
                record.and_then(|record| match record {
                    Some(record) => self.conclude(number, &record),
                    None => self.tell_failed(number, "it left no archive"),
                })
            }
            // No verdict on its values: it goes on with the next start.
            JobEnd::Failed(failure) if failure.is_of_the_disk() => {
                let error = Error::new(&failure.code, &failure.message).with_hint(&failure.hint);
                Err(error.context(format!("trial {number}")))
            }
            JobEnd::Failed(failure) => self.tell_failed(number, &failure.message),
            // It goes on with the next start.
            JobEnd::Stopped(_) | JobEnd::NotStarted => Ok(()),
        };
        if let Err(e) = told {
            self.fail(e);
        }
    }

    /// Trial `number` has ended here, but is somebody else's by now.
    pub(in crate::supervisor) fn lost(&mut self, number: u64) {
        self.running.remove(&number);
    }

    fn tell_failed(&mut self, number: u64, why: &str) -> Result<()> {
        self.study.tell(number, Verdict::Failed(why.to_owned()))
    }

    /// Puts what the archive of a trial says into the journal.
    fn conclude(&mut self, number: u64, record: &RunRecord) -> Result<()> {
        let scores: Vec<EpochScores> = record
            .epochs
            .iter()
            .enumerate()
            .map(|(epoch, metrics)| scores_of(epoch as u64, metrics))
            .collect();
        for epoch in &scores {
            self.report(number, epoch)?;
        }
        if record.status == Status::Pruned {
            return self.study.tell(number, Verdict::Pruned);
        }
        let kept = kept_epoch(&record.epochs, &self.finals[0].experiment.runtime) as usize;
        match scores.get(kept).and_then(|scores| value_of(self.metric, scores)) {
            Some(value) => self.study.tell(number, Verdict::Complete(value)),
            None => self.tell_failed(number, &format!("it has no {}", self.metric.name())),
        }
    }

    fn fail(&mut self, error: Error) {
        tracing::error!("study {}: {error}", self.place.name);
        self.failure.get_or_insert(error);
    }

    /// The runs with the winner's values, one per seed; or why there are none.
    pub(in crate::supervisor) fn winners(&self) -> std::result::Result<Vec<RunSpec>, Failure> {
        if let Some(failure) = &self.failure {
            return Err(Failure::from(failure));
        }
        let Some(best) = self.study.best() else {
            let last = self.study.trials().iter().rev().find_map(failure_of);
            let why = last.map_or_else(String::new, |why| format!("; the last one: {why}"));
            let error =
                Error::new("search", format!("no trial of the search came to an end{why}")).with_hint(
                    format!("their logs are in {}", self.place.trials.path().display()),
                );
            return Err(Failure::from(&error));
        };
        let chosen_by = json!({
            "study": self.place.name,
            "trial": best.number,
            "metric": self.metric.name(),
            "value": best.value,
            "trials": self.study.trials().len(),
            "settings": self.search.settings,
            "space": self.search.space,
        });
        let source = format!("trial {} of study {}", best.number, self.place.name);
        let winners = self.finals.iter().cloned().map(|mut spec| {
            values::set(&mut spec, &best.params, &source);
            spec.chosen_by = Some(chosen_by.clone());
            spec
        });
        Ok(winners.collect())
    }

    /// The same, to be changed.
    pub(in crate::supervisor) fn finals_mut(&mut self) -> &mut [RunSpec] {
        &mut self.finals
    }

    /// The runs that have no values without a winner.
    pub(in crate::supervisor) fn finals(&self) -> &[RunSpec] {
        &self.finals
    }

    /// What came out so far.
    pub(in crate::supervisor) fn report_of_all(&self) -> SearchReport {
        let first = self.study.trials().first();
        let experiment = &self.finals[0].experiment;
        let is_configured = |trial: &&Trial| {
            let mut values = trial.params.iter();
            values.all(|(name, value)| values::get(experiment, name) == Some(value))
        };
        let configured = first.filter(is_configured);
        SearchReport {
            group: self.finals[0].experiment.group.clone(),
            study: self.place.name.clone(),
            journal: self.place.journal.clone(),
            metric: self.metric.name().to_owned(),
            wanted: self.search.settings.trials,
            complete: count(&self.study, TrialState::Complete),
            pruned: count(&self.study, TrialState::Pruned),
            failed: count(&self.study, TrialState::Failed),
            best: self.study.best().and_then(Best::of),
            configured: configured
                .filter(|t| t.state == TrialState::Complete)
                .and_then(|t| t.value),
            failure: self.failure.as_ref().map(ToString::to_string),
        }
    }
}

/// What the metric says of an epoch.
fn value_of(metric: Metric, scores: &EpochScores) -> Option<f64> {
    let value = match metric {
        Metric::ValidationAccuracy => scores.validation_accuracy,
        Metric::ValidationLoss => scores.validation_loss,
        Metric::TestAccuracy => scores.test_accuracy,
    };
    value.filter(|value| value.is_finite())
}

/// What a trial's folder holds, if the run came to its end.
///
/// # Errors
/// Those of the disk; a file that is damaged is no archive.
fn finished_record(folder: &Path) -> Result<Option<RunRecord>> {
    let path = folder.join(ARCHIVE_FILE);
    if !path.exists() {
        return Ok(None);
    }
    // Read first, so that a failing disk is not taken for a damaged file.
    std::fs::read(&path).map_err(|e| Error::from(e).context(path.display().to_string()))?;
    let record = open_run(&path).ok().map(|run| run.record);
    Ok(record.filter(|record| matches!(record.status, Status::Completed | Status::Pruned)))
}

/// Why a trial failed.
fn failure_of(trial: &Trial) -> Option<String> {
    let reason = trial.attrs.get("failure")?;
    Some(reason.as_str().map_or_else(|| reason.to_string(), str::to_owned))
}
