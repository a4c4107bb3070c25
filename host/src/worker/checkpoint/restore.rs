//! Weights as they were.

use super::Snapshot;
use super::snapshot::Stored;
use neurotrain_engine::Network;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, Session};
use std::sync::Arc;

/// Gives the parameters of `network` the values of a snapshot.
///
/// What has its value already is left alone, so that what still has its initial one does not count as trained.
///
/// # Errors
/// `bad-checkpoint` when the parameters are not the network's.
pub(crate) fn restore_parameters(
    network: &Network,
    session: &Arc<Session>,
    snapshot: &Snapshot,
) -> Result<()> {
    let params = network.params()?;
    if params.len() != snapshot.parameters().len() {
        let saved: Vec<&str> = snapshot.parameters().map(|(name, _)| name).collect();
        let present: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        return Err(Error::new(
            "bad-checkpoint",
            format!(
                "the checkpoint has the parameters {}, the network {}",
                saved.join(", "),
                present.join(", ")
            ),
        ));
    }
    for (name, saved) in snapshot.parameters() {
        let present = params.iter().find(|param| param.name == name);
        let same = match present {
            Some(param) => Stored::tensor(&param.tensor)?.bytes() == saved.bytes(),
            None => false,
        };
        if !same {
            network.set_param(name, &saved.to_tensor(session, Category::Parameter)?)?;
        }
    }
    Ok(())
}
