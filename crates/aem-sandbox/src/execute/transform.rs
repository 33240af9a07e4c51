//! `_assetTransform` and the `_dynamicUrl` it leads to.
//!
//! Source: aem-protocol.md, sections 5.9 and 7.1.

use crate::repository::Asset;
use apollo_compiler::response::{JsonMap, JsonValue};
use std::fmt::Write as _;

/// The path every `_dynamicUrl` begins with.
pub(crate) const DELIVERY: &str = "/adobe/dynamicmedia/deliver/dm-aid--";

/// The argument, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AssetTransform {
    format: String,
    seo_name: Option<String>,
    /// Query parameters in the order AEM writes them.
    parameters: Vec<(&'static str, String)>,
}

impl AssetTransform {
    pub(super) fn read(argument: &JsonMap) -> Self {
        let text = |name: &str| argument.get(name).and_then(JsonValue::as_str);
        let integer = |name: &str| argument.get(name).and_then(JsonValue::as_i64);
        let object = |name: &str| argument.get(name).and_then(JsonValue::as_object);
        let mut parameters = Vec::new();
        if argument.get("preferWebp").and_then(JsonValue::as_bool) == Some(true) {
            parameters.push(("preferwebp", "true".to_owned()));
        }
        if let Some(crop) = object("crop") {
            let at = |name: &str| crop.get(name).and_then(JsonValue::as_i64).unwrap_or(0);
            let size = pair(crop).unwrap_or_default();
            parameters.push((
                "crop",
                format!("{},{},{size}", at("xOrigin"), at("yOrigin")),
            ));
        }
        if let Some(degrees) = text("rotation").and_then(|r| r.strip_prefix('R')) {
            parameters.push(("rotate", degrees.to_owned()));
        }
        let flip = text("flip").map(|flip| match flip {
            "HORIZONTAL" => "h",
            "VERTICAL" => "v",
            _ => "hv",
        });
        parameters.extend(flip.map(|flip| ("flip", flip.to_owned())));
        match object("size").and_then(pair) {
            Some(size) => parameters.push(("size", size)),
            None => parameters.extend(integer("width").map(|width| ("width", width.to_string()))),
        }
        parameters.extend(integer("quality").map(|quality| ("quality", quality.to_string())));
        Self {
            format: text("format").unwrap_or("JPG").to_ascii_lowercase(),
            seo_name: text("seoName")
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            parameters,
        }
    }
}

/// `width,height`; one that is missing is the other's value.
fn pair(object: &JsonMap) -> Option<String> {
    let side = |name: &str| object.get(name).and_then(JsonValue::as_i64);
    let (width, height) = (side("width"), side("height"));
    Some(format!("{},{}", width.or(height)?, height.or(width)?))
}

/// The URL under which an image is delivered, without a host.
pub(super) fn dynamic_url(asset: &Asset, transform: Option<&AssetTransform>) -> String {
    let file = asset.path.rsplit('/').next().unwrap_or_default();
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, "jpg"));
    let original = match extension.to_ascii_lowercase() {
        jpeg if jpeg == "jpeg" => "jpg".to_owned(),
        other => other,
    };
    let name = transform
        .and_then(|t| t.seo_name.clone())
        .unwrap_or_else(|| stem.replace('-', "_"));
    let extension = transform.map_or(original.as_str(), |t| &t.format);
    let name = percent_encoding::utf8_percent_encode(&name, PATH);
    let mut url = format!("{DELIVERY}{}/{name}.{extension}", asset.id);
    let parameters = transform.map_or(&[][..], |t| &t.parameters);
    for (at, (key, value)) in parameters.iter().enumerate() {
        let separator = if at == 0 { '?' } else { '&' };
        // Writing to a string cannot fail.
        let _ = write!(url, "{separator}{key}={value}");
    }
    url
}

/// What is encoded in a path segment.
const PATH: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');
