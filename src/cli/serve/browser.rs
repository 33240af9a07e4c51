//! A browser, opened at the preview.

use std::io;
use std::process::{Command, Stdio};

/// Opens an address in whatever the system takes for that.
pub(super) fn open(url: &str) -> io::Result<()> {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        // `start` is a word of the shell; the first argument in quotes would be a title.
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(url);
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Some stay as long as the browser does. Whoever waits for it must not keep us.
    std::thread::spawn(move || child.wait());
    Ok(())
}
