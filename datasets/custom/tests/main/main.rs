//! The data sets through the interface that the host uses.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod images;
#[cfg(test)]
mod numpy;
#[cfg(test)]
mod python;
