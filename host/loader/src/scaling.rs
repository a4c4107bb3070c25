//! From stored values to numbers in `[0, 1]` and to standardised ones.

use neurotrain_plugin_api::DatasetInfo;

/// The two affine maps of a data set, per channel.
#[derive(Debug, Clone)]
pub(crate) struct Scaling {
    scale: f64,
    mean: Vec<f64>,
    std: Vec<f64>,
    /// Elements of one channel of a sample.
    pub(crate) plane: usize,
}

impl Scaling {
    pub(crate) fn new(info: &DatasetInfo) -> Self {
        let channels = info.shape[0];
        let per_channel = |values: &[f64], default: f64| match values {
            [] => vec![default; channels],
            [one] => vec![*one; channels],
            many => many.to_vec(),
        };
        Scaling {
            scale: info.scale,
            mean: per_channel(&info.mean, 0.0),
            std: per_channel(&info.std, 1.0),
            plane: info.shape[1..].iter().product(),
        }
    }

    pub(crate) fn channels(&self) -> usize {
        self.mean.len()
    }

    /// A stored value on the scale of the data, usually `[0, 1]`.
    #[inline]
    pub(crate) fn unit(&self, stored: f64) -> f64 {
        stored * self.scale
    }

    /// A stored value with the channel's mean 0 and standard deviation 1.
    #[inline]
    pub(crate) fn standard(&self, stored: f64, channel: usize) -> f64 {
        (self.unit(stored) - self.mean[channel]) / self.std[channel]
    }
}
