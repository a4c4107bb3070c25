//! The data set through the interface that the host uses; a made-up host reads the file.

#[cfg(test)]
mod digits;
