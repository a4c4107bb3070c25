//! Who answers which command.

use super::CampaignCommand;
use super::status::{Viewer, json, text};
use super::submit::submit;
use super::watch::watch;
use crate::cli::Exit;
use crate::output::Console;
use neurotrain_plugin_api::Result;

/// Does what is asked for.
pub(crate) fn answer(command: CampaignCommand, log_level: &str, console: &Console) -> Result<Exit> {
    match command {
        CampaignCommand::Submit(args) => submit(&args, log_level, console),
        CampaignCommand::Status(args) => {
            let status = Viewer::new(&args.folder)?.look()?;
            console.print(&if args.json {
                json(&status)?
            } else {
                text(&status, args.all)
            });
            Ok(status.exit())
        }
        CampaignCommand::Watch(args) => watch(&args, console),
    }
}
