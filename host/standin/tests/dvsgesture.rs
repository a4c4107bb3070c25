//! The stand-in of DvsGesture.

#[cfg(test)]
mod support;

use neurotrain_data_dvsgesture::DvsGesture;
use support::events::learnable;

#[test]
fn it_can_be_learned_but_not_by_its_means_alone() {
    learnable::<DvsGesture>(128);
}
