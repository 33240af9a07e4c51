//! Why there is no preview at an address, and what to do.

use std::io::{self, ErrorKind};

use super::Args;
use crate::diag::{Diagnostic, Kind};

/// What to say about a failure to listen.
pub(super) fn refused(args: &Args, error: &io::Error) -> Diagnostic {
    let host = args.host;
    let (message, help) = match (error.kind(), args.port) {
        (ErrorKind::AddrInUse, Some(port)) => (
            format!("port {port} of {host} is taken by another program"),
            "leave `--port` out for the next free one from 4000 on, or use `--port 0` for any",
        ),
        (ErrorKind::AddrInUse, None) => (
            format!("the ports 4000 to 4019 of {host} are taken by other programs"),
            "use `--port 0` for any that is free",
        ),
        (ErrorKind::AddrNotAvailable, _) => (
            format!("`--host {host}` is no address of this machine"),
            "leave it out for this machine alone, or use `0.0.0.0` for all of its addresses",
        ),
        (ErrorKind::PermissionDenied, Some(port)) => (
            format!("port {port} may not be used: {error}"),
            "ports below 1024 are for administrators: use a higher one",
        ),
        _ => (
            format!("the preview cannot listen on {host}: {error}"),
            "leave `--host` and `--port` out for an address that this machine has",
        ),
    };
    Diagnostic::error(Kind::Config, message).help(help)
}
