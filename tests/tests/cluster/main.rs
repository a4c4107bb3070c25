//! Campaigns beyond one process: supervisors that share a folder, lose their machine, and are started by batch systems.

mod claims;
mod hyperqueue;
mod slurm;
mod status;
mod support;
