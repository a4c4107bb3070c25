//! Merging values in order of precedence, through figment, which keeps the origin of each.

use crate::document::to_json;
use crate::rank::{Rank, Reach, Section};
use crate::{Origin, OriginKind, Protocol, Tunable, search};
use figment::value::{Dict, Map as FigmentMap, Value as FigmentValue};
use figment::{Figment, Metadata, Profile, Provider, Source};
use neurotrain_plugin_api::Component;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A value for one parameter, or setting, of one experiment.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) rank: Rank,
    /// `trainer`, `model`, `dataset` or `runtime`.
    pub(crate) block: &'static str,
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) tunable: Option<Tunable>,
    pub(crate) origin: Origin,
}

impl Assignment {
    pub(crate) fn new(rank: Rank, block: &'static str, key: String, value: Value, origin: &Origin) -> Self {
        Assignment {
            rank,
            block,
            key,
            value,
            tunable: None,
            origin: origin.clone(),
        }
    }

    /// The defaults of a component, which everything else overrides.
    pub(crate) fn defaults(block: &'static str, component: &Component, source: &str) -> Vec<Self> {
        let rank = Rank::new(Protocol::Honest, OriginKind::Default, Reach::Every, Section::Flat);
        let origin = Origin::new(OriginKind::Default, source);
        let assign = |p: &neurotrain_plugin_api::ParamSchema| Assignment {
            tunable: search::from_manifest(p),
            ..Assignment::new(rank, block, p.name.clone(), p.default.clone(), &origin)
        };
        component.params.iter().map(assign).collect()
    }
}

impl Provider for &Assignment {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.kind.as_str()).source(Source::Custom(self.origin.source.clone()))
    }

    fn data(&self) -> figment::Result<FigmentMap<Profile, Dict>> {
        let value = FigmentValue::serialize(&self.value)?;
        let block = Dict::from([(self.key.clone(), value)]);
        Ok(Profile::Default.collect(Dict::from([(self.block.to_owned(), block.into())])))
    }
}

/// Values and origins, by block.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    blocks: BTreeMap<String, Map<String, Value>>,
    /// By dotted name: `trainer.lr`.
    pub(crate) origins: BTreeMap<String, Origin>,
}

impl Resolved {
    /// The values of a block, in the order of the schema.
    pub(crate) fn block(&self, name: &str) -> Map<String, Value> {
        self.blocks.get(name).cloned().unwrap_or_default()
    }
}

/// Merges assignments in order of precedence and reads off the values of `blocks`.
pub(crate) fn merge(
    mut assignments: Vec<Assignment>,
    blocks: &[(&str, &Component)],
) -> Result<Resolved, Box<figment::Error>> {
    assignments.sort_by_key(|a| a.rank);
    let figment = assignments
        .iter()
        .fold(Figment::new(), |figment, assignment| figment.merge(assignment));
    let mut resolved = Resolved::default();
    for (block, component) in blocks {
        let mut values = Map::new();
        // A component without parameters has no block.
        let found = match component.params.as_slice() {
            [] => Dict::new(),
            _ => figment.find_value(block)?.into_dict().unwrap_or_default(),
        };
        for param in &component.params {
            let Some(value) = found.get(&param.name) else {
                continue;
            };
            values.insert(param.name.clone(), to_json(value));
            if let Some(origin) = figment.get_metadata(value.tag()).and_then(origin_of) {
                resolved.origins.insert(format!("{block}.{}", param.name), origin);
            }
        }
        resolved.blocks.insert((*block).to_owned(), values);
    }
    Ok(resolved)
}

fn origin_of(metadata: &Metadata) -> Option<Origin> {
    let kind = OriginKind::from_name(&metadata.name)?;
    let source = metadata.source.as_ref().and_then(Source::custom)?;
    Some(Origin::new(kind, source))
}
