//! From recordings of sound to spikes of the auditory pathway: a front end for spiking networks.
//!
//! A sound passes through four stages, each a few lines of arithmetic per sample and channel, so that a second of speech
//! takes tens of milliseconds and the result is the same on every machine: there is no randomness.
//!
//! 1. [`Sound`]: the recording at one rate ([`Sound::resampled`]), brought to a level in decibels, its ends faded.
//! 2. Filter bank: a gammatone filter of fourth order per channel, centre frequencies equally spaced on the ERB-rate
//!    scale (B. R. Glasberg and B. C. J. Moore, "Derivation of auditory filter shapes from notched-noise data",
//!    Hearing Research 47, 1990), as cascades of complex one-pole filters (J. Holdsworth, I. Nimmo-Smith, R. Patterson
//!    and P. Rice, "Implementing a gammatone filter bank", annex C of the SVOS final report, 1988).
//! 3. Hair cell: transmitter that is released by the rectified motion, depleted and recovered (R. Meddis, "Simulation of
//!    mechanical to neural transduction in the auditory receptor", JASA 79, 1986).
//! 4. Bushy cell: a leaky integrate-and-fire neuron that many fibres of a hair cell converge on (as in B. Cramer,
//!    Y. Stradmann, J. Schemmel and F. Zenke, "The Heidelberg spiking data sets", IEEE TNNLS 33, 2022), driven here by
//!    the expected release instead of sampled fibres.
//!
//! The last two have the constants of the Heidelberg data sets; the filter bank stands in for their hydrodynamic model
//! of the basilar membrane, so that the result is like SHD, but not SHD.

mod block;
mod cochlea;
mod constants;
mod erb;
mod resample;
mod sound;

pub use cochlea::{Cochlea, Settings, Spikes};
pub use erb::{bandwidth, centre_frequencies};
pub use sound::Sound;
