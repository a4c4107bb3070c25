//! From a `plugins` command to its answer.

use super::{check, doctor, list, show};
use crate::cli::{Exit, PluginsCommand};
use crate::output::Console;
use crate::runtime::DataSearch;
use neurotrain_plugin_api::Result;

/// Answers `neurotrain plugins …`.
pub(in crate::cli) fn answer(command: PluginsCommand, console: &Console) -> Result<Exit> {
    match command {
        PluginsCommand::List { json, search } => {
            let registry = search.scan()?;
            console.print(&if json {
                list::json(&registry)?
            } else {
                list::text(&registry)
            });
            Ok(Exit::Done)
        }
        PluginsCommand::Show { key, json, search } => {
            let registry = search.scan()?;
            let found = show::find(&registry, &key)?;
            console.print(&if json {
                show::json(&found)?
            } else {
                show::text(&found)
            });
            Ok(Exit::Done)
        }
        PluginsCommand::Check { what, json, search } => check::answer(&what, json, search, console),
        PluginsCommand::Doctor { json, search } => {
            let registry = search.scan()?;
            let data = DataSearch::new(&search.data_dir);
            console.print(&if json {
                doctor::json(&registry, &data)?
            } else {
                doctor::text(&registry, &data)
            });
            let healthy = registry
                .plugins
                .iter()
                .all(|plugin| plugin.is_ok() || plugin.is_foreign());
            Ok(if healthy { Exit::Done } else { Exit::Failed })
        }
    }
}
