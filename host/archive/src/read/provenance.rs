//! Where software, data and figures come from: `/provenance`.

use crate::h5::{attribute, text, text_attribute, texts, texts_attribute};
use crate::record::{
    CostTableProvenance, DatasetProvenance, FileProvenance, Machine, PluginProvenance, Provenance,
};
use hdf5::Group;

/// Reads the provenance.
pub(crate) fn read_provenance(run: &Group) -> hdf5::Result<Provenance> {
    let group = run.group("provenance")?;
    let dataset = group.group("dataset")?;
    Ok(Provenance {
        host_version: text_attribute(&group, "host_version")?,
        host_commit: text_attribute(&group, "host_commit")?,
        plugins: read_plugins(&group)?,
        dataset: DatasetProvenance {
            name: text_attribute(&dataset, "name")?,
            variant: text_attribute(&dataset, "variant")?,
            attribution: text_attribute(&dataset, "attribution")?,
            files: read_files(&dataset)?,
        },
        machine: read_machine(&group.group("machine")?)?,
        cost_table: read_cost_table(&group)?,
    })
}

fn read_cost_table(parent: &Group) -> hdf5::Result<Option<CostTableProvenance>> {
    if !parent.link_exists("cost_table") {
        return Ok(None);
    }
    let dataset = parent.dataset("cost_table")?;
    Ok(Some(CostTableProvenance {
        origin: text_attribute(&dataset, "origin")?,
        machine: text_attribute(&dataset, "machine")?,
        digest: text_attribute(&dataset, "digest")?,
        json: text(parent, "cost_table")?,
    }))
}

fn read_plugins(parent: &Group) -> hdf5::Result<Vec<PluginProvenance>> {
    if !parent.link_exists("plugins") {
        return Ok(Vec::new());
    }
    let group = parent.group("plugins")?;
    let columns = ["role", "key", "name", "version", "file", "sha256"].map(|name| texts(&group, name));
    let [role, key, name, version, file, sha256] = columns;
    let (mut role, mut key, mut name) = (role?.into_iter(), key?.into_iter(), name?.into_iter());
    let (mut version, mut file, mut sha256) = (version?.into_iter(), file?.into_iter(), sha256?.into_iter());
    let next = || {
        Some(PluginProvenance {
            role: role.next()?,
            key: key.next()?,
            name: name.next()?,
            version: version.next()?,
            file: file.next()?,
            sha256: sha256.next()?,
        })
    };
    Ok(std::iter::from_fn(next).collect())
}

fn read_files(parent: &Group) -> hdf5::Result<Vec<FileProvenance>> {
    if !parent.link_exists("files") {
        return Ok(Vec::new());
    }
    let group = parent.group("files")?;
    let bytes = group.dataset("bytes")?.read_raw::<u64>()?;
    let rows = texts(&group, "name")?
        .into_iter()
        .zip(bytes)
        .zip(texts(&group, "sha256")?);
    Ok(rows
        .map(|((name, bytes), sha256)| FileProvenance { name, bytes, sha256 })
        .collect())
}

fn read_machine(group: &Group) -> hdf5::Result<Machine> {
    let features = if group.attr_names()?.iter().any(|n| n == "features") {
        texts_attribute(group, "features")?
    } else {
        Vec::new()
    };
    Ok(Machine {
        cpu: text_attribute(group, "cpu")?,
        cores: attribute(group, "cores")?,
        threads: attribute(group, "threads")?,
        os: text_attribute(group, "os")?,
        rustc: text_attribute(group, "rustc")?,
        target: text_attribute(group, "target")?,
        features,
    })
}
