//! The data set through the interface that the host uses.

#[cfg(test)]
mod digits;
