//! Precedence: which of two values for the same parameter wins.

use crate::statement::Scope;
use crate::{OriginKind, Protocol};

/// Precedence of a value; the greater wins, and of equals the one said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank([u8; 4]);

/// Which experiments a value is about, from general to specific.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// `runtime.compat` of the campaign, handed on to components.
    CampaignCompat,
    /// `runtime.compat` of the experiment, handed on to components.
    ExperimentCompat,
    Every,
    Component,
    Experiment,
}

impl From<&Scope> for Reach {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Every => Reach::Every,
            Scope::Component(_) => Reach::Component,
            Scope::Experiment(_) => Reach::Experiment,
        }
    }
}

/// The section of a model a value stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Default,
    Dataset,
    Trainer,
    /// In no section.
    Flat,
}

impl Rank {
    /// The honest order: layer, reach, section. NeuroTrain's: within sections the section decides before
    /// the layer, so that a trainer section of the model wins over a `default` section of the file; flat
    /// values follow.
    pub(crate) fn new(protocol: Protocol, layer: OriginKind, reach: Reach, section: Section) -> Self {
        let (layer_rank, reach, section_rank) = (layer as u8, reach as u8, section as u8);
        match (protocol, layer, section) {
            (Protocol::Honest, ..) => Rank([layer_rank, reach, section_rank, 0]),
            (_, OriginKind::Default, _) => Rank([0, 0, 0, 0]),
            (_, _, Section::Flat) => Rank([2, layer_rank, reach, 0]),
            _ => Rank([1, section_rank, layer_rank, reach]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OriginKind as Layer;

    fn honest(layer: Layer, reach: Reach, section: Section) -> Rank {
        Rank::new(Protocol::Honest, layer, reach, section)
    }

    fn neurotrain(layer: Layer, section: Section) -> Rank {
        Rank::new(Protocol::Neurotrain, layer, Reach::Experiment, section)
    }

    #[test]
    fn layers_come_first_in_the_honest_order() {
        let ordered = [
            honest(Layer::Default, Reach::Experiment, Section::Flat),
            honest(Layer::Section, Reach::Component, Section::Dataset),
            honest(Layer::Section, Reach::Component, Section::Trainer),
            honest(Layer::File, Reach::CampaignCompat, Section::Flat),
            honest(Layer::File, Reach::Every, Section::Flat),
            honest(Layer::File, Reach::Component, Section::Default),
            honest(Layer::File, Reach::Component, Section::Flat),
            honest(Layer::File, Reach::Experiment, Section::Default),
            honest(Layer::File, Reach::Experiment, Section::Flat),
            honest(Layer::Env, Reach::Every, Section::Flat),
            honest(Layer::Set, Reach::CampaignCompat, Section::Flat),
        ];
        assert!(ordered.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn sections_come_first_in_the_order_of_neurotrain() {
        let ordered = [
            neurotrain(Layer::Default, Section::Flat),
            neurotrain(Layer::File, Section::Default),
            neurotrain(Layer::Section, Section::Dataset),
            neurotrain(Layer::File, Section::Dataset),
            neurotrain(Layer::Section, Section::Trainer),
            neurotrain(Layer::File, Section::Trainer),
            neurotrain(Layer::File, Section::Flat),
            neurotrain(Layer::Env, Section::Flat),
            neurotrain(Layer::Set, Section::Flat),
        ];
        assert!(ordered.is_sorted_by(|a, b| a < b));
    }
}
