//! The stand-in of DvsCifar10.

#[cfg(test)]
mod support;

use neurotrain_data_dvscifar10::DvsCifar10;
use support::events::learnable;

#[test]
fn it_can_be_learned_but_not_by_its_means_alone() {
    learnable::<DvsCifar10>(128);
}
