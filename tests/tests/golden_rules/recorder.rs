//! A network handle that notes what a rule does to the network behind it, and can spoil it on purpose.

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RString, RVec};
use neurotrain_plugin_api::Tensor;
use neurotrain_plugin_api::abi::{
    Args, RawNetwork, RawNetwork_TO, RawNetworkBox, RawResult, RawTensorBox, ops,
};
use std::sync::{Arc, Mutex};

/// What was noted.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Values of all parameters, the rule's own last, before each step.
    pub(crate) before_steps: Vec<Vec<Vec<f64>>>,
    /// `(parameter, gradient)` of each optimiser step, in order.
    pub(crate) gradients: Vec<(usize, Vec<f64>)>,
    /// Whether to note anything.
    pub(crate) on: bool,
}

/// Passes everything on to the network behind it.
pub(crate) struct Recorder {
    inner: RawNetworkBox,
    log: Arc<Mutex<Log>>,
    /// Factor of every change of a parameter; -1 is a mutant.
    change: f64,
}

impl Recorder {
    pub(crate) fn wrap(inner: RawNetworkBox, log: &Arc<Mutex<Log>>, change: f64) -> RawNetworkBox {
        let recorder = Recorder {
            inner,
            log: Arc::clone(log),
            change,
        };
        RawNetwork_TO::from_value(recorder, TD_Opaque)
    }

    fn note(&self, op: u32, args: &Args<'_>) {
        let mut log = self.log.lock().expect("the log");
        if !log.on {
            return;
        }
        match op {
            ops::NET_STEP => {
                let values = (0..).map_while(|p| self.param(p)).collect();
                log.before_steps.push(values);
            }
            ops::NET_ADAM | ops::NET_SGD => {
                let grad = Tensor::from_raw(args.tensors[0].duplicate());
                log.gradients
                    .push((args.ints[0] as usize, grad.to_vec().expect("a gradient")));
            }
            _ => (),
        }
    }

    fn param(&self, index: usize) -> Option<Vec<f64>> {
        let ints = [index as i64];
        let out = self
            .inner
            .call(ops::NET_PARAM, Args::new(&[], &[], &ints, ""))
            .into_result();
        let raw = out.ok()?.into_iter().next().expect("its value");
        Some(Tensor::from_raw(raw).to_vec().expect("its values"))
    }
}

impl RawNetwork for Recorder {
    fn duplicate(&self) -> RawNetworkBox {
        let recorder = Recorder {
            inner: self.inner.duplicate(),
            log: Arc::clone(&self.log),
            change: self.change,
        };
        RawNetwork_TO::from_value(recorder, TD_Opaque)
    }

    fn describe(&self) -> RString {
        self.inner.describe()
    }

    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        self.note(op, &args);
        let mut reals = args.reals.to_vec();
        if matches!(
            op,
            ops::NET_ADAM | ops::NET_SGD | ops::NET_OUTER_UPDATE | ops::NET_PARAM_ADD
        ) {
            reals[0] *= self.change;
        }
        self.inner.call(
            op,
            Args::new(
                args.tensors.as_slice(),
                &reals,
                args.ints.as_slice(),
                args.text.as_str(),
            ),
        )
    }
}
