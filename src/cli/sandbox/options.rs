//! What was typed, as the options of a sandbox.

use std::path::Path;

use aem_sandbox::{AccessToken, ClosedFolder, DispatcherRules, EncodedSlash, Ims, Options};

use super::args::{Rules, Sandbox, Slash};
use crate::aem::Tier;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::fs;

/// The options that the arguments stand for.
pub(super) fn resolve(args: &Sandbox) -> Result<Options, Diagnostics> {
    let mut found = Diagnostics::new();
    let mut ims = None;
    match args.ims.as_deref().map(account) {
        Some(Ok(account)) => ims = Some(account),
        Some(Err(problem)) => found.push(problem),
        None => {}
    }
    if args.standard_renditions && !cfg!(feature = "full") {
        let message =
            "`--standard-renditions` cannot be used: this frieze was built without images";
        let help = "build frieze with `--features full`";
        found.push(Diagnostic::error(Kind::Config, message).help(help));
    }
    if found.has_errors() {
        return Err(found);
    }
    let token = |token: &String| AccessToken {
        token: token.clone(),
        groups: vec!["administrators".to_owned()],
        life: None,
    };
    Ok(Options {
        watch: !args.no_watch,
        list_on_publish: args.list,
        dispatcher_rules: args.dispatcher_rules.into(),
        encoded_slash: args.encoded_slash.into(),
        openapi: !args.no_openapi,
        image_delivery: !args.no_image_delivery,
        standard_renditions: args.standard_renditions,
        etags: !args.no_etag,
        last_modified: !args.no_last_modified,
        stale: args.stale,
        latency: args.latency.unwrap_or_default(),
        tokens: args.token.iter().map(token).collect(),
        users: args.user.clone(),
        closed_folders: by_path(&args.closed_folder),
        ims,
        registered_clients: Some(args.registered_client.clone()).filter(|ids| !ids.is_empty()),
        faults: args.fault.clone(),
        faults_file: args.faults_file.clone(),
        fault_seed: args.fault_seed,
        ..of_tier(args.tier.into(), args.ad_hoc)
    })
}

/// The options of a sandbox that only plays a tier.
pub(in crate::cli) fn of_tier(tier: Tier, ad_hoc: bool) -> Options {
    let tier = match tier {
        Tier::Publish => aem_sandbox::Tier::Publish,
        Tier::Preview => aem_sandbox::Tier::Preview,
        Tier::Author => aem_sandbox::Tier::Author,
    };
    Options {
        tier,
        adhoc_on_publish: ad_hoc,
        ..Options::default()
    }
}

/// The technical account of a file with service credentials.
fn account(file: &Path) -> Result<Ims, Diagnostic> {
    let text = fs::read_text(file).map_err(|error| error.to_string());
    let account = text.and_then(|text| Ims::from_service_credentials(&text));
    account.map_err(|reason| {
        let message = format!("`--ims {}` cannot be used: {reason}", file.display());
        let help =
            "it takes the JSON file that AEM's Developer Console gives out as service credentials";
        Diagnostic::error(Kind::Config, message).help(help)
    })
}

/// A folder that is named several times is open to several groups.
fn by_path(given: &[ClosedFolder]) -> Vec<ClosedFolder> {
    let mut folders: Vec<ClosedFolder> = Vec::new();
    for folder in given {
        match folders.iter_mut().find(|known| known.path == folder.path) {
            Some(known) => known.groups.extend(folder.groups.iter().cloned()),
            None => folders.push(folder.clone()),
        }
    }
    folders
}

impl From<Rules> for DispatcherRules {
    fn from(rules: Rules) -> Self {
        match rules {
            Rules::Current => Self::Current,
            Rules::ArchetypeOld => Self::ArchetypeOld,
        }
    }
}

impl From<Slash> for EncodedSlash {
    fn from(slash: Slash) -> Self {
        match slash {
            Slash::NoDecode => Self::NoDecode,
            Slash::NotFound => Self::NotFound,
        }
    }
}
