//! The loader through its public interface, with data sets that are made up and with the bundled MNIST subset.

#[cfg(test)]
mod cache;
#[cfg(test)]
mod coding;
#[cfg(test)]
mod direct;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod order;
#[cfg(test)]
mod sequences;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod support;
