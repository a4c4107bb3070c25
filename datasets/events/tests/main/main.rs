//! Decoders on files that the tests make, on damaged ones, and on real recordings.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod real;
