//! Files that editors make for themselves.

use std::path::Path;

/// Whether a file is one that an editor makes beside the one that is edited: a swap or backup copy, a lock, or what will
/// be renamed. Files that merely begin with a dot are not: a site may well have a `.htaccess`.
pub(super) fn is_by_editor(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let has = |begin: &str, end: &str| {
        name.len() > begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
    };
    // Emacs, nano, Kate, gedit.
    name.ends_with('~')
        || has("#", "#")
        || name.starts_with(".#")
        || name.starts_with(".goutputstream-")
        || has(".", ".kate-swp")
        // Vim: swap files, undo files, and the number that it tries folders with.
        || is_swap(&name)
        || has(".", ".un~")
        || *name == *"4913"
        // JetBrains, before 2019.3.
        || name.ends_with("___jb_tmp___")
        || name.ends_with("___jb_old___")
        // What writes whole or not at all, ourselves included.
        || name.starts_with(".partial-")
        || name.starts_with(".tmp")
        // File managers.
        || matches!(&*name, ".DS_Store" | "Thumbs.db" | "desktop.ini" | ".directory")
}

/// `.page.html.swp`, and with the letters that follow when that one is taken.
fn is_swap(name: &str) -> bool {
    let Some((stem, end)) = name.rsplit_once('.') else {
        return false;
    };
    let is_letter = |b: &u8| b.is_ascii_lowercase();
    let end = end.as_bytes();
    stem.starts_with('.') && end.len() == 3 && end.starts_with(b"sw") && end.iter().all(is_letter)
}
