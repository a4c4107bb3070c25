//! The data set through the interface that the host uses.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod made_up;
#[cfg(test)]
mod real;
#[cfg(test)]
mod support;
