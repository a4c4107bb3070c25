//! Comparing the layouts of both sides, whichever is older, and saying in a sentence what differs.

use crate::fault::Fault;
use abi_stable::abi_stability::abi_checking::{
    AbiInstability, AbiInstabilityError, AbiInstabilityErrors, check_layout_compatibility,
};
use abi_stable::type_layout::{TLFieldOrFunction, TypeLayout};
use neurotrain_plugin_api::abi::{API_MINOR, layout};
use std::cmp::Ordering;

// A line of a terminal.
const LONGEST_PART: usize = 100;

/// Checks that the newer of the two layouts only appends to the older.
///
/// abi_stable takes its first argument for what is expected and lets the second have more. The host's own
/// layout as the first would refuse every plugin older than the host.
pub(crate) fn check_layout(
    host: &'static TypeLayout,
    plugin: &'static TypeLayout,
    plugin_minor: u32,
) -> Result<(), Fault> {
    let (older, newer) = match plugin_minor.cmp(&API_MINOR) {
        Ordering::Less => (plugin, host),
        Ordering::Equal | Ordering::Greater => (host, plugin),
    };
    check_layout_compatibility(older, newer).map_err(|errors| Fault::Layout {
        built: plugin_minor,
        summary: summary(&errors),
        details: errors.to_string(),
    })
}

fn summary(errors: &AbiInstabilityErrors) -> String {
    let with_cause = errors.errors.iter().filter(|error| !error.errs.is_empty());
    // The deepest one names the difference itself; those above it only follow.
    let Some(deepest) = with_cause.max_by_key(|error| error.stack_trace.len()) else {
        return "no further explanation".to_owned();
    };
    let cause = deepest.errs.first().map(describe).unwrap_or_default();
    format!("{}: {cause}", place(deepest))
}

// The type that differs, and the first name on the way to it that an author knows.
fn place(error: &AbiInstabilityError) -> String {
    let steps: Vec<&TLFieldOrFunction> = error.stack_trace.iter().map(|step| &step.expected).collect();
    let Some(last) = steps.last() else {
        return "the root module".to_owned();
    };
    let last = match last {
        TLFieldOrFunction::Field(field) => layout::name_of(field.layout()),
        TLFieldOrFunction::Function(function) => format!("function `{}`", function.name),
    };
    let named = |step: &&TLFieldOrFunction| match step {
        TLFieldOrFunction::Field(field) if field.name().parse::<u32>().is_err() => Some(field.name()),
        _ => None,
    };
    match steps.iter().find_map(named) {
        Some(name) => format!("{last}, reached through `{name}`"),
        None => last,
    }
}

fn describe(cause: &AbiInstability) -> String {
    use AbiInstability as Cause;
    let text = match cause {
        Cause::Name(v) => format!("type {} instead of {}", v.found, v.expected),
        Cause::Size(v) => format!("{} bytes instead of {}", v.found, v.expected),
        Cause::Alignment(v) => format!("alignment {} instead of {}", v.found, v.expected),
        Cause::FieldCountMismatch(v) => format!("{} fields instead of {}", v.found, v.expected),
        Cause::MismatchedPrefixSize(v) => format!("{} fixed fields instead of {}", v.found, v.expected),
        Cause::UnexpectedField(v) => format!("field `{}` instead of `{}`", v.found.name(), v.expected.name()),
        Cause::PackageVersion(v) => format!("crate version {} instead of {}", v.found, v.expected),
        Cause::TooManyVariants(v) => format!("{} variants instead of {}", v.found, v.expected),
        Cause::UnexpectedVariant(v) => format!("variant `{}` instead of `{}`", v.found, v.expected),
        Cause::MismatchedPrimitive(v) => format!("{:?} instead of {:?}", v.found, v.expected),
        Cause::FnLifetimeMismatch(_) | Cause::FieldLifetimeMismatch(_) => "other lifetimes".to_owned(),
        Cause::ReprAttr(v) => format!("representation {:?} instead of {:?}", v.found, v.expected),
        other => format!("{other:?}").lines().next().unwrap_or_default().to_owned(),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST_PART {
        return text;
    }
    text.chars().take(LONGEST_PART).chain(['…']).collect()
}
