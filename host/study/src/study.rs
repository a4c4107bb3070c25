//! A study: suggestions are asked for, reports and results are told.

use crate::journal::Journal;
use crate::lock::Lock;
use crate::options::bad;
use crate::pruner::{Pruner, Situation};
use crate::record::{self, Drawn, Records};
use crate::replay::{Recorded, Replay};
use crate::sampler::is_enqueued;
use crate::settings::{self, Settings};
use crate::trial::{Direction, Trial, TrialState, Verdict};
use neurotrain_plugin_api::{Error, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The step at which a trial was to be pruned.
const PRUNED_AT: &str = "neurotrain:pruned_at";
/// Why a trial failed.
const FAILURE: &str = "failure";

/// An open study. Every change is in the file before the method returns.
#[derive(Debug)]
pub struct Study {
    path: PathBuf,
    journal: Journal,
    replay: Replay,
    settings: Settings,
    worker: String,
    id: usize,
}

/// The system attribute with the names of objectives.
const METRIC_NAMES: &str = "study:metric_names";

impl Study {
    /// Opens the study of that name in `path`; creates what is not there. `worker` names this process in the file.
    ///
    /// A study of that name with another space or direction is refused.
    pub fn open(path: &Path, settings: Settings, worker: &str) -> Result<Self> {
        settings.sampler.check(&settings.space)?;
        let mut study = Study {
            path: path.to_owned(),
            journal: Journal::open(path)?,
            replay: Replay::default(),
            settings,
            worker: worker.to_owned(),
            id: 0,
        };
        let lock = study.journal.lock()?;
        lock.sweep();
        study.read()?;
        let mut records = Records::new(worker);
        let settings = &study.settings;
        let found = study.replay.find(&settings.name);
        study.id = found.unwrap_or(study.replay.studies.len());
        let has_space = match found {
            Some(id) => settings
                .check(study.replay.studies.get(id))
                .map_err(|e| e.context(path.display()))?,
            None => {
                records.create_study(&settings.name, settings.direction);
                false
            }
        };
        if !has_space {
            records.study_attr(study.id as u64, true, settings::SPACE, &settings.space.to_json());
        }
        let lines = records.text().to_owned();
        study.append(&lock, &lines)?;
        drop(lock);
        Ok(study)
    }

    /// Takes in what other processes appended.
    pub fn refresh(&mut self) -> Result<()> {
        self.read()?;
        self.recorded().map(|_| ())
    }

    /// What this study is.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All trials by number, as of the last call that changed or refreshed the study.
    pub fn trials(&self) -> &[Trial] {
        self.replay
            .studies
            .get(self.id)
            .map_or(&[], |study| &study.trials)
    }

    /// The trial of that number.
    pub fn trial(&self, number: u64) -> Result<&Trial> {
        self.trials()
            .get(number as usize)
            .ok_or_else(|| Error::new("study", format!("{} has no trial {number}", self.label())))
    }

    /// Plans a trial in which some parameters, or all, have these values. [`ask`](Self::ask) hands it out first.
    pub fn enqueue(&mut self, params: BTreeMap<String, Value>) -> Result<u64> {
        for (name, value) in &params {
            let Some(range) = self.settings.space.get(name) else {
                let known: Vec<&str> = self.settings.space.iter().map(|(name, _)| name).collect();
                return Err(bad(format!("{} has no parameter `{name}`", self.label()))
                    .with_hint(format!("it has {}", known.join(", "))));
            };
            if !range.contains(value) {
                let range = range.to_json();
                return Err(bad(format!(
                    "`{name}`: {value} is not in {}",
                    range["attributes"]
                )));
            }
        }
        let fixed: Map<String, Value> = params.into_iter().collect();
        self.write(|study, records| {
            let system = Map::from_iter([("fixed_params".to_owned(), Value::Object(fixed))]);
            records.create_trial(study.id as u64, TrialState::Waiting, &[], Map::new(), system);
            Ok(study.trials().len() as u64)
        })
    }

    /// The next trial, with these user attributes; none where a grid is exhausted.
    pub fn ask(&mut self, attrs: BTreeMap<String, Value>) -> Result<Option<Trial>> {
        let number = self.write(|study, records| {
            let trials = study.trials();
            let waiting = trials.iter().find(|trial| trial.state == TrialState::Waiting);
            let number = waiting.map_or(trials.len() as u64, |trial| trial.number);
            let settings = &study.settings;
            let suggested = settings.sampler.suggest(
                &settings.space,
                settings.direction,
                settings.seed,
                number,
                trials,
            )?;
            let Some(suggested) = suggested else {
                return Ok(None);
            };
            let drawn: Vec<Drawn<'_>> = settings
                .space
                .iter()
                .filter_map(|(name, range)| {
                    let fixed = waiting.and_then(|trial| fixed(trial, name, range));
                    Some((name, range, fixed.or_else(|| suggested.get(name).copied())?))
                })
                .collect();
            match waiting {
                None => records.create_trial(
                    study.id as u64,
                    TrialState::Running,
                    &drawn,
                    attrs.into_iter().collect(),
                    Map::new(),
                ),
                Some(trial) => {
                    // The state comes last: a trial that was not written whole is still waiting.
                    for drawn in drawn {
                        records.param(trial.id, drawn);
                    }
                    for (key, value) in &attrs {
                        records.trial_attr(trial.id, false, key, value);
                    }
                    records.start(trial.id);
                }
            }
            Ok(Some(number))
        })?;
        number.map(|number| self.trial(number).cloned()).transpose()
    }

    /// Logs the value of a step. The same value again is no new record, another one is an error.
    pub fn report(&mut self, number: u64, step: u64, value: f64) -> Result<()> {
        self.write(|study, records| {
            let trial = study.trial(number)?;
            match trial.intermediate.get(&step) {
                Some(logged) if is_same(*logged, value) => Ok(()),
                Some(logged) => {
                    Err(study.conflict(trial, &format!("step {step} has the value {logged}, not {value}")))
                }
                None => {
                    study.changeable(trial)?;
                    records.intermediate(trial.id, step, value);
                    Ok(())
                }
            }
        })
    }

    /// Whether the trial shall stop after this step. A decision to stop is logged before it is told, and stands.
    pub fn should_prune(&mut self, number: u64, step: u64) -> Result<bool> {
        if self.settings.pruner == Pruner::None {
            return Ok(false);
        }
        self.write(|study, records| {
            let trial = study.trial(number)?;
            if let Some(at) = trial.system_attrs.get(PRUNED_AT).and_then(Value::as_u64) {
                return Ok(step >= at);
            }
            if trial.state.is_finished() {
                return Ok(trial.state == TrialState::Pruned);
            }
            let Some(value) = trial.intermediate.get(&step).copied() else {
                return Err(study.conflict(trial, &format!("step {step} was not reported")));
            };
            let mut so_far = trial.clone();
            so_far.intermediate.retain(|reported, _| *reported <= step);
            let decision = study.settings.pruner.decide(&Situation {
                study: &study.settings.name,
                direction: study.settings.direction,
                max_steps: study.settings.max_steps,
                trials: study.trials(),
                trial: &so_far,
                step,
                value,
            });
            // The decision comes first: without it, a rung would look like passed.
            if decision.is_pruned {
                records.trial_attr(trial.id, true, PRUNED_AT, &json!(step));
            }
            for (rung, value) in &decision.rungs {
                records.trial_attr(trial.id, true, rung, &json!(value));
            }
            Ok(decision.is_pruned)
        })
    }

    /// Ends a trial. The same verdict again changes nothing, another one is an error. A value that is no number fails.
    pub fn tell(&mut self, number: u64, verdict: Verdict) -> Result<()> {
        let verdict = match verdict {
            Verdict::Complete(value) if value.is_nan() => {
                Verdict::Failed("the objective value is not a number".to_owned())
            }
            verdict => verdict,
        };
        self.write(|study, records| {
            let trial = study.trial(number)?;
            let last = trial.intermediate.values().next_back().copied();
            let (state, value) = match &verdict {
                Verdict::Complete(value) => (TrialState::Complete, Some(*value)),
                Verdict::Pruned => (TrialState::Pruned, last.filter(|value| !value.is_nan())),
                Verdict::Failed(_) => (TrialState::Failed, None),
            };
            if trial.state.is_finished() {
                let is_told = match (state, trial.value, value) {
                    (TrialState::Complete, Some(told), Some(value)) => is_same(told, value),
                    _ => true,
                };
                return match trial.state == state && is_told {
                    true => Ok(()),
                    false => {
                        Err(study.conflict(trial, &format!("it is {}, not {verdict:?}", outcome(trial))))
                    }
                };
            }
            study.changeable(trial)?;
            if let Verdict::Failed(reason) = &verdict {
                records.trial_attr(trial.id, false, FAILURE, &json!(reason));
            }
            records.finish(trial.id, state, value);
            Ok(())
        })
    }

    /// Sets a user attribute of a trial that is not finished.
    pub fn set_attr(&mut self, number: u64, key: &str, value: Value) -> Result<()> {
        self.write(|study, records| {
            let trial = study.trial(number)?;
            if trial.attrs.get(key) == Some(&value) {
                return Ok(());
            }
            if trial.state.is_finished() {
                return Err(study.conflict(trial, &format!("it is {}, so `{key}` stays", outcome(trial))));
            }
            records.trial_attr(trial.id, false, key, &value);
            Ok(())
        })
    }

    /// Sets a user attribute of the study.
    pub fn set_study_attr(&mut self, key: &str, value: Value) -> Result<()> {
        self.write(|study, records| {
            if study.study_attr(key) != Some(&value) {
                records.study_attr(study.id as u64, false, key, &value);
            }
            Ok(())
        })
    }

    /// Gives the objective a name, which Optuna and its dashboard show.
    pub fn name_objective(&mut self, name: &str) -> Result<()> {
        self.write(|study, records| {
            let names = Value::from(vec![name]);
            let known = study
                .replay
                .studies
                .get(study.id)
                .and_then(|s| s.system.get(METRIC_NAMES));
            if known != Some(&names) {
                records.study_attr(study.id as u64, true, METRIC_NAMES, &names);
            }
            Ok(())
        })
    }

    /// A user attribute of the study.
    pub fn study_attr(&self, key: &str) -> Option<&Value> {
        self.replay.studies.get(self.id)?.user.get(key)
    }

    /// The best complete trial, the first of equals.
    pub fn best(&self) -> Option<&Trial> {
        best_of(self.trials(), self.settings.direction)
    }

    /// Trials that were handed out and have no verdict.
    pub fn unfinished(&self) -> Vec<&Trial> {
        let running = |trial: &&Trial| trial.state == TrialState::Running;
        self.trials().iter().filter(running).collect()
    }

    /// Under the lock, with all that is in the file: decides, appends, and takes in what is then in the file.
    fn write<T>(&mut self, decide: impl FnOnce(&Self, &mut Records<'_>) -> Result<T>) -> Result<T> {
        let lock = self.journal.lock()?;
        self.refresh()?;
        let mut records = Records::new(&self.worker);
        let decided = decide(self, &mut records)?;
        let lines = records.text().to_owned();
        if !lines.is_empty() {
            self.append(&lock, &lines)?;
        }
        Ok(decided)
    }

    fn append(&mut self, lock: &Lock, lines: &str) -> Result<()> {
        let written = self.journal.append(lock, lines);
        // Also after an error: what is in memory is what is in the file.
        self.read()?;
        written
    }

    fn read(&mut self) -> Result<()> {
        read_into(&mut self.journal, &mut self.replay)
    }

    fn recorded(&self) -> Result<&Recorded> {
        let recorded = self.replay.studies.get(self.id).filter(|study| !study.is_deleted);
        recorded.ok_or_else(|| Error::new("study", format!("{} was deleted", self.label())))
    }

    fn changeable(&self, trial: &Trial) -> Result<()> {
        match trial.state {
            TrialState::Running => Ok(()),
            _ => Err(self.conflict(trial, &format!("it is {}", outcome(trial)))),
        }
    }

    fn conflict(&self, trial: &Trial, why: &str) -> Error {
        Error::new(
            "study",
            format!("{}, trial {}: {why}", self.label(), trial.number),
        )
    }

    fn label(&self) -> String {
        format!("the study `{}` in {}", self.settings.name, self.path.display())
    }
}

/// Takes in the lines of a journal not yet read.
pub(crate) fn read_into(journal: &mut Journal, replay: &mut Replay) -> Result<()> {
    journal.read(|line| {
        let record = record::parse(line).map_err(|e| {
            Error::bad_data(format!("not a record of a study: {e}")).with_hint(
                "a process that ignored the lock wrote here; remove this line by hand if it is a torn one",
            )
        })?;
        replay.apply(&record)
    })
}

/// The best complete trial, the first of equals.
pub(crate) fn best_of(trials: &[Trial], direction: Direction) -> Option<&Trial> {
    let complete = trials.iter().filter(|trial| trial.state == TrialState::Complete);
    let valued = complete.filter_map(|trial| Some((trial, trial.value.filter(|value| !value.is_nan())?)));
    let best = valued.reduce(|best, next| match direction.is_better(next.1, best.1) {
        true => next,
        false => best,
    });
    best.map(|(trial, _)| trial)
}

/// The value that an enqueued trial demands, where the range has it.
fn fixed(trial: &Trial, name: &str, range: &crate::Distribution) -> Option<f64> {
    if !is_enqueued(trial) {
        return None;
    }
    let value = trial.system_attrs.get("fixed_params")?.get(name)?;
    range.contains(value).then(|| range.to_internal(value))?
}

fn is_same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn outcome(trial: &Trial) -> String {
    let state = format!("{:?}", trial.state).to_lowercase();
    match trial.value {
        Some(value) => format!("{state} with {value}"),
        None => state,
    }
}
