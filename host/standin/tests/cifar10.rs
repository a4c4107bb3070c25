//! The stand-in of Cifar10.

#[cfg(test)]
mod support;

use neurotrain_data_cifar10::Cifar10;
use support::images::learnable;

#[test]
fn it_can_be_learned_but_not_by_its_means_alone() {
    learnable::<Cifar10>();
}
