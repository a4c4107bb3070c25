//! A host and a network that answer just enough for a plugin to be created.

use abi_stable::erased_types::TD_Opaque;
use abi_stable::std_types::{RResult, RStr, RString, RVec};
use neurotrain_plugin_api::abi::{
    Args, Bundle, IndexVisitor, RawError, RawHost, RawHost_TO, RawHostBox, RawNetwork, RawNetwork_TO,
    RawNetworkBox, RawResult, RawTensorBox,
};
use neurotrain_plugin_api::{LayerInfo, NetworkInfo, NeuronInfo, ParamInfo, Surrogate};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

/// A host that keeps what is logged.
#[derive(Clone, Default)]
pub(crate) struct Host {
    log: Arc<Mutex<Vec<String>>>,
}

impl Host {
    pub(crate) fn handle(&self) -> RawHostBox {
        RawHost_TO::from_value(self.clone(), TD_Opaque)
    }

    pub(crate) fn logged(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl RawHost for Host {
    fn duplicate(&self) -> RawHostBox {
        self.handle()
    }
    fn call(&self, op: u32, _: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        unsupported(&format!("operation {op}"))
    }
    fn service(&self, name: RStr<'_>, _: Bundle) -> RawResult<Bundle> {
        if name != "run" {
            return unsupported(&format!("service {name}"));
        }
        let mut answer = Bundle::new();
        answer.put_int("seed", 1);
        answer.put_int("dtype", 0);
        RResult::ROk(answer)
    }
    fn log(&self, _: u32, message: RStr<'_>) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message.to_string());
    }
    fn cancelled(&self) -> bool {
        false
    }
    fn parallel_for(&self, _: usize, _: *mut c_void, _: IndexVisitor) -> RawResult<()> {
        unsupported("parallel_for")
    }
    #[cfg(feature = "next-minor")]
    fn appended(&self) -> u64 {
        7
    }
}

/// A network of `layers` layers that cannot run.
pub(crate) struct Network {
    pub(crate) layers: usize,
}

impl Network {
    pub(crate) fn handle(&self) -> RawNetworkBox {
        RawNetwork_TO::from_value(Network { layers: self.layers }, TD_Opaque)
    }

    pub(crate) fn info(&self) -> NetworkInfo {
        let neuron = NeuronInfo {
            kind: "lif".to_owned(),
            beta: 0.9,
            threshold: 1.0,
            reset: "subtract".to_owned(),
            reset_order: "delayed".to_owned(),
            surrogate: Surrogate::FastSigmoid { slope: 25.0 },
        };
        let layer = |index: usize| LayerInfo {
            index,
            name: format!("lif{index}"),
            synapse: "linear".to_owned(),
            weight: index,
            bias: None,
            recurrent: None,
            neuron: neuron.clone(),
            input_shape: vec![3],
            shape: vec![3],
            output_shape: vec![3],
            sources: index.checked_sub(1).into_iter().collect(),
            from_input: index == 0,
            readout: index + 1 == self.layers,
        };
        NetworkInfo {
            net_type: "fc".to_owned(),
            input_shape: vec![3],
            classes: 3,
            params: (0..self.layers)
                .map(|i| ParamInfo {
                    name: format!("w{i}"),
                    shape: vec![3, 3],
                })
                .collect(),
            layers: (0..self.layers).map(layer).collect(),
        }
    }
}

impl RawNetwork for Network {
    fn duplicate(&self) -> RawNetworkBox {
        self.handle()
    }
    fn describe(&self) -> RString {
        serde_json::to_string(&self.info()).unwrap_or_default().into()
    }
    fn call(&self, op: u32, _: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        unsupported(&format!("operation {op}"))
    }
}

fn unsupported<T>(what: &str) -> RawResult<T> {
    RResult::RErr(RawError {
        code: "unsupported".into(),
        message: format!("this host has no {what}").into(),
        hint: RString::new(),
    })
}
