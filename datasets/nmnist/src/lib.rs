//! N-MNIST: the digits of MNIST, seen by an event camera that moves in three jerks.

mod nmnist;

pub use nmnist::NMnist;

neurotrain_plugin_api::export_plugin!(datasets: [NMnist]);
