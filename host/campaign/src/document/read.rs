//! Reading the sources of a campaign.

use crate::document::locate::Locations;
use crate::document::{assignment, json};
use crate::problem::{Findings, Problem};
use crate::{CampaignSource, Format, Origin, OriginKind, Text};
use figment::Figment;
use figment::providers::{Format as _, Json, Toml, YamlExtended};
use serde_json::Value;
use std::path::Path;

/// One source: a file, a variable or an argument.
#[derive(Debug)]
pub(crate) struct Document {
    input: Input,
    root: Value,
}

/// What a document was read from.
#[derive(Debug)]
pub(crate) enum Input {
    /// A file.
    File {
        /// Its name as shown.
        name: String,
        /// Its content.
        text: String,
        /// Where its keys stand.
        locations: Locations,
    },
    /// An assignment: all of it has one origin.
    Assignment(Origin),
}

impl Document {
    pub(super) fn new(input: Input, root: Value) -> Self {
        Document { input, root }
    }

    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    pub(crate) fn input(&self) -> &Input {
        &self.input
    }

    pub(crate) fn kind(&self) -> OriginKind {
        match &self.input {
            Input::File { .. } => OriginKind::File,
            Input::Assignment(origin) => origin.kind,
        }
    }

    pub(crate) fn origin(&self, path: &[String]) -> Origin {
        match &self.input {
            Input::Assignment(origin) => origin.clone(),
            Input::File { name, locations, .. } => {
                Origin::new(OriginKind::File, place(name, locations, path))
            }
        }
    }
}

/// `campaign.yaml:12 (trainers.bptt.lr)`.
fn place(name: &str, locations: &Locations, path: &[String]) -> String {
    match (locations.line(path), path.is_empty()) {
        (Some(line), _) => format!("{name}:{line} ({})", path.join(".")),
        (None, true) => name.to_owned(),
        (None, false) => format!("{name} ({})", path.join(".")),
    }
}

/// The sources in order of precedence, the file first. Only the file can be fatal: without it the rest
/// would be full of consequential errors.
pub(crate) fn read(source: &CampaignSource, findings: &mut Findings) -> Result<Vec<Document>, Problem> {
    let mut documents = Vec::new();
    if let Some(text) = text_of(source)? {
        documents.push(parse(&text, findings)?);
    }
    let flags = source
        .flags
        .iter()
        .map(|flag| assignment::from_argument(&flag.shown, &flag.assignment));
    let sets = source
        .sets
        .iter()
        .map(|set| assignment::from_argument(&format!("--set {set}"), set));
    for document in assignment::from_environment(&source.env)
        .into_iter()
        .chain(flags)
        .chain(sets)
    {
        match document {
            Ok(document) => documents.push(document),
            Err(problem) => findings.problem(problem),
        }
    }
    Ok(documents)
}

fn text_of(source: &CampaignSource) -> Result<Option<Text>, Problem> {
    if let Some(text) = &source.text {
        return Ok(Some(text.clone()));
    }
    let Some(path) = &source.file else { return Ok(None) };
    let name = path.display().to_string();
    let Some(format) = Format::of(path) else {
        return Err(
            Problem::new(format!("campaign file {name}: its extension tells no format"))
                .hint("use .yaml, .yml, .toml or .json"),
        );
    };
    let content = std::fs::read_to_string(path).map_err(|e| {
        Problem::new(format!("campaign file {name} cannot be read: {e}")).hint(missing_hint(path))
    })?;
    Ok(Some(Text {
        name,
        format,
        content,
    }))
}

fn missing_hint(path: &Path) -> &'static str {
    if path.exists() {
        ""
    } else {
        "give the path of a campaign file, for instance campaigns/quickstart.yaml"
    }
}

fn parse(text: &Text, findings: &mut Findings) -> Result<Document, Problem> {
    let figment = match text.format {
        // Extended: PyYAML, which reads NeuroTrain's files, knows merge keys.
        Format::Yaml => Figment::from(YamlExtended::string(&text.content)),
        Format::Toml => Figment::from(Toml::string(&text.content)),
        Format::Json => Figment::from(Json::string(&text.content)),
    };
    let value = figment.find_value("").map_err(|e| {
        let reason = e.kind.to_string();
        Problem::new(format!(
            "campaign file {} cannot be read: {}",
            text.name,
            reason.trim_end()
        ))
        .hint("a campaign file is a mapping with `trainers`, `models` and `datasets`, or with `experiments`")
    })?;
    let locations = Locations::of(&text.content, text.format);
    for (path, line) in locations.repeated() {
        findings.problem(Problem::new(format!(
            "{}:{line} ({}): this key stands twice, and one of the two would be ignored",
            text.name,
            path.join(".")
        )));
    }
    let root = json::ordered(&value, &mut Vec::new(), &locations);
    let input = Input::File {
        name: text.name.clone(),
        text: text.content.clone(),
        locations,
    };
    Ok(Document::new(input, root))
}
