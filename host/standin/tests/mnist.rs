//! The stand-ins of MNIST and Fashion-MNIST, and what is never overwritten.

#[cfg(test)]
mod support;

use neurotrain_data_mnist::{FashionMnist, Mnist};
use neurotrain_standin::Options;
use support::images::{learnable, pixels};
use support::stand_in;

#[test]
fn they_can_be_learned_but_not_by_their_means_alone() {
    learnable::<Mnist>();
    learnable::<FashionMnist>();
}

#[test]
fn strokes_cover_about_as_much_as_those_of_digits() {
    let (_dir, data, _) = stand_in::<Mnist>(&Options::default());
    let (images, _) = pixels(&data, "train");
    let sum: f64 = images.iter().flatten().sum();
    let mean = sum / (images.len() * 784) as f64 / 255.0;
    assert!((0.06..0.25).contains(&mean), "{mean}");
}
