//! What a template gives as `src`: a reference of AEM's, a path, or a file of the site's own.

use tera::{Error, TeraResult, Value};

use super::super::Site;
use crate::aem::{AssetPath, ImageUrl, Size};

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Source {
    /// In AEM.
    Aem(Box<Picture>),
    /// In `static/`, by its path.
    Static(String),
}

/// A picture of AEM's, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Picture {
    /// Where images are made of it.
    pub(super) delivery: Option<ImageUrl>,
    /// Where Dynamic Media classic makes images of it.
    pub(super) classic: Option<ImageUrl>,
    /// The asset itself.
    pub(super) path: Option<AssetPath>,
    /// Pixels of the original.
    pub(super) size: Option<Size>,
    /// Of the original.
    pub(super) media_type: Option<String>,
    /// What smart crops there are.
    pub(super) smart_crops: Vec<SmartCrop>,
}

/// A crop that AEM has made (`aem-protocol.md`, section 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SmartCrop {
    pub(super) name: String,
    pub(super) size: Option<Size>,
}

impl Picture {
    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match (&self.path, &self.delivery, &self.classic) {
            (Some(path), _, _) => format!("`{path}`"),
            (None, Some(url), _) | (None, None, Some(url)) => format!("`{url}`"),
            (None, None, None) => "the picture".to_owned(),
        }
    }

    /// Whether its file is taken as it is: a drawing has every size, and what moves would stand still.
    pub(super) fn stays_whole(&self) -> bool {
        let by_name = || {
            let name = self.path.as_ref().map(AssetPath::file_name);
            let extension = name.and_then(|name| name.rsplit_once('.'));
            extension.map(|(_, extension)| extension.to_ascii_lowercase())
        };
        match self.media_type.as_deref() {
            Some(kind) => kind.starts_with("image/svg") || kind == "image/gif",
            None => matches!(by_name().as_deref(), Some("svg" | "gif")),
        }
    }
}

impl Source {
    /// Reads an argument.
    pub(in super::super) fn read(site: &Site, given: Option<&Value>) -> TeraResult<Self> {
        let Some(value) = given else {
            return Err(Error::message("`image()` needs the argument `src`"));
        };
        let wrong = |what: &str| Err(Error::message(format!("`src` of `image()` is {what}")));
        if let Some(text) = value.as_str() {
            return of_text(site, text);
        }
        match value.as_map() {
            Some(map) if map.is_empty() => wrong(
                "an empty object: the query selects nothing of what the item refers to; an SVG, for one, \
                 is a `DocumentRef` and no `ImageRef`",
            ),
            Some(_) => of_reference(site, value),
            None if value.is_undefined() => wrong("absent: the item has no such field"),
            None if value.is_none() => wrong("null: test for it with `{% if … %}` first"),
            None => wrong("neither a reference nor a path"),
        }
    }
}

fn of_text(site: &Site, text: &str) -> TeraResult<Source> {
    if text.starts_with("/content/") {
        let path = AssetPath::parse(text).ok_or_else(|| not_an_asset(text))?;
        let picture = Picture {
            path: Some(path),
            ..Picture::default()
        };
        return Ok(Source::Aem(Box::new(picture)));
    }
    let is_delivery = text.starts_with("/adobe/") || text.contains("://") || text.starts_with("//");
    if !is_delivery {
        return Ok(Source::Static(text.to_owned()));
    }
    let picture = Picture {
        delivery: Some(delivery(site, text)?),
        ..Picture::default()
    };
    Ok(Source::Aem(Box::new(picture)))
}

fn of_reference(site: &Site, value: &Value) -> TeraResult<Source> {
    let text = |names: [&str; 2]| {
        let mut found = names
            .into_iter()
            .filter_map(|name| member(value, name)?.as_str());
        found.next()
    };
    let media_type = text(["mimeType", "format"]).map(str::to_ascii_lowercase);
    let path = match text(["_path", "path"]) {
        Some(path) => Some(AssetPath::parse(path).ok_or_else(|| not_an_asset(path))?),
        None => None,
    };
    if let Some(kind) = media_type
        .as_deref()
        .filter(|kind| !kind.starts_with("image/"))
    {
        let name = path.map_or_else(|| "the asset".to_owned(), |path| format!("`{path}`"));
        return Err(Error::message(format!(
            "{name} is no image but {kind}; link to it with `asset()`"
        )));
    }
    let remote = match (text(["repositoryId"; 2]), text(["assetId"; 2])) {
        (Some(host), Some(id)) => Some(remote(site, host, id)?),
        _ => None,
    };
    let address = |name| {
        text([name; 2])
            .map(|address| delivery(site, address))
            .transpose()
    };
    let own = address("_dynamicUrl")?;
    // Both may be there (section 4.6); AEM's own needs no host besides AEM.
    let classic = match text(["_dmS7Url"; 2]) {
        Some(url) if own.is_none() || is_allowed(site, url) => Some(delivery(site, url)?),
        _ => None,
    };
    let picture = Picture {
        delivery: own.or(remote),
        classic,
        path,
        size: size(value),
        media_type,
        smart_crops: smart_crops(value),
    };
    if picture.delivery.is_none() && picture.classic.is_none() && picture.path.is_none() {
        let names = value.as_map().map(|map| {
            let mut names: Vec<String> = map.iter().map(|(name, _)| name.to_string()).collect();
            names.sort_unstable();
            names.join(", ")
        });
        return Err(Error::message(format!(
            "`src` of `image()` is no reference to a picture: it has neither `_path` nor `_dynamicUrl`, but {}; \
             select them in the query",
            names.unwrap_or_default()
        )));
    }
    Ok(Source::Aem(Box::new(picture)))
}

fn not_an_asset(path: &str) -> Error {
    Error::message(format!(
        "`{path}` is not the path of an asset below /content/dam/"
    ))
}

/// An address of image delivery on AEM's host, or on one that may be asked.
fn delivery(site: &Site, text: &str) -> TeraResult<ImageUrl> {
    let url = ImageUrl::parse(text).ok_or_else(|| {
        Error::message(format!(
            "`{text}` is not on the AEM host, and no address of image delivery; only AEM's own assets are \
             part of the site"
        ))
    })?;
    let Some(origin) = url.origin() else {
        return Ok(url);
    };
    let is_own = |own: &url::Url| own.origin().ascii_serialization() == origin;
    if site.config.aem.hosts.iter().any(|(_, own)| is_own(own)) {
        return Ok(url.at_home());
    }
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    match site.config.assets.allowed(host) {
        Some(allowed) if allowed == origin => Ok(url),
        _ => Err(foreign(origin)),
    }
}

fn is_allowed(site: &Site, text: &str) -> bool {
    delivery(site, text).is_ok()
}

/// What Dynamic Media delivers of an asset (section 7.3).
fn remote(site: &Site, host: &str, id: &str) -> TeraResult<ImageUrl> {
    let Some(origin) = site.config.assets.allowed(host) else {
        return Err(foreign(&format!("https://{host}")));
    };
    let is_id = |id: &str| {
        id.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_'))
    };
    let url = Some(id).filter(|id| !id.is_empty() && is_id(id));
    let url = url.and_then(|id| ImageUrl::parse(&format!("{origin}/adobe/assets/{id}")));
    url.ok_or_else(|| Error::message(format!("`{id}` is not the id of an asset")))
}

fn foreign(origin: &str) -> Error {
    Error::message(format!(
        "images do not come from `{origin}`; if they should, add it to `hosts` in `[assets]`"
    ))
}

fn size(value: &Value) -> Option<Size> {
    let side = |name| {
        let side = member(value, name)?;
        let side = side.as_u64().or_else(|| {
            let whole = side
                .as_f64()
                .filter(|side| *side >= 0.0 && side.fract() == 0.0)?;
            format!("{whole:.0}").parse().ok()
        })?;
        u32::try_from(side).ok()
    };
    Size::new(side("width")?, side("height")?)
}

fn smart_crops(value: &Value) -> Vec<SmartCrop> {
    let crops = member(value, "_smartCrops").and_then(Value::as_array);
    let crop = |crop: &Value| {
        Some(SmartCrop {
            name: member(crop, "name")?.as_str()?.to_owned(),
            size: size(crop),
        })
    };
    crops.unwrap_or_default().iter().filter_map(crop).collect()
}

/// A member of a map.
pub(super) fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let mut members = value.as_map()?.iter();
    let found = members.find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}
