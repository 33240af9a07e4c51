//! A small site: hats in two languages, and who makes them. Answers come from memory.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::aem::{AssetFile, Hints, HttpAnswer};
use crate::config::Overrides;
use crate::diag::Diagnostics;
use crate::interrupt::Interrupt;
use crate::pipeline::{Aim, Ready, Record, Run, Settings, prepare};
use crate::progress::Silent;
use crate::query::Ask;
use crate::secret::Secret;
use crate::serve::explorer::answer;
use crate::serve::{Moment, Snapshot};
use crate::source::{Answer, AssetBody, Cause, Request, Source, SourceError, Usage};

const FILES: [(&str, &str); 8] = [
    (
        "site.toml",
        "title = \"Hats\"\nbase_url = \"https://hats.example/shop\"\n\
         [languages.en]\nroot = \"/content/dam/hats/en\"\n\
         [languages.fr]\nroot = \"/content/dam/hats/fr\"\n\
         [aem]\npublish = \"https://publish.example\"\nauthor = \"https://author.example\"\nconfiguration = \"hats\"\n",
    ),
    (
        "content-queries/hats.toml",
        "persisted = \"hats-all\"\n[variables]\nlocale = \"{{ lang.code }}\"\n\
         [pages]\nroute = \"/hats/{{ item.slug }}/\"\ntemplate = \"hat.html\"\n\
         [[lists]]\nroute = \"/hats/\"\ntemplate = \"hats.html\"\n",
    ),
    ("content-queries/makers.toml", "persisted = \"makers\"\n"),
    (
        "templates/hat.html",
        "{% extends \"base.html\" %}{% block main %}{{ item.title }}\
         {% for maker in query(name=\"makers\", limit=3) %}{{ maker.name }}{% endfor %}\
         <a href=\"{{ url(path=\"/content/dam/hats/en/bowler\") }}\">bowler</a>\
         {% set ada = fragment(path=\"/content/dam/hats/makers/ada\") %}{{ ada.name }}{{ asset(src=\"/hat.css\") }}{% endblock %}",
    ),
    (
        "templates/base.html",
        "<!doctype html><main>{% block main %}{% endblock %}</main>",
    ),
    (
        "templates/hats.html",
        "{% for item in items %}{{ item.title }}{% endfor %}",
    ),
    ("static/hat.css", "hat { color: black }"),
    ("templates/page.html", "{{ page.title }}{{ content }}"),
];

/// Hats of a language.
const HATS: [&str; 3] = ["bowler", "cloche", "fez"];

struct Aem;

fn hats(language: &str) -> Value {
    let hat = |slug: &&str| {
        json!({
            "_path": format!("/content/dam/hats/{language}/{slug}"),
            "title": format!("{slug} <b>{language}</b>"),
            "slug": slug,
            "text": { "html": "<p>x</p>" },
        })
    };
    HATS.iter().map(hat).collect()
}

impl Source for Aem {
    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn tokens(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        let items = match (&request.ask, &request.variables.to_json()["locale"]) {
            (Ask::Persisted(query), Value::String(language))
                if query.to_string() == "hats/hats-all" =>
            {
                hats(language)
            }
            _ => json!([{ "_path": "/content/dam/hats/makers/ada", "name": "Ada" }]),
        };
        let answer = HttpAnswer {
            status: 200,
            content_type: Some("application/json".into()),
            location: None,
            hints: Hints::default(),
            body: Bytes::from(json!({ "data": { "list": { "items": items } } }).to_string()),
        };
        Box::pin(async move {
            let envelope = answer.into_envelope(request.ask.api());
            let envelope = envelope.map_err(|failure| SourceError {
                request: "GET /q".into(),
                cause: Cause::Failure(failure),
            })?;
            Ok(Answer::new(envelope))
        })
    }

    fn asset<'a>(
        &'a self,
        _: &'a AssetFile,
        _: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        unreachable!("no assets here")
    }
}

/// A preview of the site.
pub(super) struct Preview {
    folder: tempfile::TempDir,
    pub(super) moment: Moment,
}

impl Preview {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in FILES {
            write(folder.path(), name, text);
        }
        let mut preview = Self {
            folder,
            moment: Moment::default(),
        };
        let first = Snapshot::first(preview.ready());
        preview.show(first);
        preview
    }

    /// Writes a file of the site and shows the site that follows.
    pub(super) fn edit(&mut self, name: &str, text: &str) {
        write(self.folder.path(), name, text);
        let ready = self.ready();
        let next = self.moment.site.as_ref().unwrap().successor(ready);
        self.show(next);
    }

    fn show(&mut self, snapshot: Snapshot) {
        self.moment = Moment {
            number: self.moment.number + 1,
            site: Some(Arc::new(snapshot)),
            ..Moment::default()
        };
    }

    fn ready(&self) -> Ready {
        let inputs = prepare(self.folder.path(), &Overrides::default());
        let inputs = inputs.unwrap_or_else(said).value;
        let runtime = tokio::runtime::Builder::new_current_thread();
        let run = Run {
            source: &Aem,
            progress: &Silent,
            interrupt: &Interrupt::default(),
            runtime: &{ runtime }.enable_all().build().unwrap(),
            settings: &Settings {
                aim: Aim::Preview,
                ..Settings::default()
            },
            record: &Record::default(),
        };
        run.ready(inputs, None).unwrap_or_else(said).value
    }

    /// What the explorer tells at an address, and with which status.
    pub(super) fn asked(&self, address: &str) -> (u16, Value) {
        ask(&self.moment, address)
    }

    /// What it tells, which is something.
    pub(super) fn told(&self, address: &str) -> Value {
        let (status, told) = self.asked(address);
        assert_eq!(status, 200, "{told:#}");
        told
    }
}

/// What the explorer tells about a moment.
pub(super) fn ask(moment: &Moment, address: &str) -> (u16, Value) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let answer = answer(moment, &format!("/_frieze/api/{path}"), query);
    assert_eq!(answer.content_type, "application/json");
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

fn said<T>(found: Diagnostics) -> T {
    panic!("{found}")
}
