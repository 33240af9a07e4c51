//! Rich text on a page of this site: where its links lead, what its images are, and which of its nodes the
//! site prints its own way.

mod components;
mod known;

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use tera::{ComponentInfo, Error, Tera, TeraResult, Value};

pub(super) use components::Components;
use components::{item, taken};
pub(super) use known::Known;

use super::current::{self, OnPage, Shown};
use super::findings::{Finding, Origin};
use super::links::{self, Destination};
use super::{Site, context, functions, image, reads};
use crate::aem::AssetPath;
use crate::rich_text::{
    Address, Argument, Attributes, Host, Image, Link, Oddity, RichText, Source, Target, TargetKind,
    Words,
};

/// How deep fragments may be shown inside each other.
const DEEPEST: usize = 8;

/// How many elements may be around a fragment that is shown. One text nests no deeper, but texts inside each
/// other would, and the stack has an end.
const ELEMENTS: usize = 100;

/// How many fragments one page shows inside its texts. A few that all refer to each other would be shown
/// in every order there is.
const MOST: usize = 500;

/// What is needed to print with components.
pub(super) struct Press {
    /// The engine, which owns the filters that own this.
    pub(super) tera: Weak<Tera>,
    /// What it has components for.
    pub(super) components: Components,
}

/// What a link looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addresses {
    /// As usual: a path on this site.
    Paths,
    /// With scheme and host, for feeds.
    Absolute,
}

/// Prints a rich text. `value` is what the template gave, for messages about it.
pub(super) fn render(
    site: &Site,
    press: &Press,
    text: &RichText,
    value: &Value,
    addresses: Addresses,
) -> TeraResult<String> {
    let nowhere = || Error::message("rich text is rendered on pages only");
    let mut printer = OnSite {
        site,
        press,
        tera: press.tera.upgrade().ok_or_else(nowhere)?,
        page: current::page().ok_or_else(nowhere)?,
        value,
        addresses,
        origin: OnceCell::new(),
    };
    text.render(&mut printer)
}

/// A rich text on its page.
struct OnSite<'a> {
    site: &'a Site,
    press: &'a Press,
    tera: Arc<Tera>,
    page: Rc<OnPage>,
    value: &'a Value,
    addresses: Addresses,
    /// Looked for once: a text may have thousands of findings.
    origin: OnceCell<Origin>,
}

impl Host for OnSite<'_> {
    type Error = Error;

    fn link(&mut self, link: &Link, words: &Words<'_>) -> TeraResult<Target> {
        let destination = links::destination(self.site, link, self.page.language);
        reads::link(self.site, link, self.page.language, &destination);
        let (href, kind) = match destination {
            Destination::Page {
                page,
                suffix,
                fragment,
            } => {
                let url = context::url(self.site, &page.route);
                let url = self.absolute(url.as_str().unwrap_or_default().to_owned() + &suffix);
                return match fragment {
                    Some(path) => self.fragment(&path, Some(url), words),
                    None => Ok(led(Some(url), None)),
                };
            }
            Destination::Fragment(path) => return self.fragment(&path, None, words),
            Destination::Asset(path, suffix) => {
                let url = functions::asset_url(self.site, path) + &suffix;
                (self.absolute(url), TargetKind::Asset)
            }
            Destination::Outside(address) => (address, TargetKind::External),
            Destination::Here(address) if address.starts_with('/') => {
                (self.absolute(address), TargetKind::Site)
            }
            Destination::Here(address) => (address, TargetKind::Site),
            Destination::Astray { path, route } => {
                let finding = Finding::Astray {
                    path,
                    route: route.clone(),
                };
                self.found(finding);
                let url = self.site.config.base_url.url(&route);
                (self.absolute(url), TargetKind::Site)
            }
            Destination::Unmapped(path) => {
                self.found(Finding::Unmapped(path));
                return Ok(Target::Nowhere(None));
            }
            Destination::Refused => {
                self.odd(Oddity::Refused(link.href.clone()));
                return Ok(Target::Nowhere(None));
            }
        };
        Ok(Target::Address {
            href,
            kind,
            title: None,
        })
    }

    fn image(&mut self, image: &Image, attributes: &Attributes) -> Option<Source> {
        let address = Address::of_image(&image.src);
        let src = match address.map(|address| address.below(links::hosts(self.site))) {
            Some(Address::Content { path, .. }) => match AssetPath::parse(&path) {
                Some(asset) => {
                    if let Some(html) = self.picture(&path, image, attributes) {
                        return Some(Source {
                            html: Some(html),
                            path: Some(path),
                            ..Source::default()
                        });
                    }
                    let src = self.absolute(functions::asset_url(self.site, asset));
                    let known = Known::find(self.site, &self.page, &path).ok().flatten();
                    let (width, height) = known.map_or((None, None), |known| known.size());
                    return Some(Source {
                        src,
                        path: Some(path),
                        width,
                        height,
                        html: None,
                    });
                }
                None => None,
            },
            Some(Address::Absolute(src)) => Some(src),
            Some(Address::Local(src)) if src.starts_with('/') => Some(self.absolute(src)),
            Some(Address::Local(src)) => Some(src),
            Some(Address::Anchor(_)) | None => None,
        };
        if src.is_none() && !image.src.is_empty() {
            self.odd(Oddity::Refused(image.src.clone()));
        }
        src.map(|src| Source {
            src,
            ..Source::default()
        })
    }

    fn has_component(&self, name: &str) -> bool {
        self.press.components.has(name)
    }

    fn component(
        &mut self,
        name: &str,
        arguments: Vec<Argument>,
        body: &str,
    ) -> TeraResult<String> {
        match self.press.components.of_node(name) {
            Some(info) => self.call(info, arguments, body),
            None => Ok(body.to_owned()),
        }
    }

    fn odd(&mut self, oddity: Oddity) {
        self.found(Finding::Odd(oddity));
    }
}

impl OnSite<'_> {
    fn absolute(&self, url: String) -> String {
        match self.addresses {
            Addresses::Absolute if url.starts_with('/') && !url.starts_with("//") => {
                self.site.config.base_url.absolute(&url)
            }
            Addresses::Absolute | Addresses::Paths => url,
        }
    }

    /// An image as `image()` has it. Where its author said how large it is, where addresses have to be whole,
    /// and where the site prints images its own way, it is taken as it is stored.
    fn picture(&self, path: &str, given: &Image, attributes: &Attributes) -> Option<String> {
        let is_plain = given.width.is_some()
            || given.height.is_some()
            || self.addresses == Addresses::Absolute
            || self.press.components.has("image");
        if is_plain {
            return None;
        }
        let known = Known::find(self.site, &self.page, path).ok().flatten();
        let value = known.map_or_else(|| Value::from(path), |known| known.item());
        let source = image::Source::read(self.site, Some(&value)).ok()?;
        let mut options = image::Options::standard(self.site, given.alt.clone());
        let Attributes {
            id,
            class,
            lang,
            dir,
            title,
        } = attributes;
        let named = [
            ("id", id),
            ("class", class),
            ("lang", lang),
            ("dir", dir),
            ("title", title),
        ];
        let named = named.into_iter();
        let named = named.filter_map(|(name, value)| Some((name, value.clone()?)));
        options.attributes.extend(named);
        image::element(self.site, &source, &options).ok()
    }

    /// A reference to a fragment: shown by the component of its model, or else a link to its page, or else
    /// its words.
    fn fragment(
        &mut self,
        path: &str,
        url: Option<String>,
        words: &Words<'_>,
    ) -> TeraResult<Target> {
        // Most links need no more than the page they lead to.
        let plain = url.is_some() && !words.text.is_empty();
        if plain && !self.press.components.has_models() {
            return Ok(led(url, None));
        }
        let known = Known::find(self.site, &self.page, path).map_err(Error::message)?;
        let model = known.as_ref().and_then(Known::model);
        if let Some(info) = self.press.components.of_model(model.as_deref())
            && let Some(html) = self.shown(info, path, known.as_ref(), url.as_deref(), words)?
        {
            return Ok(Target::Shown(html));
        }
        if url.is_none() {
            let path = path.to_owned();
            self.found(match known {
                Some(_) => Finding::NoPage { path, model },
                None => Finding::Unknown(path),
            });
        }
        let name = || path.rsplit('/').next().map(str::to_owned);
        let title = known.as_ref().and_then(Known::title).map(str::to_owned);
        Ok(led(url, title.or_else(name)))
    }

    /// A fragment as its component shows it; `None` where that would show it inside itself.
    fn shown(
        &self,
        info: &ComponentInfo,
        path: &str,
        known: Option<&Known>,
        url: Option<&str>,
        words: &Words<'_>,
    ) -> TeraResult<Option<String>> {
        let around = current::shown();
        if around.iter().any(|shown| &*shown.path == path) {
            self.found(Finding::Circle(path.to_owned()));
            return Ok(None);
        }
        let elements = words.depth + around.iter().map(|shown| shown.depth).sum::<usize>();
        let is_deep = around.len() >= DEEPEST || elements > ELEMENTS;
        if is_deep || current::count_shown() >= MOST {
            self.found(Finding::TooMuch(self.route()));
            return Ok(None);
        }
        let value = item(known.map(Known::item));
        let text = |text: Option<&str>| text.map_or_else(Value::none, Value::from);
        let arguments = vec![
            ("item", value.clone()),
            ("url", text(url)),
            ("text", Value::from(words.text)),
            ("alone", Value::from(words.alone)),
            ("path", Value::from(path)),
            ("model", text(known.and_then(Known::model).as_deref())),
        ];
        let fragment = Shown {
            path: Arc::from(path),
            item: value,
            depth: words.depth,
        };
        let html = current::showing(fragment, || self.call(info, arguments, ""))?;
        Ok(Some(html))
    }

    fn call(
        &self,
        info: &ComponentInfo,
        arguments: Vec<Argument>,
        body: &str,
    ) -> TeraResult<String> {
        let arguments = taken(info, arguments);
        let variables = &self.page.context;
        let result = self.tera.render_component_with_implicits(
            info.name(),
            &arguments,
            variables,
            Some(body),
            true,
        );
        result.map_err(|error| {
            current::failed(error);
            Error::message(format!("the component `{}` failed", info.name()))
        })
    }

    fn found(&self, finding: Finding) {
        let origin = self.origin.get_or_init(|| self.origin());
        self.site.findings.add(finding, origin.clone());
    }

    /// Which field of which item the text is: the value is looked for, since a filter is not told.
    fn origin(&self) -> Origin {
        let in_item = |item: &Value, name: Option<&str>| {
            let field = place_of(self.value, item)?;
            let own = |member| item.get_from_path(member).and_then(Value::as_str);
            let item = own("_path").or_else(|| own("path")).or(name)?.to_owned();
            Some(Origin {
                item,
                field: Some(field),
            })
        };
        let shown = current::shown();
        if let Some(shown) = shown.last() {
            return in_item(&shown.item, Some(&shown.path)).unwrap_or_else(|| Origin {
                item: shown.path.to_string(),
                field: None,
            });
        }
        let variables = &self.page.context;
        let one = ["item", "parent"]
            .into_iter()
            .filter_map(|name| variables.get(name));
        let many = variables.get("items").and_then(Value::as_array);
        let mut items = one.chain(many.into_iter().flatten());
        items
            .find_map(|item| in_item(item, None))
            .unwrap_or_else(|| Origin {
                item: format!("the page `{}`", self.route()),
                field: None,
            })
    }

    /// The route of the page.
    fn route(&self) -> String {
        self.page.route.to_string()
    }
}

fn led(url: Option<String>, title: Option<String>) -> Target {
    match url {
        Some(href) => Target::Address {
            href,
            kind: TargetKind::Site,
            title,
        },
        None => Target::Nowhere(title),
    }
}

/// The path to a value inside another: `body.json`.
fn place_of(wanted: &Value, within: &Value) -> Option<String> {
    let deeper = |name: String, value: &Value| {
        if value == wanted {
            return Some(name);
        }
        place_of(wanted, value).map(|rest| format!("{name}.{rest}"))
    };
    if let Some(members) = within.as_map() {
        return members
            .iter()
            .find_map(|(name, value)| deeper(name.to_string(), value));
    }
    let list = within.as_array()?;
    let mut members = list.iter().enumerate();
    members.find_map(|(at, value)| deeper(at.to_string(), value))
}
