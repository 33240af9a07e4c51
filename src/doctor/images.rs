//! Pictures: what answers point at can be had (`aem-protocol.md`, section 7).

use serde_json::Value;

use super::check::{Group, Sheet};
use super::probing::Probing;
use crate::aem::{AssetPath, Failure};
use crate::client::Body;
use crate::config::Config;
use crate::diag::{Diagnostic, Severity};
use crate::explain::{Subject, explain};
use crate::query::HttpRequest;
use crate::source::{Cause, SourceError};

/// What pictures are called.
const EXTENSIONS: [&str; 9] = [
    "avif", "gif", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp",
];

/// The member that AEM's delivery of pictures is under.
const DYNAMIC: &str = "_dynamicUrl";

pub(super) async fn check(config: &Config, probing: &Probing<'_>, sheet: &mut Sheet) {
    let mut found = Pictures::default();
    for good in probing.good() {
        // An answer that is good is JSON.
        if let Ok(value) = serde_json::from_slice::<Value>(good.body()) {
            found.look(&value);
        }
    }
    match &found.original {
        Some(path) => {
            let subject = Subject::asset(path.as_str());
            one(
                config,
                probing,
                sheet,
                "originals",
                path.request_path(),
                &subject,
            )
            .await;
        }
        None => sheet.skipped(Group::Images, "originals", "no answer has a picture in it"),
    }
    match &found.dynamic {
        Some(url) => {
            let subject = Subject::asset(url);
            one(config, probing, sheet, "delivery", url.clone(), &subject).await;
        }
        None => {
            let why = format!("no answer has a `{DYNAMIC}` in it");
            sheet.skipped(Group::Images, "delivery", why);
        }
    }
}

async fn one(
    config: &Config,
    probing: &Probing<'_>,
    sheet: &mut Sheet,
    subject: &str,
    path: String,
    asset: &Subject,
) {
    if let Some(why) = probing.stop() {
        return sheet.skipped(Group::Images, subject, why);
    }
    let request = HttpRequest {
        path,
        body: None,
        accept: "image/*,*/*;q=0.8",
    };
    let result = probing.probe(&request, Body::Left).await;
    sheet.requests(probing.lines());
    let error = match result {
        Ok(probed) => {
            let answer = &probed.answer;
            let kind = answer.content_type.clone().unwrap_or_default();
            let failure = match answer.status {
                200 if !kind.starts_with("text/html") => {
                    return sheet.good(Group::Images, subject, format!("come as {kind}"));
                }
                404 => Failure::Blocked,
                300..400 => Failure::Redirected(answer.location.clone().unwrap_or_default()),
                200 => Failure::NotJson {
                    content_type: kind,
                    excerpt: answer.refusal().says.unwrap_or_default(),
                },
                _ => Failure::refused(answer),
            };
            SourceError {
                request: probed.request,
                cause: Cause::Failure(failure),
            }
        }
        Err(error) => error,
    };
    let mut diagnostic = explain(asset, &error, &config.aem);
    if subject == "delivery" {
        diagnostic = without_delivery(diagnostic);
    }
    sheet.found(Group::Images, subject, diagnostic);
}

/// A build can do without: originals and stored renditions are left.
fn without_delivery(mut diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.severity = Severity::Warning;
    diagnostic.note("web-optimised delivery is part of AEM as a Cloud Service, and of no other AEM")
}

/// The first pictures of the answers.
#[derive(Default)]
struct Pictures {
    original: Option<AssetPath>,
    /// Path and query of a delivery URL.
    dynamic: Option<String>,
}

impl Pictures {
    fn look(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if name == DYNAMIC {
                        self.delivered(member);
                    } else {
                        self.look(member);
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|member| self.look(member)),
            Value::String(text) => self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// It has no host (section 7.1); anything else is not asked for.
    fn delivered(&mut self, url: &Value) {
        let url = url.as_str().filter(|url| url.starts_with("/adobe/"));
        let harmless =
            |url: &&str| url.chars().all(|c| c.is_ascii_graphic()) && !url.contains("..");
        let url = url.filter(harmless).map(str::to_owned);
        self.dynamic = self.dynamic.take().or(url);
    }

    fn text(&mut self, text: &str) {
        let extension = text.rsplit_once('.').map(|(_, extension)| extension);
        let is_picture = extension.is_some_and(|extension| {
            EXTENSIONS
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        });
        if self.original.is_none() && is_picture {
            self.original = AssetPath::parse(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pictures_are_found_wherever_they_are() {
        let mut found = Pictures::default();
        found.look(&json!({ "data": { "list": { "items": [
            { "_path": "/content/dam/x/en/a", "image": null },
            { "_path": "/content/dam/x/en/b", "image": {
                "_path": "/content/dam/x/b.JPG", "_dynamicUrl": "/adobe/dynamicmedia/deliver/b.jpg?width=4" } },
            { "image": { "_path": "/content/dam/x/c.jpg" } },
        ] } } }));
        let original = found.original.map(|path| path.to_string());
        assert_eq!(original.as_deref(), Some("/content/dam/x/b.JPG"));
        let dynamic = found.dynamic.as_deref();
        assert_eq!(dynamic, Some("/adobe/dynamicmedia/deliver/b.jpg?width=4"));
    }

    #[test]
    fn other_hosts_and_files_are_not_asked_for() {
        let mut found = Pictures::default();
        found.look(
            &json!({ "a": "https://other.example/content/dam/x.jpg", "b": "/etc/x.jpg",
            "c": "/content/dam/../x.jpg", "_dynamicUrl": "//other.example/x.jpg" }),
        );
        assert!(found.original.is_none() && found.dynamic.is_none());
    }
}
