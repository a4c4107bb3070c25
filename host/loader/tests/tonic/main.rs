//! The loader beside tonic. A program of its own: the plugins of two data sets cannot be linked into one.

#[cfg(test)]
mod framing;
#[cfg(test)]
#[path = "../main/support.rs"]
#[allow(dead_code, reason = "data that is made up is for the other tests")]
mod support;
