//! Where software, data and figures come from: `/provenance`.

use crate::h5::{
    create_group, put_array, put_attribute, put_text, put_text_attribute, put_texts, put_texts_attribute,
};
use crate::record::{CostTableProvenance, FileProvenance, Machine, PluginProvenance, Provenance};
use hdf5::{File, Group};
use neurotrain_plugin_api::Result;

/// Writes the provenance.
pub(crate) fn write_provenance(file: &File, provenance: &Provenance) -> Result<()> {
    let group = create_group(file, "provenance")?;
    put_text_attribute(&group, "host_version", &provenance.host_version)?;
    put_text_attribute(&group, "host_commit", &provenance.host_commit)?;
    write_plugins(&group, &provenance.plugins)?;

    let dataset = create_group(&group, "dataset")?;
    put_text_attribute(&dataset, "name", &provenance.dataset.name)?;
    put_text_attribute(&dataset, "variant", &provenance.dataset.variant)?;
    put_text_attribute(&dataset, "attribution", &provenance.dataset.attribution)?;
    write_files(&dataset, &provenance.dataset.files)?;
    write_machine(&group, &provenance.machine)?;
    match &provenance.cost_table {
        Some(table) => write_cost_table(&group, table),
        None => Ok(()),
    }
}

fn write_cost_table(parent: &Group, table: &CostTableProvenance) -> Result<()> {
    let dataset = put_text(parent, "cost_table", &table.json)?;
    for (name, text) in [
        ("format", "json"),
        ("origin", &table.origin),
        ("machine", &table.machine),
        ("digest", &table.digest),
    ] {
        put_text_attribute(&dataset, name, text)?;
    }
    Ok(())
}

/// A table: one array per column, one element per plugin.
fn write_plugins(parent: &Group, plugins: &[PluginProvenance]) -> Result<()> {
    if plugins.is_empty() {
        return Ok(());
    }
    let group = create_group(parent, "plugins")?;
    let column = |name: &str, of: fn(&PluginProvenance) -> &str| {
        let values: Vec<&str> = plugins.iter().map(of).collect();
        put_texts(&group, name, &[values.len()], &values).map(drop)
    };
    column("role", |p| &p.role)?;
    column("key", |p| &p.key)?;
    column("name", |p| &p.name)?;
    column("version", |p| &p.version)?;
    column("file", |p| &p.file)?;
    column("sha256", |p| &p.sha256)
}

fn write_files(parent: &Group, files: &[FileProvenance]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let group = create_group(parent, "files")?;
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    put_texts(&group, "name", &[files.len()], &names)?;
    let bytes: Vec<u64> = files.iter().map(|f| f.bytes).collect();
    put_array(&group, "bytes", &[files.len()], &bytes)?;
    let hashes: Vec<&str> = files.iter().map(|f| f.sha256.as_str()).collect();
    put_texts(&group, "sha256", &[files.len()], &hashes).map(drop)
}

fn write_machine(parent: &Group, machine: &Machine) -> Result<()> {
    let group = create_group(parent, "machine")?;
    for (name, text) in [
        ("cpu", &machine.cpu),
        ("os", &machine.os),
        ("rustc", &machine.rustc),
        ("target", &machine.target),
    ] {
        put_text_attribute(&group, name, text)?;
    }
    put_attribute(&group, "cores", &machine.cores)?;
    put_attribute(&group, "threads", &machine.threads)?;
    if machine.features.is_empty() {
        return Ok(());
    }
    put_texts_attribute(&group, "features", &machine.features)
}
