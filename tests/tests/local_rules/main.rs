//! DECOLLE, ES-D-RTRL, traces propagation and the rules of local classifiers, in double precision against their
//! equations written down literally, one sample at a time.

#[path = "../rules/bench.rs"]
#[allow(dead_code)] // other tests use the rest
mod bench;
#[path = "../golden_rules/plugins.rs"]
#[allow(dead_code)]
mod plugins;

mod classifiers;
mod decolle;
mod esd_rtrl;
mod maps;
mod net;
mod promises;
mod tp;
