//! Class scores collected while a rule runs, by the network's own readout.

use crate::{Error, Field, LayerInfo, Network, Result, Tensor};

/// Class scores `[B, C]` as the host computes them in evaluation: the spikes of the readout summed over time,
/// or, where the readout is an integrator, its last membrane.
///
/// The host computes accuracy itself; this gives a rule the predictions it reports while it learns.
#[derive(Debug, Default)]
pub struct Scores {
    summed: Option<Field>,
    sum: Option<Tensor>,
}

impl Scores {
    /// Before the first step.
    pub fn new() -> Self {
        Scores::default()
    }

    /// Before the first step; the scores are `field` of the readout summed over time, whatever its kind.
    pub fn summing(field: Field) -> Self {
        Scores {
            summed: Some(field),
            sum: None,
        }
    }

    /// Takes in the step that [`Network::step`] just made.
    pub fn add_step(&mut self, net: &Network) -> Result<()> {
        let readout = net.readout()?;
        let step = net.field(readout, self.summed.unwrap_or(field(readout)))?;
        let keep_last = self.summed.is_none() && integrates(readout);
        match &self.sum {
            Some(sum) if !keep_last => sum.add_scaled(1.0, &step)?,
            _ => self.sum = Some(step.copy()?),
        }
        Ok(())
    }

    /// The scores `[B, C]` so far.
    pub fn total(&self) -> Result<&Tensor> {
        self.sum
            .as_ref()
            .ok_or_else(|| Error::new("bad-batch", "no time step was run, so there are no scores"))
    }

    /// The scores `[B, C]` of the sequence that [`Network::run`] just ran.
    pub fn of_run(net: &Network) -> Result<Tensor> {
        let readout = net.readout()?;
        let all = net.field(readout, field(readout))?;
        match all.shape().first().copied().unwrap_or(0) {
            0 => Err(Error::new(
                "bad-batch",
                "no time step was run, so there are no scores",
            )),
            steps if integrates(readout) => all.select(0, steps - 1),
            _ => all.sum(&[0]),
        }
    }
}

fn integrates(readout: &LayerInfo) -> bool {
    readout.neuron.kind == "integrator"
}

fn field(readout: &LayerInfo) -> Field {
    if integrates(readout) {
        Field::Membrane
    } else {
        Field::Spikes
    }
}
