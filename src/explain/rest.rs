//! Fragments of the REST delivery and JSON documents, where statuses mean what they say
//! (`aem-protocol.md`, sections 10.2 and 10.5).

use super::Explainer;
use crate::aem::{Problem, Reason, Refusal};
use crate::diag::Diagnostic;

impl Explainer<'_> {
    /// AEM's REST delivery says what is wrong.
    pub(super) fn problem(&self, problem: &Problem) -> Diagnostic {
        let (subject, name) = (self.subject, &self.subject.name);
        let said = Some(problem.text()).filter(|said| !said.is_empty());
        let diagnostic = match problem.status {
            404 => subject
                .content(format!("{name} is not there"))
                .help("publish the fragment, or set `optional = true` to do without it"),
            400 => subject
                .content(format!("AEM does not take the request for {name}"))
                .help("check `openapi` in the definition"),
            // Its own 406 is about media types, not the penalty of a traffic filter (section 9.2).
            status => self.refused(&Refusal {
                reason: match status {
                    406 => Reason::Other,
                    status => Reason::usual(status),
                },
                ..Refusal::bare(status)
            }),
        };
        diagnostic.maybe_note(said.map(|said| format!("AEM says: {said}")))
    }

    /// A 404 that is not the REST delivery's own.
    pub(super) fn no_delivery(&self) -> Diagnostic {
        self.subject
            .remote("AEM does not deliver fragments by REST here (status 404 without its own answer)")
            .note("Adobe switches this API on, for each environment, on publish and preview only; no Dispatcher rule opens it")
            .help("ask Adobe Support to switch on Content Fragment Delivery with OpenAPI, or use a persisted query")
    }

    /// A document that is not there, or is kept back: AEM and its Dispatcher answer the same.
    pub(super) fn no_document(&self) -> Diagnostic {
        let diagnostic = self
            .subject
            .content(format!("{} is not there (status 404)", self.subject.name))
            .note("the page does not exist, is not published, or a Dispatcher filter keeps it back: the answer is the same")
            .help("check the path, and that the page is published; `optional = true` does without");
        let path = self
            .request
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        diagnostic.maybe_help(path.map(rule))
    }
}

/// The Dispatcher rule that lets a document through (section 1.3).
fn rule(path: &str) -> String {
    if path.ends_with(".model.json") {
        "the Dispatcher's default rules let `/content/*.model.json` through; where yours do not, add \
         `{ /type \"allow\" /method \"GET\" /path \"/content/*\" /selectors \"model\" /extension \"json\" }`"
            .to_owned()
    } else {
        format!(
            "the Dispatcher's default rules let no JSON through but `/content/*.model.json`; on publish and \
             preview add `{{ /type \"allow\" /method \"GET\" /url \"{path}\" }}`"
        )
    }
}
