//! What to say when the system cannot watch a folder.

use std::path::Path;

use notify::ErrorKind;

use crate::diag::{Diagnostic, Kind};

/// How many files one process may have open is told so on Unix (`EMFILE`); Linux says the same of watchers.
const TOO_MANY_OPEN: i32 = 24;

/// A folder cannot be watched: why, and what to do.
pub(super) fn unwatched(folder: &Path, root: &Path, error: &notify::Error) -> Diagnostic {
    let name = match folder.strip_prefix(root) {
        Ok(below) if !below.as_os_str().is_empty() => format!("edits in `{}`", below.display()),
        _ => "edits of the site".to_owned(),
    };
    let diagnostic = Diagnostic::warning(Kind::Config, format!("{name} cannot be watched"))
        .note("files are compared every second instead, which is slower");
    let limit = |what: &str| format!("allow more: `sudo sysctl fs.inotify.{what}`");
    match &error.kind {
        ErrorKind::MaxFilesWatch => diagnostic
            .note("the system has no more watches for this user; other programs may use many")
            .help(limit("max_user_watches=1048576")),
        ErrorKind::Io(io) if io.raw_os_error() == Some(TOO_MANY_OPEN) => diagnostic
            .note("the system has no more watchers for this user, or this process has too many open files")
            .help(limit("max_user_instances=1024")),
        _ => diagnostic.note(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_with_what_to_do() {
        let root = Path::new("/site");
        let errors = [
            ("static", notify::Error::new(ErrorKind::MaxFilesWatch)),
            (
                "",
                notify::Error::io(std::io::Error::from_raw_os_error(TOO_MANY_OPEN)),
            ),
            ("i18n", notify::Error::generic("it is full moon")),
        ];
        let said: Vec<String> = errors
            .iter()
            .map(|(folder, error)| {
                crate::diag::Diagnostics::from(unwatched(&root.join(folder), root, error))
                    .to_string()
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
