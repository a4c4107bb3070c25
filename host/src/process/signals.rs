//! Requests to stop that come as signals.

use neurotrain_plugin_api::Result;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

const REQUESTS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
/// What a batch system sends before time is up.
const WARNING: i32 = SIGUSR1;

type Handler = Box<dyn FnMut() + Send>;

/// Gives SIGINT, SIGTERM, SIGHUP and SIGUSR1 to whoever wants them; while nobody does, they end the program as usual.
///
/// Signals belong to the process: one instance per program.
pub(crate) struct Interrupts {
    handler: Arc<Mutex<Option<Handler>>>,
}

/// Signals go to a handler until this is dropped.
pub(crate) struct Subscription<'a> {
    interrupts: &'a Interrupts,
}

impl Interrupts {
    /// Starts listening on a thread of its own.
    pub(crate) fn listen() -> Result<Self> {
        let mut signals = Signals::new(REQUESTS.into_iter().chain([WARNING]))?;
        let handler: Arc<Mutex<Option<Handler>>> = Arc::default();
        let shared = Arc::clone(&handler);
        std::thread::Builder::new()
            .name("interrupts".to_owned())
            .spawn(move || {
                for signal in &mut signals {
                    match shared.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                        Some(handler) => handler(),
                        None => {
                            if let Err(e) = emulate_default_handler(signal) {
                                tracing::warn!("signal {signal} has no effect: {e}");
                            }
                        }
                    }
                }
            })?;
        Ok(Interrupts { handler })
    }

    /// Calls `on_signal` for every signal while the result lives.
    pub(crate) fn subscribe(&self, on_signal: impl FnMut() + Send + 'static) -> Subscription<'_> {
        self.set(Some(Box::new(on_signal)));
        Subscription { interrupts: self }
    }

    /// Lets further signals do nothing: what is left is short, and worth more than a quick end.
    pub(crate) fn ignore(&self) {
        self.set(Some(Box::new(|| {})));
    }

    fn set(&self, handler: Option<Handler>) {
        *self.handler.lock().unwrap_or_else(PoisonError::into_inner) = handler;
    }
}

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        self.interrupts.set(None);
    }
}

/// Raises `flag` at every SIGUSR1.
pub(crate) fn flag_on_save_signal(flag: &Arc<AtomicBool>) -> Result<()> {
    signal_hook::flag::register(SIGUSR1, Arc::clone(flag))?;
    Ok(())
}

/// Raises `flag` at the first SIGINT, SIGTERM or SIGHUP instead of dying of it; the second one ends the process.
pub(crate) fn stop_flag_on_termination(flag: &Arc<AtomicBool>) -> Result<()> {
    for signal in REQUESTS {
        // In this order, so that the signal that raises the flag does not find it raised.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(flag))?;
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}
