//! The first request of every asking: what is known of the requests before anything is asked.

use super::plan::Asked;
use super::{Occasion, first_variables};
use crate::aem::Variables;
use crate::config::Config;
use crate::diag::{Diagnostic, Kind};
use crate::query::{HttpRequest, Query};

/// The first request of an asking; paging may bring more.
#[derive(Clone, Debug)]
pub struct FirstRequest {
    /// Its variables.
    pub variables: Variables,
    /// What is sent.
    pub sent: HttpRequest,
}

/// The first request of every asking, in the order of the languages and parts, or why it cannot be made. None for a query
/// that follows another: its requests follow from items.
#[must_use]
pub fn first_requests(
    config: &Config,
    query: &Query,
    asked: Option<&Asked>,
) -> Vec<Result<FirstRequest, Diagnostic>> {
    let languages = match asked {
        Some(Asked::Once(language)) => vec![*language],
        Some(Asked::InEach(languages)) => languages.clone(),
        Some(Asked::ForEach { .. }) | None => Vec::new(),
    };
    let occasions = languages.into_iter();
    let occasions = occasions
        .flat_map(|language| Occasion::in_language(config, query, language).in_parts(query));
    occasions.map(|occasion| first(query, &occasion)).collect()
}

fn first(query: &Query, occasion: &Occasion) -> Result<FirstRequest, Diagnostic> {
    let variables = occasion.variables(query)?;
    let variables = first_variables(query, &variables, query.paging.page_size);
    match query.ask.request(&variables) {
        Ok(sent) => Ok(FirstRequest { variables, sent }),
        Err(why) => {
            let message = format!("{} cannot be asked: {why}", query.describe());
            Err(Diagnostic::error(Kind::Content, message).at(query.location()))
        }
    }
}
