//! Constants of hair and bushy cells.

/// Of the hair cell (Meddis, 1986, with the values of the Heidelberg data sets). Rates are per second.
pub(crate) mod hair {
    /// Replenishment.
    pub(crate) const Y: f64 = 5.05;
    /// Largest release.
    pub(crate) const G: f64 = 2000.0;
    /// Loss from the cleft.
    pub(crate) const L: f64 = 2500.0;
    /// Return from the cleft.
    pub(crate) const R: f64 = 6580.0;
    /// Reprocessing.
    pub(crate) const X: f64 = 66.3;
    /// Permeability at rest, in units of amplitude.
    pub(crate) const A: f64 = 5.0;
    /// Half saturation, in units of amplitude.
    pub(crate) const B: f64 = 300.0;
    /// Firing rate of a fibre per unit of transmitter in the cleft.
    pub(crate) const H: f64 = 50_000.0;
    /// Level in dB whose root mean square amplitude is 1.
    pub(crate) const UNIT_LEVEL: f64 = 30.0;
}

/// Of the bushy cell (Cramer et al., 2022). Times are in seconds, the threshold is 1.
pub(crate) mod bushy {
    /// Of the membrane.
    pub(crate) const TAU_MEMBRANE: f64 = 1e-3;
    /// Of the synaptic current.
    pub(crate) const TAU_SYNAPSE: f64 = 0.5e-3;
    /// After a spike.
    pub(crate) const REFRACTORY: f64 = 1e-3;
}
