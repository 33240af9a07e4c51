//! Files of AEM: asked for when a browser asks for them.

use hyper::StatusCode;

use super::{Server, file};
use crate::aem::AssetFile;
use crate::diag::Style;
use crate::serve::answer::Answer;
use crate::serve::moment::Moment;

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
        Some(Ok(fetched)) => file::answer(&fetched.file, &fetched.media_type).await,
        Some(Err(problems)) => Answer::text(StatusCode::BAD_GATEWAY, problems.render(Style::Plain)),
        None => super::broke(),
    }
}
