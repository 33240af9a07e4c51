//! What stands for a picture that AEM does not have.

use super::image::{Kind, Seen};
use super::name::SafeName;
use super::pictures::Image;
use crate::aem::Size;
use crate::artifact::{Body, OutputPathError};
use crate::diag::{Diagnostic, Severity};

/// How large a picture is of which nothing is known.
const DEFAULT: Size = Size {
    width: 960,
    height: 640,
};

/// A grey area as large as the picture would be.
pub(super) fn image(expected: Option<Size>) -> Result<Image, OutputPathError> {
    let size = expected.unwrap_or(DEFAULT);
    let Size { width, height } = size;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\"><path fill=\"#ddd\" d=\"M0 0h{width}v{height}H0z\"/></svg>\n"
    );
    let hash = blake3::hash(svg.as_bytes()).to_hex();
    Ok(Image {
        output: SafeName::of("missing.svg").output(&hash)?,
        seen: Seen {
            kind: Kind::Svg,
            size,
        },
        body: Body::Bytes(svg.into_bytes()),
        item: "a missing picture".to_owned(),
    })
}

/// What is said about the picture.
pub(super) fn warning(mut problem: Diagnostic) -> Diagnostic {
    problem.severity = Severity::Warning;
    problem.note("a grey area stands in for the picture; `on_missing` in `[assets]` allows this")
}
