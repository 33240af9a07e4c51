//! Whether anybody still waits for what this thread renders.
//!
//! Nothing can stop a thread from outside. A template that goes round for hours has to hear by itself that nobody wants
//! its page any more: it does each time it writes something.

use std::cell::RefCell;
use std::io;

use crate::interrupt::Interrupt;

thread_local! {
    static INTERRUPT: RefCell<Option<Interrupt>> = const { RefCell::new(None) };
}

/// Renders on this thread as long as nobody interrupts that. What is given up fails, and is to be kept by nobody.
pub fn while_wanted<T>(interrupt: &Interrupt, work: impl FnOnce() -> T) -> T {
    let _outer = Outer(INTERRUPT.replace(Some(interrupt.clone())));
    work()
}

/// Whether what this thread renders is still wanted.
#[must_use]
pub fn is_wanted() -> bool {
    !interrupt().is_some_and(|interrupt| interrupt.is_raised())
}

/// Who may interrupt what this thread renders.
pub(super) fn interrupt() -> Option<Interrupt> {
    INTERRUPT.with_borrow(Clone::clone)
}

/// What was there before; a panic brings it back, too.
struct Outer(Option<Interrupt>);

impl Drop for Outer {
    fn drop(&mut self) {
        INTERRUPT.set(self.0.take());
    }
}

/// A page that is written as long as somebody wants it.
pub(super) struct Page<'b> {
    pub(super) buffer: &'b mut Vec<u8>,
    pub(super) interrupt: Interrupt,
}

impl io::Write for Page<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interrupt.is_raised() {
            return Err(io::Error::other("nobody waits for the page any more"));
        }
        self.buffer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn nothing_is_written_that_nobody_wants() {
        let interrupt = Interrupt::new();
        let mut buffer = Vec::new();
        let mut page = Page {
            buffer: &mut buffer,
            interrupt: interrupt.clone(),
        };
        page.write_all(b"one").unwrap();
        interrupt.raise();
        assert!(page.write_all(b"two").is_err());
        assert_eq!(buffer, b"one");
    }

    #[test]
    fn each_work_has_its_own_wish() {
        let (outer, inner) = (Interrupt::new(), Interrupt::new());
        inner.raise();
        while_wanted(&outer, || {
            assert!(is_wanted());
            let broken = catch_unwind(|| while_wanted(&Interrupt::new(), || panic!("in a page")));
            assert!(broken.is_err());
            assert!(!while_wanted(&inner, is_wanted));
            outer.raise();
            assert!(!is_wanted());
        });
        assert!(is_wanted());
    }
}
