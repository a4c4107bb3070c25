//! Requests to stop that come as signals.

use neurotrain_plugin_api::Result;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Calls a closure for every SIGINT, SIGTERM and SIGHUP until dropped.
#[derive(Debug)]
pub(crate) struct Interrupts {
    handle: Handle,
}

impl Interrupts {
    /// Starts listening on a thread of its own.
    pub(crate) fn listen(mut on_signal: impl FnMut() + Send + 'static) -> Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let handle = signals.handle();
        std::thread::Builder::new().name("interrupts".to_owned()).spawn(move || {
            for _ in &mut signals {
                on_signal();
            }
        })?;
        Ok(Interrupts { handle })
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// Raises `flag` on SIGINT, SIGTERM and SIGHUP instead of dying of them.
pub(crate) fn stop_flag_on_termination(flag: &Arc<AtomicBool>) -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}
