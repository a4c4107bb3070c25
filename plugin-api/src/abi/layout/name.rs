//! Unambiguous names of types.
//!
//! abi_stable's own names leave out the parameters of most generic types, so that `RVec<u8>` and
//! `RVec<Array>` are both `RVec`. Here they are found again in the types' fields.

use abi_stable::type_layout::{TLData, TLField, TLPrimitive, TypeLayout};

/// The name of a type with its parameters: `RResult<RVec<RawTensor_TO>, RawError>`.
pub fn name_of(layout: &TypeLayout) -> String {
    let parameters = parameters(layout);
    if let TLData::Primitive(kind) = layout.data() {
        let target = parameters.first().map_or("?", String::as_str);
        match kind {
            TLPrimitive::SharedRef => return format!("&{target}"),
            TLPrimitive::MutRef => return format!("&mut {target}"),
            TLPrimitive::ConstPtr => return format!("*const {target}"),
            TLPrimitive::MutPtr => return format!("*mut {target}"),
            TLPrimitive::Array => return format!("[{target}; {}]", array_length(layout)),
            _ => {}
        }
    }
    if parameters.is_empty() {
        layout.name().to_owned()
    } else {
        format!("{}<{}>", layout.name(), parameters.join(", "))
    }
}

fn parameters(layout: &TypeLayout) -> Vec<String> {
    let declared = layout.generics();
    if !declared.type_params().is_empty() {
        return declared
            .type_params()
            .iter()
            .map(|parameter| name_of(parameter()))
            .collect();
    }
    let fields: Vec<TLField> = layout
        .get_fields()
        .into_iter()
        .flat_map(|fields| fields.iter())
        .collect();
    let field = |name: &str| fields.iter().find(|f| f.name() == name).map(TLField::layout);
    if layout.name() == "VTable" {
        // The vtable of a trait is told apart by the interface that its common part carries.
        return field("_sabi_vtable")
            .map(|part| vec![interface(part)])
            .unwrap_or_default();
    }
    if layout.name() == "RObject" {
        return field("vtable").map(name_of).into_iter().collect();
    }
    match layout.data() {
        TLData::Enum(_) => fields.iter().map(|f| name_of(f.layout())).collect(),
        TLData::Struct { .. } | TLData::PrefixType(_) => ["_marker", "_sabi_tys"]
            .iter()
            .find_map(|name| field(name).filter(|f| f.name() == "PhantomData"))
            .map(parameters)
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn array_length(layout: &TypeLayout) -> usize {
    layout
        .generics()
        .type_params()
        .first()
        .map_or(0, |element| layout.size() / element().size().max(1))
}

fn interface(common: &TypeLayout) -> String {
    parameters(common)
        .iter()
        .find_map(|name| {
            name.split(['<', ',', '>', ' '])
                .find_map(|word| word.strip_suffix("_Interface"))
        })
        .unwrap_or("?")
        .to_owned()
}
