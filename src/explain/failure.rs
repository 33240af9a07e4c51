//! Answers that came and are no good.

use url::Url;

use super::{Explainer, What};
use crate::aem::{Broken, Failure, GraphqlError, Impostor, Tier};
use crate::diag::Diagnostic;

/// The most errors of one answer that are shown.
const SHOWN: usize = 5;

impl Explainer<'_> {
    pub(super) fn failure(&self, failure: &Failure) -> Diagnostic {
        let (subject, name) = (self.subject, &self.subject.name);
        match failure {
            Failure::UnknownQuery => self.unknown_query(),
            Failure::InvalidQuery(errors) => listed(
                subject
                    .content(format!("{name} no longer fits AEM's models"))
                    .help("save the query anew in GraphiQL and publish it; a field or model has changed"),
                errors,
            ),
            Failure::NoEndpoint => subject
                .content(format!("AEM has no GraphQL endpoint for {name}"))
                .help("check the configuration's name; the endpoint must exist and be published"),
            Failure::NoSuchItem(errors) => listed(
                subject
                    .content(format!("{name} asked for a path that holds nothing"))
                    .help("publish the fragment, or set `optional = true` to do without it"),
                errors,
            ),
            Failure::Graphql(errors) => self.graphql(errors),
            Failure::Problem(problem) => self.problem(problem),
            Failure::NoDocument => self.no_document(),
            Failure::Blocked => self.blocked(),
            Failure::Refused(refusal) => self.refused(refusal),
            Failure::Redirected(location) => self.redirected(location),
            Failure::NotJson {
                content_type,
                excerpt,
            } => subject
                .remote(format!("AEM answered with {content_type} where JSON was due"))
                .note("status 200 says that all is well, the media type says that this is no answer")
                .note(format!("it begins: {excerpt}"))
                .help("open the address in a browser and see whose page this is; check the host in `[aem]`"),
            Failure::Broken(broken) => self.broken(broken),
            Failure::NotAsset(impostor) => self.not_asset(impostor),
        }
    }

    /// Something else where an asset was due.
    fn not_asset(&self, impostor: &Impostor) -> Diagnostic {
        let message = format!("{} {impostor}", self.subject.name);
        match impostor {
            Impostor::Packed(_) => self
                .subject
                .remote(message)
                .help("look for a proxy or CDN that packs answers unasked"),
            Impostor::Nothing | Impostor::Page | Impostor::Json => {
                self.subject.content(message).help(
                    "open it on the AEM host in a browser; publish it again if it is broken there",
                )
            }
        }
    }

    fn unknown_query(&self) -> Diagnostic {
        let diagnostic = self
            .subject
            .content(format!("AEM does not know {}", self.subject.name));
        let diagnostic = diagnostic.help("check the name and the configuration");
        match self.aem.tier {
            Tier::Author => diagnostic,
            Tier::Publish => {
                diagnostic.help("if author knows it, publish it, with its models and its endpoint")
            }
            Tier::Preview => diagnostic.help(
                "if author knows it, publish it to preview, with its models and its endpoint",
            ),
        }
    }

    fn graphql(&self, errors: &[GraphqlError]) -> Diagnostic {
        let number = match errors.len() {
            1 => "an error".to_owned(),
            count => format!("{count} errors"),
        };
        let diagnostic = self
            .subject
            .content(format!("{} answered with {number}", self.subject.name));
        let says = |text: &str| errors.iter().any(|error| error.message.contains(text));
        let help = if says("for NonNull type") {
            "give the variable a value: in `variables` of the definition, or in `[for_each]`"
        } else if says("Validation error") || says("FieldUndefined") {
            "the query does not fit AEM's models: mend it in GraphiQL, and publish query and models"
        } else {
            "run the query in AEM's GraphiQL with the same variables"
        };
        listed(diagnostic.help(help), errors)
    }

    /// A 404 that is not AEM's own.
    fn blocked(&self) -> Diagnostic {
        let subject = self.subject;
        match subject.what {
            What::Asset => {
                return subject
                    .content(format!(
                        "{} does not exist, or may not be read",
                        subject.name
                    ))
                    .help("publish the asset; or open its extension in the Dispatcher filter");
            }
            What::Fragments => return self.no_delivery(),
            What::Document => return self.no_document(),
            What::Persisted | What::AdHoc | What::Host => {}
        }
        let diagnostic = subject.remote(
            "the request was blocked before AEM saw it (status 404 without AEM's own answer)",
        );
        let diagnostic = match (self.aem.tier, subject.what) {
            (Tier::Author, _) => diagnostic
                .note("author has no Dispatcher: this may not be AEM, or not its author")
                .help("check the host in `[aem]`"),
            (_, What::AdHoc) => diagnostic
                .note("this is what a Dispatcher filter answers")
                .help("store the query in AEM and name it with `persisted`: ad hoc queries are blocked on publish and preview"),
            _ => diagnostic
                .note("this is what a Dispatcher filter answers")
                .help("add a Dispatcher rule: allow GET on `/graphql/execute.json/*`"),
        };
        if self.request.contains("%2F") {
            diagnostic
                .note("the address holds an encoded slash (%2F), which a web server refuses in the same way")
                .help("if other queries are answered, set `AllowEncodedSlashes NoDecode` in the virtual host")
        } else {
            diagnostic
        }
    }

    fn redirected(&self, location: &str) -> Diagnostic {
        let shown = without_secrets(location);
        let remote = |message: String| self.subject.remote(message);
        let asked = self.url();
        let target = match &asked {
            Some(asked) => asked.join(location).ok(),
            None => Url::parse(location).ok(),
        };
        if is_login(location) {
            return self.unauthorised(&format!("a redirect to the login page `{shown}`"));
        }
        let same_host = matches!((&asked, &target), (Some(asked), Some(target)) if asked.host() == target.host());
        let to_https = matches!((&asked, &target), (Some(asked), Some(target))
            if same_host && asked.scheme() == "http" && target.scheme() == "https");
        let itself = target.is_some() && target == asked;
        let diagnostic = if itself {
            remote("AEM redirects the request to where it was".to_owned())
                .help("look for rewrite rules of the Dispatcher or CDN that contradict each other")
        } else if to_https {
            remote(format!("AEM redirects to https: `{shown}`"))
                .help("write `https://` before the host in `[aem]`")
        } else if same_host {
            remote(format!("AEM redirects to `{shown}`"))
                .help("look for a rewrite rule of the Dispatcher or CDN that catches this address")
        } else {
            remote(format!("AEM redirects to another host: `{shown}`"))
                .help("put the final host into `[aem]`, if it is yours")
        };
        diagnostic.note("redirects are not followed: an answer from elsewhere is not AEM's")
    }

    fn broken(&self, broken: &Broken) -> Diagnostic {
        let subject = self.subject;
        match broken {
            Broken::Empty => subject
                .remote("AEM answered with an empty body")
                .help("build again; if it lasts, look for a proxy or CDN that empties answers"),
            Broken::Cut => subject
                .remote("AEM's answer is incomplete")
                .note("the connection ended well, but the JSON ends in the middle")
                .help("build again; if it lasts, lower `page_size`, and look for a proxy or CDN that cuts answers"),
            Broken::Form(what) => subject
                .remote("AEM answered with JSON of another form than is due")
                .note(format!("it {what}"))
                .help("open the address in a browser and see who answers; check the host in `[aem]`"),
            Broken::Invalid(why) => subject
                .remote("AEM's answer is damaged")
                .note(why.clone())
                .help("build again; if it lasts, look for a proxy or CDN that changes answers"),
        }
    }
}

/// AEM's own messages, with where in the answer and the details.
fn listed(mut diagnostic: Diagnostic, errors: &[GraphqlError]) -> Diagnostic {
    for error in errors.iter().take(SHOWN) {
        let mut line = error.message.clone();
        if let Some(path) = error.path.as_deref().filter(|path| !path.is_empty()) {
            line.extend([" (at `", path, "`)"]);
        }
        if let Some(details) = &error.details {
            line.push_str(": ");
            line.push_str(details);
        }
        diagnostic = diagnostic.note(line);
    }
    match errors.len().saturating_sub(SHOWN) {
        0 => diagnostic,
        more => diagnostic.note(format!("and {more} more")),
    }
}

/// AEM's login form, Adobe's identity service, or a company's own (section 9.2).
fn is_login(location: &str) -> bool {
    let location = location.to_lowercase();
    let marks = [
        "login",
        "signin",
        "/saml",
        "/oauth2/",
        "auth.services.adobe.com",
    ];
    let address = location.split(['?', '#']).next().unwrap_or_default();
    marks.iter().any(|mark| address.contains(mark))
}

/// An address without user, password and query: a redirect to a login page carries tokens in them.
fn without_secrets(location: &str) -> String {
    match Url::parse(location) {
        Ok(mut url) => {
            url.set_query(None);
            url.set_fragment(None);
            // Fails only for addresses that cannot have them.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        Err(_) => location
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
