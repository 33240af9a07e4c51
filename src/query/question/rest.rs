//! Definitions that ask AEM's REST delivery of fragments (`openapi`) or for a JSON document (`json`).
//!
//! What is sent is a handful of texts, which become variables of the request: so languages, `for_each`,
//! paging and the cache work as they do for a GraphQL query.

use super::Question;
use crate::aem::openapi::{self, ModelPath, Operation};
use crate::aem::{Api, Tier, document};
use crate::config::Config;
use crate::diag::{Diagnostic, Kind};
use crate::expression::Pattern;
use crate::query::{Ask, Paging, PagingMode, PagingNames, VariableTemplates};
use crate::table::{Table, Text};

/// The keys that say which fragments, with what is asked then and the variable that holds their value.
const ADDRESSES: [(&str, Operation); 3] = [
    ("path", Operation::List),
    ("fragment", Operation::ByPath),
    ("id", Operation::ById),
];

/// Reads `openapi` and the keys that go with it.
pub(super) fn openapi(table: &Table<'_>, config: &Config) -> Question {
    not_on_author(table, config);
    let own = table.table("openapi");
    let address = own.as_ref().and_then(read_address);
    let operation = address.as_ref().map(|(operation, _)| *operation);
    let api = match operation {
        Some(Operation::ByPath | Operation::ById) => Api::Fragment,
        Some(Operation::List) | None => Api::FragmentList,
    };
    let mut texts = Vec::new();
    let mut model = None;
    if let Some(own) = &own {
        let references = own.word("references", &openapi::REFERENCES);
        // Not asked for is what AEM gives by itself.
        let references = references.filter(|word| word.value != "none");
        let references = references.and_then(|word| Pattern::parse(&word.value).ok());
        let variation = own.filled("variation");
        let variation = variation.and_then(|text| pattern(own, "variation", &text));
        texts.extend(references.map(|text| ("references", text)));
        texts.extend(variation.map(|text| ("variation", text)));
        model = read_model(own, config);
    }
    let ask = address.map(|(operation, text)| {
        texts.insert(0, (operation.address(), text));
        Ask::OpenApi(operation)
    });
    no_variables(table, api, "lang.locale");
    meaningless(
        table,
        "partition",
        "openapi",
        "its parts are made by a variable of a GraphQL query; write a definition for each folder",
    );
    meaningless(
        table,
        "root",
        "openapi",
        "the items are the fragments; leave it out",
    );
    Question {
        api,
        ask,
        variables: VariableTemplates::of_texts(texts),
        paging: read_paging(table, api),
        partition: None,
        root: None,
        model,
    }
}

/// Reads `json` and the keys that go with it.
pub(super) fn json(table: &Table<'_>) -> Question {
    let path = table.filled("json").and_then(|text| {
        let pattern = pattern(table, "json", &text)?;
        usable(table, "json", &text, &pattern, document::flaw)
    });
    no_variables(table, Api::Json, "lang.locale");
    meaningless(
        table,
        "partition",
        "json",
        "its parts are made by a variable of a GraphQL query; write a definition for each document",
    );
    Question {
        api: Api::Json,
        ask: path.as_ref().map(|_| Ask::Json),
        variables: VariableTemplates::of_texts(path.map(|path| (document::PATH, path))),
        paging: read_paging(table, Api::Json),
        partition: None,
        root: table.filled("root").map(|text| text.value),
        model: None,
    }
}

/// Refuses `variables`, of the definition or of its `[for_each]`; `value` is what one might have wanted to
/// send.
pub(super) fn no_variables(table: &Table<'_>, api: Api, value: &str) {
    let (kind, example) = match api {
        Api::Json => (
            "json",
            format!("json = \"/content/…/{{{{ {value} }}}}.model.json\""),
        ),
        _ => (
            "openapi",
            format!("openapi = {{ path = \"/content/dam/…/{{{{ {value} }}}}\" }}"),
        ),
    };
    let help = format!("write the values where they belong, such as `{example}`");
    meaningless(table, "variables", kind, &help);
}

/// AEM's REST delivery is on publish and preview only (section 10.1).
fn not_on_author(table: &Table<'_>, config: &Config) {
    if config.aem.tier == Tier::Author {
        table.reader().push(
            Diagnostic::error(
                Kind::Config,
                "`openapi` cannot be asked on the tier `author`",
            )
            .at(table.place("openapi"))
            .note("AEM delivers fragments by REST on publish and preview only")
            .help("build from another tier, or use a persisted query"),
        );
    }
}

/// Which fragments: one of the three keys.
fn read_address(own: &Table<'_>) -> Option<(Operation, Pattern)> {
    let mut named = ADDRESSES.into_iter().filter(|(key, _)| own.has(key));
    let Some((key, operation)) = named.next() else {
        own.reader().push(
            Diagnostic::error(Kind::Config, "`openapi` does not say which fragments")
                .at(own.reader().file().at(own.span()))
                .help(
                    "add `path` for all below a folder, `fragment` for the one at a path, or `id`",
                ),
        );
        return None;
    };
    for (other, _) in named {
        let message = format!(
            "`{}` cannot stand beside `{}`",
            own.full(other),
            own.full(key)
        );
        own.reader().push(
            Diagnostic::error(Kind::Config, message)
                .at(own.place(other))
                .help("each of them says which fragments: keep one"),
        );
    }
    let text = own.filled(key)?;
    let pattern = pattern(own, key, &text)?;
    let pattern = usable(own, key, &text, &pattern, |address| operation.flaw(address))?;
    Some((operation, pattern))
}

fn read_model(own: &Table<'_>, config: &Config) -> Option<ModelPath> {
    let text = own.filled("model")?;
    let model = ModelPath::parse(&text.value, config.aem.configuration.as_deref());
    model
        .map_err(|why| {
            let message = format!("`{}` cannot be used: {why}", own.full("model"));
            own.reader().push(
                Diagnostic::error(Kind::Config, message)
                    .at(own.reader().file().at(text.span))
                    .help(
                        "write the model's name in the configuration of `[aem]`, or its whole path",
                    ),
            );
        })
        .ok()
}

/// What there is to say about paging: for a list, how many fragments come at once; else nothing.
fn read_paging(table: &Table<'_>, api: Api) -> Paging {
    let [limit, cursor] = openapi::PAGING.map(str::to_owned);
    let mut paging = Paging {
        mode: PagingMode::None,
        page_size: openapi::MAX_LIMIT,
        names: PagingNames {
            first: limit,
            after: cursor,
            ..PagingNames::default()
        },
    };
    if api != Api::FragmentList {
        let (kind, help) = match api {
            Api::Json => ("json", "a document comes whole; leave it out"),
            _ => ("openapi", "one fragment comes at once; leave it out"),
        };
        for key in ["paging", "page_size", "paging_variables"] {
            meaningless(table, key, kind, help);
        }
        return paging;
    }
    let fixed = "AEM's names for them are fixed; leave it out";
    meaningless(table, "paging_variables", "openapi", fixed);
    paging.mode = PagingMode::Cursor;
    let words = ["auto", "cursor", "offset", "none"];
    let word = table.word("paging", &words);
    if let Some(word) = word.filter(|word| matches!(word.value.as_str(), "offset" | "none")) {
        let message = format!("`paging` cannot be `{}` with `openapi`", word.value);
        table.reader().push(
            Diagnostic::error(Kind::Config, message)
                .at(table.reader().file().at(word.span))
                .note("AEM gives at most 50 fragments at once, and says with a cursor where the next ones are")
                .help("leave it out"),
        );
    }
    if let Some(size) = table.integer("page_size", 1..=u64::MAX) {
        paging.page_size = size.min(openapi::MAX_LIMIT);
        if size > openapi::MAX_LIMIT {
            let message = format!("`page_size` cannot be {size} with `openapi`");
            table.reader().push(
                Diagnostic::error(Kind::Config, message)
                    .at(table.place("page_size"))
                    .help(
                        "AEM gives at most 50 fragments at once: leave it out, or make it smaller",
                    ),
            );
        }
    }
    paging
}

/// Refuses a key that goes with other kinds of query.
fn meaningless(table: &Table<'_>, key: &'static str, kind: &str, help: &str) {
    if table.has(key) {
        let message = format!("`{}` means nothing with `{kind}`", table.full(key));
        table.reader().push(
            Diagnostic::error(Kind::Config, message)
                .at(table.place(key))
                .help(help),
        );
    }
}

fn pattern(table: &Table<'_>, key: &str, text: &Text) -> Option<Pattern> {
    Pattern::parse(&text.value)
        .map_err(|why| cannot_be_used(table, key, text, &why))
        .ok()
}

/// The pattern, unless it is seen already that its text cannot be sent.
fn usable(
    table: &Table<'_>,
    key: &str,
    text: &Text,
    pattern: &Pattern,
    flaw: impl Fn(&str) -> Option<&'static str>,
) -> Option<Pattern> {
    match flaw(&text.value).filter(|_| pattern.is_fixed()) {
        Some(why) => {
            cannot_be_used(table, key, text, why);
            None
        }
        None => Some(pattern.clone()),
    }
}

fn cannot_be_used(table: &Table<'_>, key: &str, text: &Text, why: &str) {
    let message = format!("`{}` cannot be used: {why}", table.full(key));
    table.reader().error(text.span.clone(), message);
}
