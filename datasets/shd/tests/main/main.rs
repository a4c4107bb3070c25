//! The data sets through the interface that the host uses; a made-up host reads the files.

#[cfg(test)]
mod custom;
#[cfg(test)]
mod spikes;
