//! MNIST and Fashion-MNIST: handwritten digits and articles of clothing, 28×28 grey levels, ten classes each.
//!
//! Both come as IDX files, plain or compressed, from a data folder; stratified subsets are bundled, so that
//! everything works without a download.

mod bundled;
mod checksums;
mod fashion;
mod file;
mod folder;
mod idx;
mod mnist;
mod published;
mod set;

pub use fashion::FashionMnist;
pub use mnist::Mnist;
pub use set::{CLASSES, COLS, ROWS};

neurotrain_plugin_api::export_plugin!(datasets: [Mnist, FashionMnist]);
