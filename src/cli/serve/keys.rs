//! What somebody types while the preview runs: a letter and Enter.
//!
//! Whole lines, so that the terminal stays as it is, whatever becomes of us.

use std::io::{BufRead, IsTerminal};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What is told about them.
pub(super) fn help() -> &'static str {
    match std::io::stdin().is_terminal() {
        true => "type r and Enter to ask AEM again, o to open a browser, q to stop",
        false => "press Ctrl-C to stop",
    }
}

/// A wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Content is to be asked for again.
    Reload,
    /// A browser is wanted.
    Open,
    /// It is enough.
    Quit,
    /// Nothing that we know.
    Unknown,
}

impl Key {
    fn of(line: &str) -> Option<Self> {
        match line.trim() {
            "" => None,
            "r" | "R" => Some(Self::Reload),
            "o" | "O" => Some(Self::Open),
            "q" | "Q" => Some(Self::Quit),
            _ => Some(Self::Unknown),
        }
    }
}

/// What is typed from now on; nothing where nobody can type.
pub(super) fn typed() -> Option<UnboundedReceiver<Key>> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    let (send, keys) = unbounded_channel();
    // A thread that may wait for a line until the process ends.
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines();
        let lines = lines.map_while(Result::ok);
        for key in lines.filter_map(|line| Key::of(&line)) {
            if send.send(key).is_err() {
                return;
            }
        }
    });
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_wish() {
        assert_eq!(Key::of("r\n"), Some(Key::Reload));
        assert_eq!(Key::of(" Q "), Some(Key::Quit));
        assert_eq!(Key::of("help"), Some(Key::Unknown));
        assert_eq!(Key::of("  "), None);
    }
}
