//! GraphiQL at `/graphiql`, and at `/aem/graphiql.html` where AEM has its own (feature `graphiql`).
//!
//! The page and its assets come out of the binary, and its policy lets no request leave this origin. Queries go to the
//! ad hoc endpoint of the chosen configuration, which Publish keeps closed by default. Source: aem-protocol.md,
//! sections 1.3 and 3.

use super::options::Options;
use super::reply::Reply;
use crate::execute::Engine;

/// Whether GraphiQL is part of this build.
pub(super) const AVAILABLE: bool = cfg!(feature = "graphiql");

/// Where the page is.
pub(super) const PATH: &str = "/graphiql";

/// Whether a path belongs to GraphiQL rather than to AEM.
pub(super) fn owns(path: &str) -> bool {
    AVAILABLE
        && (path == "/aem/graphiql.html"
            || path
                .strip_prefix(PATH)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The page, or one of its assets.
#[cfg(feature = "graphiql")]
pub(super) fn serve(engine: &Engine, options: &Options, path: &str) -> Reply {
    let (kind, text) = match path {
        "/graphiql" | "/graphiql/" | "/aem/graphiql.html" => return page(engine, options),
        "/graphiql/graphiql.js" => ("text/javascript;charset=utf-8", SCRIPT),
        "/graphiql/graphiql.css" => ("text/css;charset=utf-8", STYLE),
        "/graphiql/LICENSES.txt" => ("text/plain;charset=utf-8", LICENCES),
        _ => return Reply::html(axum::http::StatusCode::NOT_FOUND),
    };
    Reply::text(axum::http::StatusCode::OK, kind, text).cached("no-cache")
}

/// Nothing is there without the feature.
#[cfg(not(feature = "graphiql"))]
pub(super) fn serve(_: &Engine, _: &Options, _: &str) -> Reply {
    Reply::html(axum::http::StatusCode::NOT_FOUND)
}

#[cfg(feature = "graphiql")]
const SCRIPT: &str = include_str!("../../graphiql/dist/graphiql.js");
#[cfg(feature = "graphiql")]
const STYLE: &str = include_str!("../../graphiql/dist/graphiql.css");
#[cfg(feature = "graphiql")]
const LICENCES: &str = include_str!("../../graphiql/dist/LICENSES.txt");
/// Style attributes are how `CodeMirror` places what it draws.
#[cfg(feature = "graphiql")]
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; font-src data:; base-uri 'none'; form-action 'self'";

#[cfg(feature = "graphiql")]
fn page(engine: &Engine, options: &Options) -> Reply {
    let data = describe(engine, options).to_string();
    // Inside a script element only `<` could end it.
    let data = data.replace('<', "\\u003c");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>GraphiQL</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/graphiql/graphiql.css\">\n</head>\n\
         <body>\n<div id=\"graphiql\"></div>\n<script type=\"application/json\" id=\"sandbox\">{data}</script>\n\
         <script src=\"/graphiql/graphiql.js\"></script>\n</body>\n</html>\n"
    );
    Reply::text(axum::http::StatusCode::OK, "text/html;charset=utf-8", &html)
        .cached("no-cache")
        .header(axum::http::header::CONTENT_SECURITY_POLICY, POLICY)
}

/// What the page needs to know: where to send queries, and which are stored.
#[cfg(feature = "graphiql")]
fn describe(engine: &Engine, options: &Options) -> serde_json::Value {
    use super::home::sample::{StoredQuery, endpoint_path};
    use serde_json::json;

    let repository = &engine.repository;
    let stored = engine.queries();
    let configurations = repository
        .endpoints
        .iter()
        .filter(|name| engine.endpoint(name).is_some());
    let configurations: Vec<_> = configurations
        .map(|configuration| {
            let own = stored.iter().filter(|((of, _), _)| of == configuration);
            let queries: Vec<_> = own
                .map(|((_, name), query)| {
                    let text: &str = &query.text;
                    let variables = StoredQuery::read(engine, configuration, text)
                        .map(|query| query.sample_json())
                        .unwrap_or_default();
                    json!({ "name": name, "text": text, "variables": variables })
                })
                .collect();
            json!({
                "name": configuration,
                "endpoint": endpoint_path(configuration, "json"),
                "queries": queries,
                "example": example(engine, configuration),
            })
        })
        .collect();
    json!({
        "tier": options.tier.name(),
        "open": !options.behind_dispatcher() || options.adhoc_on_publish,
        "configurations": configurations,
    })
}

/// A first query: the list of a model that has fragments.
#[cfg(feature = "graphiql")]
fn example(engine: &Engine, configuration: &str) -> Option<String> {
    let types = &engine.endpoint(configuration)?.schema.types;
    let model = types
        .iter()
        .find(|model| !engine.repository.of_model(model.model).by_path.is_empty())?;
    Some(format!(
        "{{\n  {}List{}(limit: 5) {{\n    items {{\n      _path\n    }}\n  }}\n}}\n",
        model.query, model.suffix
    ))
}

#[cfg(all(test, feature = "graphiql"))]
mod tests {
    use super::*;

    #[test]
    fn paths_of_aem_stay_with_aem() {
        for own in ["/graphiql", "/graphiql/graphiql.js", "/aem/graphiql.html"] {
            assert!(owns(own), "{own}");
        }
        for other in [
            "/",
            "/graphql/execute.json/a/b",
            "/graphiqlx",
            "/aem/start.html",
        ] {
            assert!(!owns(other), "{other}");
        }
    }

    #[test]
    fn assets_fetch_nothing_from_elsewhere() {
        assert!(!STYLE.contains("url(http") && !STYLE.contains("@import"));
        assert!(
            !STYLE.contains("@font-face"),
            "fonts have licences of their own"
        );
        assert!(SCRIPT.len() + STYLE.len() < 2_500_000);
        for name in ["graphiql 4", "react 19", "react-dom 19", "graphql 16"] {
            assert!(LICENCES.contains(name), "{name}");
        }
    }
}
