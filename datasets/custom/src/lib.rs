//! One's own data from configuration alone: a folder of images, or arrays of numpy.

mod archive;
mod folder;
mod image_folder;
mod memory;
mod npz;
mod place;

pub use image_folder::ImageFolder;
pub use npz::Npz;

neurotrain_plugin_api::export_plugin!(datasets: [ImageFolder, Npz]);
