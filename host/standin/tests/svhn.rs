//! The stand-in of Svhn.

#[cfg(test)]
mod support;

use neurotrain_data_svhn::Svhn;
use support::images::learnable;

#[test]
fn it_can_be_learned_but_not_by_its_means_alone() {
    learnable::<Svhn>();
}
