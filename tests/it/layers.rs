//! Imports go one way. A module may use only those that its row of the table names; that keeps the way of
//! the data readable from the imports, and one part testable without the next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::workspace;

/// Every module at the top of `src/`, in the order in which they stand on each other, with what it may
/// import. Their tests may import more.
const TABLE: &[(&str, &[&str])] = &[
    // The ground: what every message has, the disk, what a value is.
    ("diag", &[]),
    ("fs", &[]),
    ("value", &[]),
    ("progress", &[]),
    ("interrupt", &["diag"]),
    ("artifact", &[]),
    ("secret", &[]),
    ("rich_text", &[]),
    ("packing", &[]),
    ("blocking", &[]),
    // AEM's own words, on no connection.
    ("aem", &["packing", "value"]),
    // What the user wrote.
    ("secret", &[]),
    ("table", &["diag"]),
    ("expression", &["diag", "rich_text", "value"]),
    (
        "config",
        &["aem", "artifact", "diag", "fs", "secret", "table"],
    ),
    ("i18n", &["config", "diag", "fs", "table"]),
    ("template_values", &["config", "value"]),
    (
        "query",
        &[
            "aem",
            "artifact",
            "config",
            "diag",
            "expression",
            "fs",
            "table",
            "value",
        ],
    ),
    ("local", &["config", "diag", "fs", "table"]),
    // What of the content shows.
    ("reach", &["expression", "query"]),
    // What a build is held against.
    (
        "guard",
        &[
            "aem", "artifact", "config", "diag", "fs", "query", "secret", "value",
        ],
    ),
    // Where answers come from, and how they are all had.
    ("source", &["aem", "diag", "query", "secret"]),
    (
        "client",
        &[
            "aem", "config", "diag", "fs", "packing", "query", "secret", "source",
        ],
    ),
    (
        "cache",
        &[
            "aem", "blocking", "config", "diag", "packing", "query", "secret", "source",
        ],
    ),
    ("snapshot", &["aem", "diag", "query", "secret", "source"]),
    ("explain", &["aem", "config", "diag", "query", "source"]),
    (
        "trace",
        &[
            "aem", "config", "diag", "fs", "guard", "query", "secret", "source", "value",
        ],
    ),
    ("store", &["aem", "config", "fs", "query", "value"]),
    (
        "fetch",
        &[
            "aem",
            "blocking",
            "config",
            "diag",
            "explain",
            "expression",
            "guard",
            "progress",
            "query",
            "reach",
            "secret",
            "source",
            "store",
            "template_values",
            "value",
        ],
    ),
    // Who looks at the way instead of going it.
    (
        "doctor",
        &[
            "aem", "client", "config", "diag", "explain", "fetch", "query", "secret", "source",
        ],
    ),
    // From content to files.
    (
        "route",
        &[
            "artifact",
            "config",
            "diag",
            "expression",
            "i18n",
            "local",
            "query",
            "store",
            "template_values",
            "value",
        ],
    ),
    (
        "generate",
        &[
            "aem", "artifact", "config", "local", "query", "route", "store",
        ],
    ),
    (
        "asset",
        &[
            "aem", "artifact", "config", "diag", "explain", "fs", "progress", "source",
        ],
    ),
    (
        "render",
        &[
            "aem",
            "artifact",
            "asset",
            "config",
            "diag",
            "expression",
            "fs",
            "i18n",
            "interrupt",
            "local",
            "progress",
            "query",
            "reach",
            "rich_text",
            "route",
            "store",
            "template_values",
            "trace",
            "value",
        ],
    ),
    ("output", &["artifact", "diag", "fs"]),
    // The only one that knows the order.
    (
        "pipeline",
        &[
            "artifact",
            "asset",
            "cache",
            "config",
            "diag",
            "fetch",
            "fs",
            "generate",
            "guard",
            "i18n",
            "interrupt",
            "local",
            "output",
            "progress",
            "query",
            "reach",
            "render",
            "route",
            "source",
            "store",
            "trace",
            "value",
        ],
    ),
    (
        "report",
        &[
            "artifact", "config", "diag", "fetch", "guard", "output", "pipeline", "render",
            "route", "source",
        ],
    ),
    // The site while somebody works on it.
    (
        "serve",
        &[
            "aem",
            "artifact",
            "asset",
            "cache",
            "config",
            "diag",
            "explain",
            "fetch",
            "fs",
            "guard",
            "interrupt",
            "local",
            "output",
            "pipeline",
            "progress",
            "query",
            "render",
            "route",
            "secret",
            "source",
            "store",
            "trace",
            "value",
        ],
    ),
    // And who calls it. `client` is named here and by the doctor: everything else knows sources only.
    (
        "cli",
        &[
            "aem",
            "cache",
            "client",
            "config",
            "diag",
            "doctor",
            "fetch",
            "fs",
            "guard",
            "interrupt",
            "output",
            "pipeline",
            "progress",
            "query",
            "report",
            "secret",
            "serve",
            "snapshot",
            "source",
            "table",
        ],
    ),
];

#[test]
fn imports_go_down_the_table() {
    let sources = sources(&workspace().join("src"));
    let found = check(&sources, TABLE);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_is_in_order_and_says_no_more_than_is_used() {
    let names: Vec<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    for (at, (name, allowed)) in TABLE.iter().enumerate() {
        for import in *allowed {
            assert!(
                names[..at].contains(import),
                "`{name}` may import `{import}`, which does not stand below it"
            );
        }
    }
    let used = arrows(&sources(&workspace().join("src")));
    for (name, allowed) in TABLE {
        for import in *allowed {
            let arrow = ((*name).to_owned(), (*import).to_owned());
            assert!(
                used.contains_key(&arrow),
                "`{name}` may import `{import}` and does not"
            );
        }
    }
}

/// The Rust files below a folder: path and text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name();
    files
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "rs"))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let path = entry.path().strip_prefix(folder).unwrap().to_path_buf();
            (path, text)
        })
        .collect()
}

/// Everything that is not as the table says.
fn check(sources: &[(PathBuf, String)], table: &[(&str, &[&str])]) -> Vec<String> {
    let mut found = Vec::new();
    let known: BTreeMap<&str, &[&str]> = table.iter().copied().collect();
    let modules: BTreeSet<String> = sources.iter().filter_map(|(p, _)| module(p)).collect();
    for module in &modules {
        if !known.contains_key(module.as_str()) {
            found.push(format!("`{module}` has no row in the table"));
        }
    }
    for name in known.keys() {
        if !modules.contains(*name) {
            found.push(format!("`{name}` is in the table and not in `src/`"));
        }
    }
    for ((from, to), place) in arrows(sources) {
        if known
            .get(from.as_str())
            .is_some_and(|allowed| !allowed.contains(&to.as_str()))
        {
            found.push(format!("{place}: `{from}` may not import `{to}`"));
        }
    }
    found
}

/// The top-level module a file belongs to; none for the roots.
fn module(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

/// Which module imports which, with the first place where it does; tests are left out.
fn arrows(sources: &[(PathBuf, String)]) -> BTreeMap<(String, String), String> {
    let mut arrows = BTreeMap::new();
    for (path, text) in sources {
        let Some(from) = module(path) else { continue };
        if is_test(path) {
            continue;
        }
        for (line, to) in imports(text) {
            if to != from {
                let place = format!("src/{}:{line}", path.display());
                arrows.entry((from.clone(), to)).or_insert(place);
            }
        }
    }
    arrows
}

/// `tests.rs`, and everything below a folder `tests`.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_str().unwrap_or_default();
        name == "tests" || name == "tests.rs" || name.ends_with("_tests.rs")
    })
}

/// The modules after `crate::`, with their lines, up to the file's own test module.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code = text
        .split("\n#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default();
    let mut rest = code;
    while let Some(at) = rest.find("crate::") {
        let line = code[..code.len() - rest.len() + at].lines().count().max(1);
        let before = &rest[..at];
        rest = &rest[at + "crate::".len()..];
        // Not the end of another name, nor a sentence.
        let start = before.rsplit('\n').next().unwrap_or_default();
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
            || start.trim_start().starts_with("//")
        {
            continue;
        }
        found.extend(heads(rest).into_iter().map(|name| (line, name)));
    }
    found
}

/// The first names of a path: one, or several where it begins with `{`.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn a_wrong_import_is_found() {
    let file = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let table: &[(&str, &[&str])] = &[("low", &[]), ("high", &["low"])];
    let good = [
        file("lib.rs", "pub mod low; use crate::high::x;"),
        file(
            "low.rs",
            "//! See [`crate::high`].\nfn f() {}\n#[cfg(test)]\nmod tests { use crate::high; }",
        ),
        file(
            "high/mod.rs",
            "use crate::low::{a, b};\nuse crate::high::c;\n",
        ),
        file("high/tests.rs", "use crate::anything;\n"),
    ];
    assert_eq!(check(&good, table), [""; 0]);
    let with = |path: &str, text: &str| {
        let mut files = good.to_vec();
        files.retain(|(own, _)| own != Path::new(path));
        files.push(file(path, text));
        check(&files, table)
    };
    let up = ["src/low.rs:3: `low` may not import `high`"];
    for text in [
        "\n\nuse crate::high::x;",
        "\n\nuse crate::{\n    low::x,\n    high::{y, z},\n};",
        "\n\nfn f() { crate::high::x() }",
        "\n\n#[cfg(test)] pub(crate) use crate::high::x;",
    ] {
        assert_eq!(with("low.rs", text), up, "{text}");
    }
    assert_eq!(
        with("new.rs", "fn f() {}"),
        ["`new` has no row in the table"]
    );
    assert_eq!(
        check(&good[..2], table),
        ["`high` is in the table and not in `src/`"]
    );
}
