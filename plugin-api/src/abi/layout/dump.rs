//! Writing the layouts down.

use super::name::name_of;
use crate::abi::{
    API_MAJOR, API_MIN_HOST_MINOR, API_MINOR, DESCRIPTOR_MAGIC, DESCRIPTOR_SYMBOL, Descriptor,
    PluginModuleRef,
};
use abi_stable::StableAbi;
use abi_stable::std_types::UTypeId;
use abi_stable::type_layout::{TLData, TLEnum, TLField, TLFunction, TLPrefixType, TypeLayout};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;
use std::mem::offset_of;

/// Every type reachable from the root module, and the descriptor: name, size, alignment, and fields with
/// their offsets and types; for the types that may grow, how many fields are fixed.
///
/// One block per type, sorted by name, so that a change shows as a small difference. Sizes are those of the
/// target it runs on; all 64-bit targets agree.
pub fn dump() -> String {
    let mut text = format!("api {API_MAJOR}.{API_MINOR}, least host minor {API_MIN_HOST_MINOR}\n\n");
    text.push_str(&descriptor());
    let mut walk = Walk::default();
    walk.visit(<PluginModuleRef as StableAbi>::LAYOUT);
    for (name, bodies) in walk.blocks {
        // Two different types of one name would hide a change of either, so both are shown.
        for body in bodies {
            let _ = write!(text, "\n{name}\n{body}");
        }
    }
    text
}

macro_rules! descriptor_fields {
    ($text:ident, $($field:ident: $ty:literal),* $(,)?) => {
        $(let _ = writeln!($text, "    @{} {}: {}", offset_of!(Descriptor, $field), stringify!($field), $ty);)*
    };
}

fn descriptor() -> String {
    let mut text = String::from("static Descriptor\n");
    let _ = writeln!(
        text,
        "  may grow; align {}; size {}",
        align_of::<Descriptor>(),
        size_of::<Descriptor>()
    );
    let _ = writeln!(text, "    symbol {DESCRIPTOR_SYMBOL}");
    let _ = writeln!(text, "    magic \"{}\"", DESCRIPTOR_MAGIC.escape_ascii());
    let _ = writeln!(
        text,
        "    root module symbol {}",
        abi_stable::library::ROOT_MODULE_LOADER_NAME
    );
    descriptor_fields!(text,
        magic: "[u8; 16]", size: "u32", api_major: "u32", api_built: "u32", api_min: "u32", flags: "u32",
        components: "u32", name: "[u8; 96]", version: "[u8; 48]", keys: "[u8; 512]", target: "[u8; 64]",
        cpu_features: "[u8; 256]", api_crate: "[u8; 48]",
    );
    text
}

#[derive(Default)]
struct Walk {
    seen: HashSet<UTypeId>,
    blocks: BTreeMap<String, BTreeSet<String>>,
}

impl Walk {
    // The same parts that abi_stable compares: fields, phantom fields, parameters and results of functions.
    fn visit(&mut self, layout: &'static TypeLayout) {
        if !self.seen.insert(layout.get_utypeid()) {
            return;
        }
        // The layout of a pointer follows from its name.
        if !matches!(layout.data(), TLData::Primitive(_)) && layout.name() != "PhantomData" {
            self.blocks
                .entry(name_of(layout))
                .or_default()
                .insert(body(layout));
        }
        let fields = layout.get_fields().into_iter().flat_map(|fields| fields.iter());
        for field in fields.chain(layout.phantom_fields().iter()) {
            self.visit(field.layout());
            for function in field.function_range().iter() {
                for parameter in function.param_type_layouts.iter() {
                    self.visit(parameter());
                }
                if let Some(result) = function.return_type_layout() {
                    self.visit(result());
                }
            }
        }
    }
}

fn body(layout: &TypeLayout) -> String {
    let mut text = String::new();
    let sizes = format!("size {}, align {}", layout.size(), layout.alignment());
    match layout.data() {
        TLData::Primitive(kind) => {
            let _ = writeln!(text, "  primitive {kind:?}; {sizes}");
        }
        TLData::Opaque => {
            let _ = writeln!(text, "  opaque; {sizes}");
        }
        TLData::Struct { fields } => {
            let _ = writeln!(text, "  struct {:?}; {sizes}", layout.repr_attr());
            placed_fields(&mut text, fields.iter());
        }
        TLData::Union { fields } => {
            let _ = writeln!(text, "  union; {sizes}");
            fields.iter().for_each(|field| field_line(&mut text, 0, &field));
        }
        TLData::Enum(data) => enum_body(&mut text, layout, &data, &sizes),
        TLData::PrefixType(data) => prefix_body(&mut text, &data, layout),
    }
    for field in layout.phantom_fields().iter() {
        let _ = writeln!(text, "    of {}", type_of(&field));
    }
    text
}

fn enum_body(text: &mut String, layout: &TypeLayout, data: &TLEnum, sizes: &str) {
    let growth = if data.exhaustiveness.is_exhaustive() {
        "exhaustive"
    } else {
        "may grow"
    };
    let _ = writeln!(text, "  enum {:?}, {growth}; {sizes}", layout.repr_attr());
    let _ = writeln!(text, "    discriminants {:?}", data.discriminants);
    let mut fields = data.fields.iter();
    for (variant, count) in data.variant_names_iter().zip(data.field_count.iter()) {
        let payload: Vec<String> = fields
            .by_ref()
            .take(usize::from(*count))
            .map(|f| type_of(&f))
            .collect();
        let _ = writeln!(text, "    {variant}({})", payload.join(", "));
    }
}

// The size of such a type grows with it and is left out: `fixed` is what every version has.
fn prefix_body(text: &mut String, data: &TLPrefixType, layout: &TypeLayout) {
    let fixed = data.first_suffix_field;
    let _ = writeln!(
        text,
        "  prefix type, may grow; align {}, fixed fields {fixed}",
        layout.alignment()
    );
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
    let functions: Vec<String> = field.function_range().iter().map(|f| signature(&f)).collect();
    match functions.as_slice() {
        [] => name_of(field.layout()),
        [only] if field.is_function() => only.clone(),
        several => format!("{} with {}", name_of(field.layout()), several.join("; ")),
    }
}

fn signature(function: &TLFunction) -> String {
    let parameters: Vec<String> = function.param_type_layouts.iter().map(|p| name_of(p())).collect();
    let result = function
        .return_type_layout()
        .map_or_else(|| "()".to_owned(), |result| name_of(result()));
    let qualifier = if function.fn_qualifs.is_unsafe() {
        "unsafe "
    } else {
        ""
    };
    let lifetimes: String = function
        .paramret_lifetime_indices
        .iter()
        .map(|pair| format!(" {pair:?}"))
        .collect();
    let lifetimes = if lifetimes.is_empty() {
        lifetimes
    } else {
        format!(" lifetimes{lifetimes}")
    };
    format!("{qualifier}fn({}) -> {result}{lifetimes}", parameters.join(", "))
}
