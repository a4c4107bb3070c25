//! Weights of a network as plain numbers, and changes of them.

use neurotrain_engine::{Network, ParamKind};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{LayerInfo, NetworkInfo, Result};
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// Values of all parameters of the graph, by index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights(pub(super) Vec<Vec<f64>>);

impl Weights {
    pub(super) fn of(network: &Network) -> Result<Self> {
        let params = network.params()?.into_iter();
        let own = params.filter(|p| p.kind == ParamKind::Network);
        own.map(|p| values(&p.tensor)).collect::<Result<_>>().map(Weights)
    }

    pub(super) fn write(&self, network: &Network, session: &Arc<Session>) -> Result<()> {
        for (param, values) in network.info().params.iter().zip(&self.0) {
            network.set_param(&param.name, &tensor(session, values, &param.shape)?)?;
        }
        Ok(())
    }

    /// Makes every second neuron, or feature map, of the hidden layers a copy of the one before it.
    pub(super) fn twin(&mut self, info: &NetworkInfo) {
        for layer in info.layers.iter().filter(|layer| !layer.readout) {
            for param in params_of(layer) {
                let pairs = layer.shape.first().map_or(0, |units| units / 2);
                let values = &mut self.0[param];
                let row = info.params[param].shape.iter().skip(1).product::<usize>();
                for pair in 0..pairs {
                    values.copy_within(2 * pair * row..(2 * pair + 1) * row, (2 * pair + 1) * row);
                }
            }
        }
    }

    /// Exchanges what `layer` receives from the two of every such pair below. Whether it could be done.
    pub(super) fn exchange(&mut self, info: &NetworkInfo, layer: &LayerInfo) -> bool {
        let units: Vec<usize> = layer
            .sources
            .iter()
            .filter_map(|source| info.layers[*source].output_shape.first().copied())
            .collect();
        let shape = &info.params[layer.weight].shape;
        let columns: usize = shape.iter().skip(1).product();
        let units = match units[..] {
            [first, ..]
                if units.iter().all(|u| *u == first) && first >= 2 && columns.is_multiple_of(first) =>
            {
                first
            }
            _ => return false,
        };
        if layer.from_input {
            return false;
        }
        let block = columns / units;
        for row in self.0[layer.weight].chunks_mut(columns) {
            for pair in 0..units / 2 {
                let (left, right) = row[2 * pair * block..].split_at_mut(block);
                left.swap_with_slice(&mut right[..block]);
            }
        }
        true
    }

    /// Multiplies the weights of a layer by `factor`.
    pub(super) fn scale(&mut self, layer: &LayerInfo, factor: f64) {
        for param in [Some(layer.weight), layer.bias].into_iter().flatten() {
            self.0[param].iter_mut().for_each(|w| *w *= factor);
        }
    }

    /// Gives the weights of a layer other signs and sizes.
    pub(super) fn upset(&mut self, layer: &LayerInfo) {
        self.0[layer.weight].iter_mut().for_each(|w| *w = -*w);
        self.jitter(layer, 1.0);
    }

    /// Adds noise of `share` of their mean size to the weights of a layer.
    pub(super) fn jitter(&mut self, layer: &LayerInfo, share: f64) {
        let values = &mut self.0[layer.weight];
        let size = values.iter().map(|w| w.abs()).sum::<f64>() / values.len().max(1) as f64;
        let mut draw = Stream::new(11, "taxonomy/jitter", layer.index as u64);
        values
            .iter_mut()
            .for_each(|w| *w += share * size * (2.0 * draw.uniform() - 1.0));
    }
}

/// Parameters of a layer whose rows are its neurons.
pub(super) fn params_of(layer: &LayerInfo) -> Vec<usize> {
    let recurrent = layer.recurrent.as_ref();
    [
        Some(layer.weight),
        layer.bias,
        recurrent.map(|r| r.weight),
        recurrent.and_then(|r| r.bias),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn values(tensor: &HostTensor) -> Result<Vec<f64>> {
    tensor
        .with_slice(|values: &[f64]| values.to_vec())
        .or_else(|_| tensor.with_slice(|values: &[f32]| values.iter().map(|v| f64::from(*v)).collect()))
}

fn tensor(session: &Arc<Session>, values: &[f64], shape: &[usize]) -> Result<HostTensor> {
    if session.dtype().size_in_bytes() == 8 {
        return HostTensor::from_vec(session, values.to_vec(), shape, Category::Parameter);
    }
    let single: Vec<f32> = values.iter().map(|v| *v as f32).collect();
    HostTensor::from_vec(session, single, shape, Category::Parameter)
}
