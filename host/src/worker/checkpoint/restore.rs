//! Weights as they were.

use neurotrain_engine::{NamedParam, Network};
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::HostTensor;

/// Gives the parameters of `network` the values of a checkpoint.
///
/// What has its initial value is left alone, so that it does not count as trained.
///
/// # Errors
/// `bad-checkpoint` when the parameters are not the network's.
pub(crate) fn restore_parameters(network: &Network, saved: &[(String, HostTensor)]) -> Result<()> {
    let params = network.params()?;
    let names = |found: Vec<&str>| found.join(", ");
    if params.len() != saved.len() {
        return Err(Error::new(
            "bad-checkpoint",
            format!(
                "the checkpoint has the parameters {}, the network {}",
                names(saved.iter().map(|(name, _)| name.as_str()).collect()),
                names(params.iter().map(|param| param.name.as_str()).collect())
            ),
        ));
    }
    for (name, value) in saved {
        let present = params.iter().find(|param| param.name == *name);
        if !present.is_some_and(|param| same(param, value)) {
            network.set_param(name, value)?;
        }
    }
    Ok(())
}

fn same(param: &NamedParam, value: &HostTensor) -> bool {
    fn bits<R: Real>(tensor: &HostTensor) -> Option<Vec<u64>> {
        tensor
            .with_slice(|values: &[R]| values.iter().map(|v| v.to_f64().to_bits()).collect())
            .ok()
    }
    let equal = |a: Option<Vec<u64>>, b: Option<Vec<u64>>| a.is_some() && a == b;
    equal(bits::<f32>(&param.tensor), bits::<f32>(value))
        || equal(bits::<f64>(&param.tensor), bits::<f64>(value))
}
