//! `ETag`, `Last-Modified`, and requests that name them.

use crate::conformance::{ADMIN, as_admin, author, start};
use crate::http::{Answer, execute, send};
use aem_sandbox::{Options, Sandbox};

fn ask(sandbox: &Sandbox, headers: &[(&str, &str)]) -> Answer {
    let path = execute("harbor/recipes-all", &[]);
    let headers: Vec<_> = headers.iter().copied().chain([ADMIN]).collect();
    send(sandbox.address(), "GET", &path, &headers, "")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_validator_has_a_switch() {
    for (etags, last_modified) in [(true, true), (true, false), (false, true), (false, false)] {
        let sandbox = start(Options {
            etags,
            last_modified,
            ..author()
        })
        .await;
        let first = ask(&sandbox, &[]);
        let (tag, date) = (first.header("etag"), first.header("last-modified"));
        assert_eq!((!tag.is_empty(), !date.is_empty()), (etags, last_modified));
        let by_tag = ask(
            &sandbox,
            &[("If-None-Match", if etags { tag } else { "*" })],
        );
        assert_eq!(by_tag.status, if etags { 304 } else { 200 });
        let newer = if last_modified {
            date
        } else {
            "Fri, 01 Jan 2100 00:00:00 GMT"
        };
        let by_date = ask(&sandbox, &[("If-Modified-Since", newer)]);
        assert_eq!(by_date.status, if last_modified { 304 } else { 200 });
        assert_eq!(by_date.body.is_empty(), last_modified);
        assert_eq!(by_date.header("last-modified"), date);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_within_the_second_is_seen() {
    let sandbox = start(Options {
        etags: false,
        ..author()
    })
    .await;
    let persist = |query: &str| {
        let path = "/graphql/persist.json/harbor/recipes-all";
        assert!(as_admin(&sandbox, "POST", path, query).status < 300);
    };
    let mut date = ask(&sandbox, &[]).header("last-modified").to_owned();
    for field in ["title", "price", "_path"] {
        persist(&format!("{{ recipeList {{ items {{ {field} }} }} }}"));
        let changed = ask(&sandbox, &[("If-Modified-Since", &date)]);
        assert_eq!(changed.status, 200, "{field}");
        date = changed.header("last-modified").to_owned();
        let unchanged = ask(&sandbox, &[("If-Modified-Since", &date)]);
        assert_eq!(unchanged.status, 304, "{field}");
    }
}
