//! Files of AEM: asked for when a browser asks for them.

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};

use super::{Server, file};
use crate::aem::AssetFile;
use crate::diag::Style;
use crate::serve::answer::Answer;
use crate::serve::moment::Moment;

/// A document of AEM is of an origin of its own: its scripts may read nothing of the preview, as they could if somebody
/// opened it, and with `--tier author` that is more than who has uploaded it may see.
const APART: HeaderValue = HeaderValue::from_static("sandbox allow-scripts");

/// A file of AEM as the site of a moment shows it. Why it cannot be had is told as text: browsers show it to who opens
/// the address, and the rest of the page stays as it is.
pub(super) async fn answer(server: &Server, moment: &Moment, asset: AssetFile) -> Answer {
    let (Some(snapshot), Some(source)) = (moment.site.clone(), moment.source.clone()) else {
        let words = "nobody can be asked for this file of AEM\n";
        return Answer::text(StatusCode::BAD_GATEWAY, words);
    };
    let question = async move || snapshot.asset(&asset, &*source).await;
    match server.ask(question).await {
        // An open file can be read to its end, whatever becomes of its name.
        Some(Ok(fetched)) => {
            let answer = file::answer(&fetched.file, &fetched.media_type).await;
            match is_document(&fetched.media_type) {
                true => answer.with(header::CONTENT_SECURITY_POLICY, APART),
                false => answer,
            }
        }
        Some(Err(problems)) => Answer::text(StatusCode::BAD_GATEWAY, problems.render(Style::Plain)),
        None => super::broke(),
    }
}

/// Whether a browser may run scripts of what has that type.
fn is_document(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type.contains("html") || media_type.contains("xml")
}
