//! The `frieze` command.

use std::process::ExitCode;

/// Parsing answers allocates much and in small pieces, which the system's allocators are slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    frieze::cli::run()
}
