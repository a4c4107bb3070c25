//! Pictures of a data set.

mod activity;
mod canvas;
mod frames;
mod paint;
mod pictures;
mod raster;
mod samples;

pub(super) use pictures::draw;
