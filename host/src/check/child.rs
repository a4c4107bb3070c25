//! The child's side.

use super::protocol::{Accepted, Answer, Batch, ComponentRef, Question, Verdict};
use crate::cli::Exit;
use crate::process::{Sender, end_with_parent, inherited_channel};
use crate::runtime::{Plugin, ServiceSettings, config, open_session};
use crate::worker::protocol::Failure;
use crate::worker::spec::PluginFile;
use neurotrain_plugin_api::{DatasetInfo, Error, NetworkInfo, Result};
use neurotrain_tensor::Session;
use std::collections::HashMap;
use std::sync::Arc;

/// Answers the questions that arrive on the inherited channel.
pub(crate) fn child() -> Result<Exit> {
    end_with_parent();
    let Some((answers, mut inbox)) = inherited_channel::<Answer, Batch>()? else {
        return Err(Error::new("usage", "this command is for the program's own use"));
    };
    let Some(batch) = inbox.next() else {
        return Ok(Exit::Done);
    };
    let settings = ServiceSettings {
        data: batch.data,
        ..ServiceSettings::default()
    };
    let mut checker = Checker::new(answers.clone(), settings);
    for question in &batch.questions {
        let verdict = match checker.check(question) {
            Ok(accepted) => Verdict::Accepted(Box::new(accepted)),
            Err(e) if e.code() == "refused" => Verdict::Refused {
                reason: e.to_string(),
            },
            Err(e) => Verdict::Broken(Failure::from(&e)),
        };
        answers.send(&Answer::Answered(verdict))?;
    }
    Ok(Exit::Done)
}

type Memo<T> = HashMap<String, Result<T>>;

struct Checker {
    answers: Sender<Answer>,
    settings: ServiceSettings,
    sessions: HashMap<(String, String), Result<Arc<Session>>>,
    plugins: HashMap<PluginFile, Plugin>,
    datasets: Memo<DatasetInfo>,
    networks: Memo<NetworkInfo>,
}

impl Checker {
    fn new(answers: Sender<Answer>, settings: ServiceSettings) -> Self {
        Checker {
            answers,
            settings,
            sessions: HashMap::new(),
            plugins: HashMap::new(),
            datasets: HashMap::new(),
            networks: HashMap::new(),
        }
    }

    fn check(&mut self, question: &Question) -> Result<Accepted> {
        let session = self.session(question)?;
        let dataset = self.dataset(&question.dataset, &session)?;
        let network = self.network(&question.model, &dataset, &session)?;
        let trainer = &question.trainer;
        let plugin = self.plugin(&trainer.plugin)?;
        self.entering(&plugin, "check", &trainer.key)?;
        plugin.check_trainer(&trainer.key, &config(&trainer.config), &network)?;
        let parameters = network
            .params
            .iter()
            .map(|p| p.shape.iter().product::<usize>() as u64)
            .sum();
        Ok(Accepted { dataset, parameters })
    }

    fn session(&mut self, question: &Question) -> Result<Arc<Session>> {
        let memo = (question.device.clone(), question.dtype.clone());
        let session = match self.sessions.get(&memo) {
            Some(known) => known.clone(),
            None => open_session(&question.device, &question.dtype, 0),
        };
        self.sessions.insert(memo, session.clone());
        let session = session?;
        for part in [&question.trainer, &question.model] {
            if part.cpu_only && !session.device().is_cpu() {
                let device = session.device_name();
                return Err(
                    Error::refused(format!("`{}` runs on the CPU only, not on {device}", part.key))
                        .with_hint("use `device: cpu`"),
                );
            }
        }
        Ok(session)
    }

    fn dataset(&mut self, wanted: &ComponentRef, session: &Arc<Session>) -> Result<DatasetInfo> {
        let memo = serde_json::to_string(wanted)?;
        if let Some(known) = self.datasets.get(&memo) {
            return known.clone();
        }
        let plugin = self.plugin(&wanted.plugin)?;
        self.entering(&plugin, "opening of the data", &wanted.key)?;
        let info = plugin
            .dataset(&wanted.key, &config(&wanted.config), session, &self.settings)
            .map(|open| open.info);
        self.datasets.insert(memo, info.clone());
        info
    }

    fn network(
        &mut self,
        wanted: &ComponentRef,
        data: &DatasetInfo,
        session: &Arc<Session>,
    ) -> Result<NetworkInfo> {
        let memo = serde_json::to_string(&(wanted, &data.shape, data.classes))?;
        if let Some(known) = self.networks.get(&memo) {
            return known.clone();
        }
        let plugin = self.plugin(&wanted.plugin)?;
        self.entering(&plugin, "network graph", &wanted.key)?;
        let info = plugin
            .model(&wanted.key, session, &self.settings)
            .and_then(|model| model.info(&config(&wanted.config), &data.shape, data.classes));
        self.networks.insert(memo, info.clone());
        info
    }

    fn plugin(&mut self, file: &PluginFile) -> Result<Plugin> {
        if let Some(plugin) = self.plugins.get(file) {
            return Ok(plugin.clone());
        }
        self.answers.send(&Answer::Entering {
            plugin: format!("{} {} ({})", file.name, file.version, file.path.display()),
            call: "loading".to_owned(),
        })?;
        let plugin = Plugin::open(&file.path, &file.name, &file.version)?;
        self.plugins.insert(file.clone(), plugin.clone());
        Ok(plugin)
    }

    fn entering(&self, plugin: &Plugin, call: &str, key: &str) -> Result<()> {
        self.answers.send(&Answer::Entering {
            plugin: plugin.label().to_owned(),
            call: format!("{call} of `{key}`"),
        })
    }
}
