//! The data sets through the interface that the host uses.

#[cfg(test)]
mod bundled;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod support;
