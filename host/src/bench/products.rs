//! What one step adds and multiplies, product by product.

use super::roofline::Ops;
use anyhow::Result;
use neurotrain_tensor::PROFILE;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// A product, or several that were counted together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Product {
    /// Whether it is part of learning, or else of running the network.
    pub(super) learning: bool,
    pub(super) ops: Ops,
}

/// The products of `step`.
///
/// # Errors
/// What `step` fails with.
pub(super) fn products_of(step: impl FnOnce() -> Result<()>) -> Result<Vec<Product>> {
    let listener = Listener::default();
    let found = Arc::clone(&listener.found);
    tracing::subscriber::with_default(Registry::default().with(listener), step)?;
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(found.clone())
}

#[derive(Debug, Default)]
struct Listener {
    found: Arc<Mutex<Vec<Product>>>,
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target() != PROFILE || metadata.name() != "operations" {
            return;
        }
        let mut counted = Counted::default();
        event.record(&mut counted);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.push(counted.0);
    }
}

#[derive(Default)]
struct Counted(Product);

impl Visit for Counted {
    fn record_u64(&mut self, field: &Field, value: u64) {
        let ops = &mut self.0.ops;
        match field.name() {
            "dense" => ops.dense_mac = value as f64,
            "accumulates" => ops.effective_ac = value as f64,
            "multiplies" => ops.effective_mac = value as f64,
            _ => {}
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "learning" {
            self.0.learning = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_tensor::{Meter, Phase, SynapticOps};

    #[test]
    fn what_a_meter_counts_is_listed() {
        let meter = Meter::default();
        let ops = |dense_mac, effective_ac, effective_mac| SynapticOps {
            dense_mac,
            effective_ac,
            effective_mac,
        };
        meter.count(Phase::Forward, ops(1, 1, 1));
        let found = products_of(|| {
            meter.count(Phase::Forward, ops(100, 7, 0));
            meter.count(Phase::Learning, ops(200, 0, 30));
            Ok(())
        });
        let product = |learning, dense_mac, effective_ac, effective_mac| Product {
            learning,
            ops: Ops {
                dense_mac,
                effective_ac,
                effective_mac,
            },
        };
        let want = [product(false, 100.0, 7.0, 0.0), product(true, 200.0, 0.0, 30.0)];
        assert_eq!(found.unwrap(), want);
        assert!(products_of(|| anyhow::bail!("no step")).is_err());
    }
}
