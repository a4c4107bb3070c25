//! Watches whether the first updates reach every parameter, and leave numbers behind.

use neurotrain_engine::{NamedParam, Network, ParamKind};
use neurotrain_kernels::Real;
use neurotrain_plugin_api::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Batches within which every parameter should have changed.
const FIRST: u64 = 5;

/// What is known of the parameters so far. It keeps no copies, so that it costs no memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Watch {
    /// Digests of the initial values of what has not changed yet.
    unchanged: BTreeMap<String, u64>,
    batches: u64,
    told_of_non_finite: bool,
}

impl Watch {
    /// Before the first batch.
    pub(super) fn start(network: &Network) -> Result<Self> {
        let params = network.params()?.into_iter().filter(is_trainable);
        let digests = params.map(|param| Ok((param.name.clone(), look(&param)?.digest)));
        Ok(Watch {
            unchanged: digests.collect::<Result<_>>()?,
            batches: 0,
            told_of_non_finite: false,
        })
    }

    /// What is wrong after a batch.
    pub(super) fn after_batch(&mut self, network: &Network) -> Result<Vec<String>> {
        self.batches += 1;
        if self.batches > FIRST {
            return Ok(Vec::new());
        }
        let mut warnings = self.look(network)?;
        if self.batches == FIRST {
            warnings.extend(self.forgotten());
        }
        Ok(warnings)
    }

    /// What is wrong after an epoch.
    pub(super) fn after_epoch(&mut self, network: &Network, epoch: u64) -> Result<Vec<String>> {
        let mut warnings = self.look(network)?;
        if epoch == 0 && self.batches < FIRST {
            warnings.extend(self.forgotten());
        }
        Ok(warnings)
    }

    /// Strikes out what has changed; says once what is not finite.
    fn look(&mut self, network: &Network) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        for param in network.params()?.iter().filter(|p| is_trainable(p)) {
            let Seen { digest, non_finite } = look(param)?;
            if self
                .unchanged
                .get(&param.name)
                .is_some_and(|before| *before != digest)
                || param.spared
            {
                self.unchanged.remove(&param.name);
            }
            if non_finite > 0 && !self.told_of_non_finite {
                warnings.push(format!(
                    "{non_finite} of {} values of parameter `{}` are not finite after the first {}; a smaller learning rate may help",
                    param.shape.iter().product::<usize>(),
                    param.name,
                    batches(self.batches)
                ));
            }
        }
        self.told_of_non_finite |= !warnings.is_empty();
        Ok(warnings)
    }

    fn forgotten(&self) -> Option<String> {
        let names: Vec<String> = self.unchanged.keys().map(|name| format!("`{name}`")).collect();
        match &names[..] {
            [] => None,
            [one] => Some(format!(
                "parameter {one} was not changed by the first {}; a rule that leaves it as it is says so with `mark_trained`",
                batches(self.batches)
            )),
            several => Some(format!(
                "parameters {} were not changed by the first {}; a rule that leaves them as they are says so with \
                 `mark_trained`",
                several.join(", "),
                batches(self.batches)
            )),
        }
    }
}

fn batches(count: u64) -> String {
    match count {
        1 => "batch".to_owned(),
        n => format!("{n} batches"),
    }
}

fn is_trainable(param: &NamedParam) -> bool {
    param.kind != ParamKind::OwnFixed
}

struct Seen {
    digest: u64,
    non_finite: usize,
}

fn look(param: &NamedParam) -> Result<Seen> {
    let single = param.tensor.with_slice::<f32, _>(seen);
    single.or_else(|_| param.tensor.with_slice::<f64, _>(seen))
}

/// A digest that tells values apart bit by bit (FNV-1a over words), and how many are no numbers.
fn seen<R: Real>(values: &[R]) -> Seen {
    let mut seen = Seen {
        digest: 0xcbf2_9ce4_8422_2325,
        non_finite: 0,
    };
    for value in values {
        let value = value.to_f64();
        seen.digest = (seen.digest ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
        seen.non_finite += usize::from(!value.is_finite());
    }
    seen
}
