//! The few HDF5 operations that the archive is made of.

mod attribute;
mod copy;
mod dataset;
mod group;
mod image;
mod link;
mod scale;

pub(crate) use attribute::{
    attribute, optional_attribute, optional_text_attribute, put_attribute, put_text_attribute,
    put_texts_attribute, text_attribute, texts_attribute,
};
pub(crate) use copy::copy_file;
pub(crate) use dataset::{label_dimensions, put_array, put_scalar, put_text, put_texts, text, texts};
pub(crate) use group::{Member, create_group, members, walk};
pub(crate) use image::file_image;
pub(crate) use link::link_file;
pub(crate) use scale::{Scale, make_scale};
