//! The data set through the interface that the host uses, on made-up files in both layouts.

#[cfg(test)]
mod layouts;
