//! What nobody may see, and the search for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter texts could stand anywhere by chance.
const SHORTEST: usize = 8;

/// Secrets by name, each in every form in which it could slip out.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<(String, Vec<Vec<u8>>)>);

impl Secrets {
    /// Adds one. Each line of a long text, such as a key, is one of its own.
    pub(crate) fn add(&mut self, name: &str, secret: &str) {
        let mut lines: Vec<&str> = secret
            .lines()
            .filter(|line| line.len() >= SHORTEST)
            .collect();
        lines.retain(|line| !line.starts_with("-----"));
        assert!(!lines.is_empty(), "too short to be looked for: {name}");
        let forms = lines.into_iter().flat_map(forms).collect();
        self.0.push((name.to_owned(), forms));
    }

    /// What they are called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Asserts that none is in these bytes.
    #[track_caller]
    pub(crate) fn assert_absent(&self, place: &str, bytes: &[u8]) {
        for (name, forms) in &self.0 {
            for form in forms {
                let found = memmem::find(bytes, form);
                assert!(
                    found.is_none(),
                    "`{name}` is in {place}, as {}\n---\n{}",
                    String::from_utf8_lossy(form),
                    String::from_utf8_lossy(bytes)
                );
            }
        }
    }

    /// Asserts that none is in a file below a folder, nor in its name.
    #[track_caller]
    pub(crate) fn assert_absent_below(&self, root: &Path, except: &BTreeSet<PathBuf>) {
        if self.0.is_empty() {
            return;
        }
        for entry in walkdir::WalkDir::new(root) {
            let path = entry.unwrap().into_path();
            let name = path.display().to_string();
            self.assert_absent("the name of a file", name.as_bytes());
            if path.is_file() && !except.contains(&path) {
                self.assert_absent(&name, &std::fs::read(&path).unwrap());
            }
        }
    }
}

/// A secret as it is, and as it is written in URLs, forms, JSON, HTML and headers.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap();
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let mut forms: BTreeSet<Vec<u8>> = [
        secret.to_owned(),
        percent.to_ascii_lowercase(),
        percent,
        form,
        json[1..json.len() - 1].to_owned(),
        html,
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    // Inside a longer text the letters of Base64 depend on what stands before.
    for before in 0..3 {
        let text = [vec![0; before], secret.as_bytes().to_vec()].concat();
        let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            forms.insert(encoded.as_bytes()[first..last].to_vec());
        }
    }
    forms.into_iter().collect()
}

#[test]
fn every_form_is_found() {
    let mut secrets = Secrets::default();
    secrets.add("key", "pa&ss/wörd \"x\"");
    let slips = [
        "is pa&ss/wörd \"x\".".to_owned(),
        "?q=pa%26ss%2Fw%C3%B6rd%20%22x%22".to_owned(),
        "?q=pa%26ss%2fw%c3%b6rd%20%22x%22".to_owned(),
        "a=1&b=pa%26ss%2Fw%C3%B6rd+%22x%22".to_owned(),
        r#"{"key":"pa&ss/wörd \"x\""}"#.to_owned(),
        "<p>pa&amp;ss/wörd &quot;x&quot;</p>".to_owned(),
        STANDARD_NO_PAD.encode("user:pa&ss/wörd \"x\""),
        STANDARD_NO_PAD.encode("somebody:pa&ss/wörd \"x\" and more"),
        URL_SAFE_NO_PAD.encode("a:pa&ss/wörd \"x\""),
    ];
    for slip in slips {
        let search = || secrets.assert_absent("a slip", slip.as_bytes());
        assert!(std::panic::catch_unwind(search).is_err(), "{slip}");
    }
    secrets.assert_absent("a good text", b"pa&ss/word");
}
