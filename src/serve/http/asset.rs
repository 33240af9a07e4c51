//! Files of AEM: asked for when a browser asks for them.

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};

use super::{Server, file};
use crate::aem::AssetFile;
use crate::diag::Style;
use crate::serve::answer::Answer;
use crate::serve::moment::Moment;

/// A document of AEM has an origin of its own. Otherwise its scripts could read all of the preview when somebody opens it,
/// and with `--tier author` that is more than who has uploaded it may see.
const APART: HeaderValue = HeaderValue::from_static("sandbox allow-scripts");

/// A file of AEM as the site of a moment shows it. Why it cannot be had is told as text: browsers show it to who opens
/// the address, and the rest of the page stays as it is.
pub(super) async fn answer(server: &Server, moment: &Moment, asset: AssetFile) -> Answer {
    let (Some(snapshot), Some(source)) = (moment.site.clone(), moment.source.clone()) else {
        let words = "nobody can be asked for this file of AEM\n";
        return Answer::text(StatusCode::BAD_GATEWAY, words);
    };
    let question = async move || snapshot.asset(&asset, &*source).await;
    match server.threads.ask(question).await {
        // An open file can be read to its end, whatever becomes of its name.
        Ok(Ok(fetched)) => {
            let answer = file::answer(&fetched.file, &fetched.media_type).await;
            match is_document(&fetched.media_type) {
                true => answer.with(header::CONTENT_SECURITY_POLICY, APART),
                false => answer,
            }
        }
        Ok(Err(problems)) => Answer::text(StatusCode::BAD_GATEWAY, problems.render(Style::Plain)),
        Err(why) => why,
    }
}

/// Whether browsers may run scripts of what has that type: HTML and everything that is XML, SVG and XSLT among it.
fn is_document(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    ["html", "xml", "xsl"]
        .iter()
        .any(|kind| media_type.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_from_files() {
        for media_type in [
            "text/html",
            "Text/HTML;charset=utf-8",
            "application/xhtml+xml",
            "application/xml",
            "text/xsl",
            "image/svg+xml",
        ] {
            assert!(is_document(media_type), "{media_type}");
        }
        for media_type in ["application/pdf", "image/png", "text/plain"] {
            assert!(!is_document(media_type), "{media_type}");
        }
    }
}
