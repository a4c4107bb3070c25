//! A deterministic text of every layout at the boundary, compared with `layout/api-1.0.txt` by a test.

use super::{
    API_MAJOR, API_MIN_HOST_MINOR, API_MINOR, DESCRIPTOR_MAGIC, DESCRIPTOR_SYMBOL, Descriptor, PluginModuleRef,
};
use abi_stable::StableAbi;
use abi_stable::type_layout::{TLData, TLEnum, TLField, TLPrefixType, TypeLayout};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Every type reachable from the root module, and the descriptor: name, size, alignment, and fields with
/// their offsets and types; for the growing types also how many fields are fixed.
///
/// A block per type, sorted by name, so that a change shows as a small difference. Sizes are those of the
/// target it runs on; all 64-bit targets agree.
pub fn dump() -> String {
    let mut blocks = BTreeMap::new();
    visit(<PluginModuleRef as StableAbi>::LAYOUT, &mut blocks);
    let mut text = format!("api {API_MAJOR}.{API_MINOR}, least host minor {API_MIN_HOST_MINOR}\n");
    let _ = writeln!(text, "root module symbol {}", abi_stable::library::ROOT_MODULE_LOADER_NAME);
    text.push('\n');
    text.push_str(&descriptor());
    for (name, body) in blocks {
        let _ = write!(text, "\n{name}\n{body}");
    }
    text
}

/// Whether `newer` only appends to `older` (both from [`dump`]): no block is gone, every line of an old block
/// is still there in its order, and new lines stand only at the end of blocks that may grow.
///
/// # Errors
/// Every difference that is not an extension, one sentence each.
pub fn check_extension(older: &str, newer: &str) -> Result<(), Vec<String>> {
    let newer = split(newer);
    let mut faults = Vec::new();
    for (name, old) in split(older) {
        let Some(new) = newer.get(&name) else {
            faults.push(format!("`{name}` is gone"));
            continue;
        };
        let grows = old.first().is_some_and(|line| line.contains("may grow"));
        let head = usize::from(grows);
        if let Some(i) = (head..old.len()).find(|i| new.get(*i) != old.get(*i)) {
            let found = new.get(i).map_or("nothing", |line| line.trim());
            faults.push(format!("`{name}`: `{}` became `{found}`", old[i].trim()));
        } else if !grows && new.len() > old.len() {
            faults.push(format!("`{name}` grew, but cannot: `{}`", new[old.len()].trim()));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn split(text: &str) -> BTreeMap<String, Vec<&str>> {
    // The header carries the version numbers, which are meant to change.
    let blocks = text.split("\n\n").skip(1);
    blocks
        .filter_map(|block| {
            let mut lines = block.trim_matches('\n').lines();
            Some((lines.next()?.to_owned(), lines.collect()))
        })
        .collect()
}

macro_rules! offsets {
    ($text:ident, $($field:ident: $ty:literal),* $(,)?) => {
        $(let _ = writeln!($text, "    @{} {}: {}", core::mem::offset_of!(Descriptor, $field), stringify!($field), $ty);)*
    };
}

fn descriptor() -> String {
    let mut text = String::from("static Descriptor\n");
    let _ = writeln!(text, "  read from the file, may grow; size {}, align {}", size_of::<Descriptor>(), align_of::<Descriptor>());
    let _ = writeln!(text, "  symbol {DESCRIPTOR_SYMBOL}, magic {:?}", DESCRIPTOR_MAGIC.escape_ascii().to_string());
    offsets!(text, magic: "[u8; 16]", size: "u32", api_major: "u32", api_built: "u32", api_min: "u32", flags: "u32",
        components: "u32", name: "[u8; 96]", version: "[u8; 48]", keys: "[u8; 512]", target: "[u8; 64]",
        cpu_features: "[u8; 256]", api_crate: "[u8; 48]");
    text
}

fn visit(layout: &'static TypeLayout, blocks: &mut BTreeMap<String, String>) {
    let name = layout.full_type().to_string();
    if blocks.contains_key(&name) {
        return;
    }
    // Entered before its parts are visited, since types refer to themselves.
    blocks.insert(name.clone(), String::new());
    let body = body(layout);
    blocks.insert(name, body);
    let fields = layout.get_fields().into_iter().flat_map(|fields| fields.iter());
    for field in fields.chain(layout.phantom_fields().iter()) {
        visit(field.layout(), blocks);
        for function in field.function_range().iter() {
            for parameter in function.param_type_layouts.iter() {
                visit(parameter(), blocks);
            }
            if let Some(returned) = function.return_type_layout() {
                visit(returned(), blocks);
            }
        }
    }
}

fn body(layout: &TypeLayout) -> String {
    let mut text = String::new();
    let sizes = format!("size {}, align {}", layout.size(), layout.alignment());
    match layout.data() {
        TLData::Primitive(kind) => {
            let _ = writeln!(text, "  primitive {kind:?}, {sizes}");
        }
        TLData::Opaque => {
            let _ = writeln!(text, "  opaque, {sizes}");
        }
        TLData::Struct { fields } => {
            let _ = writeln!(text, "  struct {:?}, {sizes}", layout.repr_attr());
            placed_fields(&mut text, fields.iter());
        }
        TLData::Union { fields } => {
            let _ = writeln!(text, "  union, {sizes}");
            for field in fields.iter() {
                field_line(&mut text, 0, &field);
            }
        }
        TLData::Enum(data) => enum_body(&mut text, layout, &data, &sizes),
        TLData::PrefixType(data) => prefix_body(&mut text, &data, layout),
    }
    for field in layout.phantom_fields().iter() {
        let _ = writeln!(text, "    checked with it: {}: {}", field.name(), type_of(&field));
    }
    text
}

fn enum_body(text: &mut String, layout: &TypeLayout, data: &TLEnum, sizes: &str) {
    let growth = if data.exhaustiveness.is_exhaustive() { "exhaustive" } else { "may grow" };
    let _ = writeln!(text, "  enum {:?}, {growth}, {sizes}", layout.repr_attr());
    let _ = writeln!(text, "    discriminants {:?}", data.discriminants);
    let mut fields = data.fields.iter();
    for (variant, count) in data.variant_names_iter().zip(data.field_count.iter()) {
        let _ = writeln!(text, "    variant {variant}");
        for field in fields.by_ref().take(usize::from(*count)) {
            let _ = writeln!(text, "      {}: {}", field.name(), type_of(&field));
        }
    }
}

// The size of a prefix type grows with it and is left out on purpose; `fixed` is what may never change.
fn prefix_body(text: &mut String, data: &TLPrefixType, layout: &TypeLayout) {
    let _ = writeln!(text, "  prefix type, may grow; align {}, {} fields", layout.alignment(), data.fields.len());
    let _ = writeln!(text, "    fixed fields {}", data.first_suffix_field);
    placed_fields(text, data.fields.iter());
}

// Offsets follow from the rules of `repr(C)`, which every structure here has.
fn placed_fields(text: &mut String, fields: impl Iterator<Item = TLField>) {
    let mut end = 0_usize;
    for field in fields {
        let layout = field.layout();
        let offset = end.next_multiple_of(layout.alignment());
        field_line(text, offset, &field);
        end = offset + layout.size();
    }
}

fn field_line(text: &mut String, offset: usize, field: &TLField) {
    let _ = writeln!(text, "    @{offset} {}: {}", field.name(), type_of(field));
}

fn type_of(field: &TLField) -> String {
    let functions: Vec<String> = field.function_range().iter().map(|f| one_line(&f.to_string())).collect();
    match functions.as_slice() {
        [only] if field.is_function() => only.clone(),
        [] => field.full_type().to_string(),
        several => format!("{} with {}", field.full_type(), several.join("; ")),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
