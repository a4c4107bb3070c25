//! Self time and operations of spans.

use super::names::{BESIDE, Kind};
use super::window::Window;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Sums up spans as they end: the time in a span less that in the spans inside it.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    rows: Arc<Mutex<Rows>>,
    window: Arc<Window>,
}

/// What one operation took in one stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    /// The stage of the run.
    pub(super) stage: String,
    /// What the span is of.
    pub(super) kind: Option<Kind>,
    /// The operation.
    pub(super) op: String,
    /// The layer, where it is of one.
    pub(super) layer: Option<String>,
    /// Spans.
    pub(super) calls: u64,
    /// Time less that of spans inside.
    pub(super) own: Duration,
    /// Synaptic operations as if nothing were sparse.
    pub(super) dense: u64,
    /// Synaptic operations that were effective.
    pub(super) effective: u64,
}

impl Collector {
    pub(super) fn new(window: Arc<Window>) -> Self {
        Collector {
            rows: Arc::default(),
            window,
        }
    }

    /// What is known so far, in order of first appearance.
    pub(super) fn rows(&self) -> Vec<Row> {
        self.lock().rows.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    places: HashMap<(Name, Kind, Name, Option<Name>), usize>,
    names: HashMap<String, Name>,
}

/// A name by its number, so that a key is small.
type Name = usize;

impl Rows {
    fn name(&mut self, text: &str) -> Name {
        match self.names.get(text) {
            Some(name) => *name,
            None => {
                let name = self.names.len();
                self.names.insert(text.to_owned(), name);
                name
            }
        }
    }

    fn place(&mut self, stage: &str, kind: Kind, op: &str, layer: Option<&str>) -> usize {
        let key = (
            self.name(stage),
            kind,
            self.name(op),
            layer.map(|layer| self.name(layer)),
        );
        *self.places.entry(key).or_insert_with(|| {
            self.rows.push(Row {
                stage: stage.to_owned(),
                kind: Some(kind),
                op: op.to_owned(),
                layer: layer.map(str::to_owned),
                ..Row::default()
            });
            self.rows.len() - 1
        })
    }
}

/// What is kept with a span.
pub(super) struct Frame {
    /// How a trace calls it.
    pub(super) title: Arc<str>,
    stage: Arc<str>,
    kind: Kind,
    row: usize,
    /// False for work on behalf of the span around it.
    counts: bool,
    entered: Option<Instant>,
    inside: Duration,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let kind = Kind::of(attributes.metadata().name());
        let around = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            let frame = extensions.get::<Frame>()?;
            Some((Arc::clone(&frame.stage), frame.kind, frame.row))
        });
        let layer = fields.layer.as_deref();
        let stage: Arc<str> = match (kind, &around) {
            (Kind::Stage, _) => fields.op.as_str().into(),
            (_, Some((stage, ..))) => Arc::clone(stage),
            (_, None) => BESIDE.into(),
        };
        // The engine reshapes and copies through the same operations: that is its time, not the rule's.
        let on_behalf = around.filter(|(_, around, _)| kind == Kind::Tensor && *around == Kind::Network);
        let (kind, row, counts) = match on_behalf {
            Some((_, kind, row)) => (kind, row, false),
            None => (kind, self.lock().place(&stage, kind, &fields.op, layer), true),
        };
        let title = match layer {
            Some(layer) => format!("{} {layer}", fields.op).into(),
            None if kind == Kind::Batch => format!("{stage} batch").into(),
            None => fields.op.as_str().into(),
        };
        if kind == Kind::Stage {
            self.window.enter(&stage);
        }
        span.extensions_mut().insert(Frame {
            title,
            stage,
            kind,
            row,
            counts,
            entered: None,
            inside: Duration::ZERO,
        });
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.event_span(event) else { return };
        let mut operations = Operations::default();
        event.record(&mut operations);
        if let Some(frame) = span.extensions().get::<Frame>() {
            let row = &mut self.lock().rows[frame.row];
            row.dense += operations.dense;
            row.effective += operations.effective;
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(frame) = span.extensions_mut().get_mut::<Frame>() {
            frame.entered = Some(Instant::now());
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        let now = Instant::now();
        let Some(span) = ctx.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(frame) = extensions.get_mut::<Frame>() else {
            return;
        };
        let Some(entered) = frame.entered.take() else {
            return;
        };
        let whole = now - entered;
        let inside = std::mem::take(&mut frame.inside);
        {
            let row = &mut self.lock().rows[frame.row];
            row.own += whole.saturating_sub(inside);
            row.calls += u64::from(frame.counts);
        }
        match frame.kind {
            Kind::Batch => self.window.batch_done(&frame.stage),
            Kind::Stage => self.window.leave(&frame.stage),
            _ => {}
        }
        if let Some(parent) = span.parent()
            && let Some(around) = parent.extensions_mut().get_mut::<Frame>()
        {
            around.inside += whole;
        }
    }
}

#[derive(Default)]
struct Fields {
    op: String,
    layer: Option<String>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "op" => value.clone_into(&mut self.op),
            "layer" => self.layer = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[derive(Default)]
struct Operations {
    dense: u64,
    effective: u64,
}

impl Visit for Operations {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "dense" => self.dense = value,
            "effective" => self.effective = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::super::span;
    use super::*;
    use neurotrain_tensor::PROFILE;
    use tracing_subscriber::layer::SubscriberExt;

    /// Runs `body` and returns its rows.
    fn rows_of(body: impl FnOnce()) -> Vec<Row> {
        let collector = Collector::new(Arc::new(Window::new(1)));
        let subscriber = tracing_subscriber::registry().with(collector.clone());
        tracing::subscriber::with_default(subscriber, body);
        collector.rows()
    }

    fn row<'a>(rows: &'a [Row], op: &str) -> &'a Row {
        rows.iter().find(|row| row.op == op).expect("a row")
    }

    #[test]
    fn own_times_add_up_to_the_whole() {
        let started = Instant::now();
        let mut whole = Duration::ZERO;
        let rows = rows_of(|| {
            let begin = Instant::now();
            {
                let _run = span::stage("run");
                let _training = span::stage("training");
                for _ in 0..3 {
                    let _batch = span::batch();
                    drop(span::data());
                    let _rule = span::rule();
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            whole = begin.elapsed();
        });
        let sum: Duration = rows.iter().map(|row| row.own).sum();
        assert!(sum <= whole && whole <= started.elapsed());
        let rule = row(&rows, "rule");
        assert!(rule.calls == 3 && rule.own >= Duration::from_millis(3) && rule.stage == "training");
        assert!(row(&rows, "training").own + row(&rows, "run").own < rule.own);
    }

    #[test]
    fn tensor_operations_inside_the_engine_are_the_engines() {
        let rows = rows_of(|| {
            let _run = span::stage("training");
            for op in ["add", "mul"] {
                let _tensor = tracing::trace_span!(target: PROFILE, "tensor", op).entered();
            }
            let _network =
                tracing::trace_span!(target: PROFILE, "network", op = "run", layer = None::<&str>).entered();
            let _product =
                tracing::trace_span!(target: PROFILE, "network", op = "product", layer = "fc1").entered();
            let _inner = tracing::trace_span!(target: PROFILE, "tensor", op = "reshape").entered();
            tracing::trace!(target: PROFILE, dense = 12_u64, effective = 5_u64);
        });
        assert!(rows.iter().all(|row| row.op != "reshape"), "{rows:?}");
        let product = row(&rows, "product");
        assert_eq!((product.calls, product.dense, product.effective), (1, 12, 5));
        assert_eq!(product.layer.as_deref(), Some("fc1"));
        assert_eq!(row(&rows, "run").layer, None);
        assert_eq!(row(&rows, "add").kind, Some(Kind::Tensor));
    }

    #[test]
    fn what_has_no_stage_runs_beside() {
        let rows = rows_of(|| drop(span::rule()));
        assert_eq!(rows[0].stage, BESIDE);
    }
}
