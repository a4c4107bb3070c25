//! The host as plugins see it.

use crate::{Callbacks, PROFILE, Session, ops};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RStr, RVec};
use core::ffi::c_void;
use neurotrain_kernels::parallel::outside_of_one;
use neurotrain_plugin_api::abi::{
    Args, IndexVisitor, RawHost, RawHost_TO, RawHostBox, RawResult, RawTensorBox, catch, dtype,
};
use neurotrain_plugin_api::{Bundle, Error, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::cell::Cell;
use std::sync::Arc;

/// Creation of tensors, randomness and named services of one run.
#[derive(Clone, Debug)]
pub struct Services {
    session: Arc<Session>,
    callbacks: Arc<Callbacks>,
}

impl Services {
    /// The handle that plugins are given.
    #[expect(
        clippy::new_ret_no_self,
        reason = "plugins hold it through the stable vtable only"
    )]
    pub fn new(session: Arc<Session>, callbacks: Callbacks) -> RawHostBox {
        Services {
            session,
            callbacks: Arc::new(callbacks),
        }
        .into_raw()
    }

    fn into_raw(self) -> RawHostBox {
        RawHost_TO::from_value(self, TD_Opaque)
    }

    fn answer(&self, name: &str, request: &Bundle) -> Result<Bundle> {
        match name {
            "run" => Ok(self.run()),
            "data_dir" => self.data_dir(request),
            other => match (self.callbacks.service)(other, request) {
                Some(answer) => answer,
                None => Err(
                    Error::new("unsupported", format!("this host has no service `{other}`"))
                        .with_hint("a newer host may have it"),
                ),
            },
        }
    }

    fn run(&self) -> Bundle {
        let mut answer = Bundle::new();
        answer.put_int("seed", self.session.seed() as i64);
        let code = if self.session.dtype() == candle_core::DType::F64 {
            dtype::F64
        } else {
            dtype::F32
        };
        answer.put_int("dtype", i64::from(code));
        answer.put_text("device", self.session.device_name());
        answer
    }

    fn data_dir(&self, request: &Bundle) -> Result<Bundle> {
        let found = (self.callbacks.data_dirs)(request.text("key")?)?;
        let names: Vec<String> = found
            .dirs
            .iter()
            .map(|d| d.to_string_lossy().into_owned())
            .collect();
        let mut answer = Bundle::new();
        answer.put_text("dirs", &names.join("\n"));
        answer.put_text(
            "bundled",
            &found
                .bundled
                .map(|d| d.to_string_lossy().into_owned())
                .unwrap_or_default(),
        );
        Ok(answer)
    }
}

impl RawHost for Services {
    fn duplicate(&self) -> RawHostBox {
        self.clone().into_raw()
    }

    fn call(&self, op: u32, args: Args<'_>) -> RawResult<RVec<RawTensorBox>> {
        self.session.meter().count_boundary_call();
        let _span = tracing::trace_span!(target: PROFILE, "tensor", op = ops::name(op)).entered();
        catch("host operation", || ops::host(&self.session, op, args))
    }

    fn service(&self, name: RStr<'_>, request: Bundle) -> RawResult<Bundle> {
        catch("service", || self.answer(name.as_str(), &request))
    }

    fn log(&self, level: u32, message: RStr<'_>) {
        // A record lost to a failing sink must not cost the run.
        let _ = catch("log", || {
            (self.callbacks.log)(level, message.as_str());
            Ok(())
        });
    }

    fn cancelled(&self) -> bool {
        catch("cancelled", || Ok((self.callbacks.cancelled)())).unwrap_or(false)
    }

    fn parallel_for(&self, count: usize, user: *mut c_void, body: IndexVisitor) -> RawResult<()> {
        catch("parallel_for", || parallel_for(count, user, body))
    }
}

thread_local! {
    /// Set while this thread runs an index of a `parallel_for`.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// A plugin's pointer on its way to the threads.
struct User(*mut c_void);

// SAFETY: the plugin promises that its callback may be called from several threads at once with this pointer; the
// author-level wrapper demands `Sync` of the closure behind it.
unsafe impl Sync for User {}

impl User {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

fn parallel_for(count: usize, user: *mut c_void, body: IndexVisitor) -> Result<()> {
    if INSIDE.get() {
        return Err(Error::new(
            "nested-parallel",
            "`parallel_for` was called inside a `parallel_for`",
        )
        .with_hint("make one loop over the product of both ranges"));
    }
    let user = User(user);
    let visit = |index| {
        // A thread that waits inside a body may run another index meanwhile.
        let outer = INSIDE.replace(true);
        (body.call)(user.get(), index);
        INSIDE.set(outer);
    };
    match outside_of_one() {
        true => (0..count).for_each(visit),
        false => (0..count).into_par_iter().for_each(visit),
    }
    Ok(())
}
