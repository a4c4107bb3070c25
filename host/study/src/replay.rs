//! What the records of a journal amount to, by Optuna's rules.

use crate::distribution::Distribution;
use crate::record::{as_number, op};
use crate::trial::{Direction, Trial, TrialState};
use neurotrain_plugin_api::{Error, Result};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The studies of a journal.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// By study id.
    pub(crate) studies: Vec<Recorded>,
    /// By trial id: study and number.
    places: Vec<(usize, usize)>,
}

/// One study of a journal.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) name: String,
    /// One per objective; none where Optuna left it open.
    pub(crate) directions: Vec<Option<Direction>>,
    pub(crate) user: BTreeMap<String, Value>,
    pub(crate) system: BTreeMap<String, Value>,
    pub(crate) trials: Vec<Trial>,
    pub(crate) is_deleted: bool,
}

impl Replay {
    /// The study of that name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.studies.iter().position(|s| s.name == name && !s.is_deleted)
    }

    /// Takes in one record. Records about what does not exist or is finished have no effect, as in Optuna.
    pub(crate) fn apply(&mut self, record: &Value) -> Result<()> {
        match whole(record, "op_code")? {
            op::CREATE_STUDY => self.create_study(record)?,
            op::DELETE_STUDY => {
                if let Some(study) = self.study(record)? {
                    study.is_deleted = true;
                }
            }
            op::STUDY_USER_ATTR => {
                let attrs = table(record, "user_attr")?;
                if let Some(study) = self.study(record)? {
                    study.user.extend(attrs);
                }
            }
            op::STUDY_SYSTEM_ATTR => {
                let attrs = table(record, "system_attr")?;
                if let Some(study) = self.study(record)? {
                    study.system.extend(attrs);
                }
            }
            op::CREATE_TRIAL => self.create_trial(record)?,
            op::TRIAL_PARAM => self.param(record)?,
            op::TRIAL_STATE => self.state(record)?,
            op::TRIAL_INTERMEDIATE => {
                let step = whole(record, "step")?;
                let value =
                    as_number(&record["intermediate_value"]).ok_or_else(|| lacks("intermediate_value"))?;
                if let Some(trial) = self.trial(record)? {
                    trial.intermediate.insert(step, value);
                }
            }
            op::TRIAL_USER_ATTR => {
                let attrs = table(record, "user_attr")?;
                if let Some(trial) = self.trial(record)? {
                    trial.attrs.extend(attrs);
                }
            }
            op::TRIAL_SYSTEM_ATTR => {
                let attrs = table(record, "system_attr")?;
                if let Some(trial) = self.trial(record)? {
                    trial.system_attrs.extend(attrs);
                }
            }
            op::DISCARD_TRIALS => {}
            code => return Err(Error::bad_data(format!("the operation {code} is unknown"))),
        }
        Ok(())
    }

    fn create_study(&mut self, record: &Value) -> Result<()> {
        let name = text(record, "study_name")?;
        let directions = record["directions"]
            .as_array()
            .ok_or_else(|| lacks("directions"))?;
        if self.find(&name).is_none() {
            self.studies.push(Recorded {
                name,
                directions: directions
                    .iter()
                    .map(|code| Direction::from_code(code.as_u64()?))
                    .collect(),
                user: BTreeMap::new(),
                system: BTreeMap::new(),
                trials: Vec::new(),
                is_deleted: false,
            });
        }
        Ok(())
    }

    fn create_trial(&mut self, record: &Value) -> Result<()> {
        let id = self.places.len() as u64;
        let study_id = whole(record, "study_id")? as usize;
        let Some(study) = self.study(record)? else {
            return Ok(());
        };
        let optional = |key: &str| record[key].as_object().cloned().unwrap_or_default();
        let mut distributions = BTreeMap::new();
        for (name, range) in optional("distributions") {
            distributions.insert(name, distribution(&range)?);
        }
        let mut params = BTreeMap::new();
        for (name, internal) in optional("params") {
            let range = distributions.get(&name).ok_or_else(|| lacks("distributions"))?;
            params.insert(name, external(range, &internal)?);
        }
        let mut intermediate = BTreeMap::new();
        for (step, value) in optional("intermediate_values") {
            let step = step.parse().map_err(|_| lacks("intermediate_values"))?;
            intermediate.insert(
                step,
                as_number(&value).ok_or_else(|| lacks("intermediate_values"))?,
            );
        }
        let state = match &record["state"] {
            Value::Null => TrialState::Running,
            _ => state_of(record)?,
        };
        study.trials.push(Trial {
            number: study.trials.len() as u64,
            state,
            params,
            distributions,
            intermediate,
            value: as_number(&record["value"]).or_else(|| first_value(record)),
            attrs: optional("user_attrs").into_iter().collect(),
            system_attrs: optional("system_attrs").into_iter().collect(),
            worker: text(record, "worker_id")?,
            started: time(record, "datetime_start"),
            finished: time(record, "datetime_complete"),
            id,
        });
        let number = study.trials.len() - 1;
        self.places.push((study_id, number));
        Ok(())
    }

    fn param(&mut self, record: &Value) -> Result<()> {
        let name = text(record, "param_name")?;
        let range = distribution(&record["distribution"])?;
        let value = external(&range, &record["param_value_internal"])?;
        let study = self.place(record)?.and_then(|(study, _)| self.studies.get(study));
        let earlier = study
            .into_iter()
            .flat_map(|study| &study.trials)
            .find_map(|trial| trial.distributions.get(&name));
        if earlier.is_some_and(|earlier| !earlier.is_compatible(&range)) {
            return Ok(());
        }
        if let Some(trial) = self.trial(record)? {
            trial.params.insert(name.clone(), value);
            trial.distributions.insert(name, range);
        }
        Ok(())
    }

    fn state(&mut self, record: &Value) -> Result<()> {
        let state = state_of(record)?;
        let worker = text(record, "worker_id")?;
        let Some(trial) = self.trial(record)? else {
            return Ok(());
        };
        if state == TrialState::Running {
            if trial.state == TrialState::Running {
                return Ok(());
            }
            trial.started = time(record, "datetime_start");
            trial.worker = worker;
        }
        if state.is_finished() {
            trial.finished = time(record, "datetime_complete");
        }
        trial.state = state;
        trial.value = first_value(record).or(trial.value);
        Ok(())
    }

    fn study(&mut self, record: &Value) -> Result<Option<&mut Recorded>> {
        let id = whole(record, "study_id")? as usize;
        Ok(self.studies.get_mut(id).filter(|study| !study.is_deleted))
    }

    fn place(&self, record: &Value) -> Result<Option<(usize, usize)>> {
        let id = whole(record, "trial_id")? as usize;
        Ok(self.places.get(id).copied())
    }

    /// The trial of a record, where it can still change.
    fn trial(&mut self, record: &Value) -> Result<Option<&mut Trial>> {
        let Some((study, number)) = self.place(record)? else {
            return Ok(None);
        };
        let trial = self.studies.get_mut(study).and_then(|s| s.trials.get_mut(number));
        Ok(trial.filter(|trial| !trial.state.is_finished()))
    }
}

fn lacks(field: &str) -> Error {
    Error::bad_data(format!("the record lacks a readable `{field}`"))
}

fn whole(record: &Value, field: &str) -> Result<u64> {
    record[field].as_u64().ok_or_else(|| lacks(field))
}

fn text(record: &Value, field: &str) -> Result<String> {
    record[field]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| lacks(field))
}

fn table(record: &Value, field: &str) -> Result<Map<String, Value>> {
    record[field].as_object().cloned().ok_or_else(|| lacks(field))
}

fn time(record: &Value, field: &str) -> Option<String> {
    record[field].as_str().map(str::to_owned)
}

fn state_of(record: &Value) -> Result<TrialState> {
    TrialState::from_code(whole(record, "state")?).ok_or_else(|| lacks("state"))
}

/// The first of the objective values.
fn first_value(record: &Value) -> Option<f64> {
    record["values"].as_array()?.first().and_then(as_number)
}

fn distribution(described: &Value) -> Result<Distribution> {
    let described = described.as_str().ok_or_else(|| lacks("distribution"))?;
    Distribution::from_json(&serde_json::from_str(described).map_err(|_| lacks("distribution"))?)
}

fn external(range: &Distribution, internal: &Value) -> Result<Value> {
    as_number(internal)
        .and_then(|internal| range.from_internal(internal))
        .ok_or_else(|| lacks("param_value_internal"))
}
