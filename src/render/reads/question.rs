//! What can be asked of a site while a page is rendered, in a form that another build can ask again.

use std::rc::Rc;
use std::sync::Arc;

use tera::{Context, Kwargs, TeraResult, Value};

use super::Site;
use super::capture::of_value;
use super::demand::Demand;
use crate::config::LangId;
use crate::render::current::{self, OnPage};
use crate::render::functions::FUNCTIONS;
use crate::render::links::{self, Destination};
use crate::render::rich_text::Known;
use crate::rich_text::{Hint, Link};
use crate::route::{Page, PageKind};
use crate::value::{Decoder, Digest, digest, encode, encode_bytes};

/// What the answer of a function depends on, besides its arguments and the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Scope {
    /// The language of the page.
    Language,
    /// The language, and the page's template: what it gives of items are the members that the template can reach.
    Template,
    /// The page.
    Page,
}

/// A function that templates can call.
pub(in crate::render) struct Function {
    /// Its name.
    pub(in crate::render) name: &'static str,
    /// What its answer depends on.
    pub(in crate::render) scope: Scope,
    /// What it does.
    pub(in crate::render) body: fn(&Site, &Kwargs) -> TeraResult<Value>,
}

/// A question.
#[derive(Clone, Debug)]
pub(in crate::render) enum Question {
    /// The result of a function.
    Call {
        name: String,
        arguments: Value,
        language: LangId,
        template: Option<Arc<str>>,
    },
    /// Where a link leads.
    Link {
        href: String,
        hint: Hint,
        language: LangId,
    },
    /// What is at the path of a fragment.
    Fragment {
        path: String,
        language: LangId,
        template: Option<Arc<str>>,
    },
    /// What the answer that brought the page's item says about a path.
    Reference(String),
    /// No question, but something that the page needs.
    Demand(Demand),
}

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) site: &'a Site,
    /// Where that makes a difference.
    pub(super) page: Option<&'a Page>,
}

const CALL: u8 = 0;
const LINK: u8 = 1;
const FRAGMENT: u8 = 2;
const REFERENCE: u8 = 3;
const DEMAND: u8 = 4;

/// Appends the question that a call is, without taking its arguments anywhere first.
pub(super) fn encode_call(
    function: &Function,
    kwargs: &Kwargs,
    language: LangId,
    out: &mut Vec<u8>,
) {
    out.push(CALL);
    encode_bytes(function.name.as_bytes(), out);
    encode_language(language, out);
    let template = current::template().filter(|_| function.scope == Scope::Template);
    encode_template(template.as_deref(), out);
    for (name, value) in kwargs.iter() {
        encode_bytes(name.as_str().unwrap_or_default().as_bytes(), out);
        encode(value, out);
    }
}

fn encode_language(language: LangId, out: &mut Vec<u8>) {
    let language = u32::try_from(language.index()).unwrap_or(u32::MAX);
    out.extend_from_slice(&language.to_le_bytes());
}

/// No template is called nothing.
fn encode_template(template: Option<&str>, out: &mut Vec<u8>) {
    encode_bytes(template.unwrap_or_default().as_bytes(), out);
}

fn decode_language(decoder: &mut Decoder<'_>) -> Option<LangId> {
    LangId::of_index(usize::try_from(decoder.number()?).ok()?)
}

fn decode_template(decoder: &mut Decoder<'_>) -> Option<Option<Arc<str>>> {
    Some(
        Some(decoder.text()?)
            .filter(|name| !name.is_empty())
            .map(Arc::from),
    )
}

impl Question {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            // It is written by whoever calls.
            Self::Call { .. } => {}
            Self::Link {
                href,
                hint,
                language,
            } => {
                out.push(LINK);
                out.push(match hint {
                    Hint::None => 0,
                    Hint::Fragment => 1,
                    Hint::Asset => 2,
                });
                encode_language(*language, out);
                encode_bytes(href.as_bytes(), out);
            }
            Self::Fragment {
                path,
                language,
                template,
            } => {
                out.push(FRAGMENT);
                encode_language(*language, out);
                encode_template(template.as_deref(), out);
                encode_bytes(path.as_bytes(), out);
            }
            Self::Reference(path) => {
                out.push(REFERENCE);
                encode_bytes(path.as_bytes(), out);
            }
            Self::Demand(demand) => {
                out.push(DEMAND);
                demand.encode(out);
            }
        }
    }

    /// Whether a question that was written down is a demand.
    pub(super) fn is_demand(bytes: &[u8]) -> bool {
        bytes.first() == Some(&DEMAND)
    }

    /// Whether it is where a link leads.
    pub(super) fn is_link(bytes: &[u8]) -> bool {
        bytes.first() == Some(&LINK)
    }

    /// Whether it is the result of the function of that name.
    pub(super) fn is_call(bytes: &[u8], name: &str) -> bool {
        let mut decoder = Decoder::new(bytes);
        decoder.array() == Some([CALL]) && decoder.text() == Some(name)
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let [kind] = decoder.array()?;
        let question = match kind {
            CALL => {
                let name = decoder.text()?.to_owned();
                let language = decode_language(&mut decoder)?;
                let template = decode_template(&mut decoder)?;
                let mut arguments = tera::Map::default();
                while !decoder.is_empty() {
                    let name = decoder.text()?.to_owned();
                    arguments.insert(name.into(), decoder.value()?);
                }
                Self::Call {
                    name,
                    arguments: Value::from(arguments),
                    language,
                    template,
                }
            }
            LINK => Self::Link {
                hint: match decoder.array()? {
                    [0] => Hint::None,
                    [1] => Hint::Fragment,
                    [2] => Hint::Asset,
                    _ => return None,
                },
                language: decode_language(&mut decoder)?,
                href: decoder.text()?.to_owned(),
            },
            FRAGMENT => Self::Fragment {
                language: decode_language(&mut decoder)?,
                template: decode_template(&mut decoder)?,
                path: decoder.text()?.to_owned(),
            },
            REFERENCE => Self::Reference(decoder.text()?.to_owned()),
            DEMAND => Self::Demand(Demand::decode(&mut decoder)?),
            _ => return None,
        };
        decoder.is_empty().then_some(question)
    }

    /// The digest of the answer; `None` where there is none.
    pub(super) fn answer(self, asker: &Asker<'_>) -> Option<Digest> {
        let site = asker.site;
        match self {
            Self::Call {
                name,
                arguments,
                language,
                template,
            } => {
                let function = FUNCTIONS.iter().find(|function| function.name == name)?;
                let kwargs = Kwargs::new(Arc::new(arguments.into_map()?));
                let asked = asker.on_page(language, template, || (function.body)(site, &kwargs));
                asked.ok().as_ref().map(of_value)
            }
            Self::Link {
                href,
                hint,
                language,
            } => {
                let link = Link {
                    href,
                    hint,
                    ..Link::default()
                };
                Some(of_destination(&links::destination(site, &link, language)))
            }
            Self::Fragment {
                path,
                language,
                template,
            } => {
                let found = Known::at(site, &path, language, &template?).ok()?;
                Some(of_found(found.as_ref()))
            }
            Self::Reference(path) => {
                let PageKind::Item { entry, .. } = asker.page?.kind else {
                    return None;
                };
                Some(of_found(site.store.reference(entry, &path).ok()?.as_ref()))
            }
            Self::Demand(_) => Some(Digest::default()),
        }
    }
}

impl Asker<'_> {
    /// Does something as it would be done while a page is rendered.
    fn on_page<T>(
        &self,
        language: LangId,
        template: Option<Arc<str>>,
        work: impl FnOnce() -> T,
    ) -> T {
        let template = template.or_else(|| Some(Arc::clone(&self.page?.template)));
        let on_page = OnPage {
            language,
            route: self
                .page
                .map_or_else(|| Arc::from(""), |page| page.main().shared()),
            entry: None,
            template: template.unwrap_or_else(|| Arc::from("")),
            context: Context::new(),
        };
        current::with(&Rc::new(on_page), work).0
    }
}

/// The digest of what was found, or of nothing.
pub(super) fn of_found(found: Option<&Value>) -> Digest {
    found.map_or_else(Digest::default, of_value)
}

/// The digest of where a link leads.
pub(super) fn of_destination(destination: &Destination<'_>) -> Digest {
    let mut bytes = Vec::new();
    let mut put = |tag: u8, texts: &[&str]| {
        bytes.push(tag);
        texts
            .iter()
            .for_each(|text| encode_bytes(text.as_bytes(), &mut bytes));
    };
    match destination {
        Destination::Page {
            page,
            suffix,
            fragment: None,
        } => put(0, &[page.route.as_str(), suffix]),
        Destination::Page {
            page,
            suffix,
            fragment: Some(path),
        } => put(1, &[page.route.as_str(), suffix, path]),
        Destination::Asset(path, suffix) => put(2, &[path.as_str(), suffix]),
        Destination::Fragment(path) => put(3, &[path]),
        Destination::Unmapped(path) => put(4, &[path]),
        Destination::Astray { path, route } => put(5, &[path, route]),
        Destination::Outside(address) => put(6, &[address]),
        Destination::Here(address) => put(7, &[address]),
        Destination::Refused => put(8, &[]),
    }
    digest(&bytes)
}
