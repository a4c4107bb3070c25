//! The trace file, which Perfetto and Chrome read.

use super::collect::Frame;
use super::window::Window;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::PROFILE;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tracing::Subscriber;
use tracing_chrome::{ChromeLayerBuilder, EventOrSpan, FlushGuard};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// A layer that writes spans to `path` while `window` is open; the file is whole once the guard is dropped.
pub(super) fn layer<S>(
    path: &Path,
    window: Arc<Window>,
) -> Result<(Box<dyn Layer<S> + Send + Sync>, FlushGuard)>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let file = File::create(path)
        .map_err(|e| Error::from(e).context(format!("the trace {} cannot be written", path.display())))?;
    let (layer, guard) = ChromeLayerBuilder::<S>::new()
        .writer(Patient(Some(file)))
        .name_fn(Box::new(title))
        .category_fn(Box::new(|at| match at {
            EventOrSpan::Span(span) => span.metadata().name().to_owned(),
            EventOrSpan::Event(event) => event.metadata().name().to_owned(),
        }))
        .build();
    let filter = dynamic_filter_fn(move |meta, _| {
        // A stage opens the window itself.
        meta.target() == PROFILE && meta.is_span() && (meta.name() == "stage" || window.is_open())
    })
    .with_callsite_filter(|meta| match meta.target() == PROFILE && meta.is_span() {
        true => tracing::subscriber::Interest::sometimes(),
        false => tracing::subscriber::Interest::never(),
    });
    Ok((layer.with_filter(filter).boxed(), guard))
}

fn title<S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync>(at: &EventOrSpan<'_, '_, S>) -> String {
    match at {
        EventOrSpan::Span(span) => {
            let extensions = span.extensions();
            let frame = extensions.get::<Frame>();
            frame.map_or_else(
                || span.metadata().name().to_owned(),
                |frame| frame.title.to_string(),
            )
        }
        EventOrSpan::Event(event) => event.metadata().name().to_owned(),
    }
}

/// A file that stops being written at the first error: a full disk must not cost the run.
struct Patient(Option<File>);

impl Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(file) = &mut self.0
            && let Err(e) = file.write_all(bytes)
        {
            tracing::warn!("the trace ends early: {e}");
            self.0 = None;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
