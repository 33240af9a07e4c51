//! `[aem]`: which host answers, or which content package stands in for one.

use std::path::{Path, PathBuf};

use toml::de::DeValue;
use url::Url;

use super::auth::{self, Auth};
use crate::aem::Tier;
use crate::diag::{Diagnostic, Kind};
use crate::secret::Secret;
use crate::table::{Table, Text};

/// Where content comes from.
#[derive(Clone, Debug)]
pub struct Aem {
    /// Which service is asked.
    pub tier: Tier,
    /// Its host.
    pub origin: Origin,
    /// The Sites configuration of stored queries that name none.
    pub configuration: Option<String>,
    /// How requests are authorised.
    pub auth: Auth,
    /// Headers sent to the host.
    pub headers: Vec<(String, Secret)>,
    /// Every host that is named, asked or not.
    pub hosts: Vec<(Tier, Url)>,
    /// Credentials and headers of tiers that are not asked, under their keys: what must not be published is
    /// theirs as well.
    pub unused: Vec<(String, Secret)>,
    /// What else is known of each tier, asked or not.
    pub services: Vec<Service>,
}

/// What the configuration says about one tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub tier: Tier,
    /// The kind of its credentials.
    pub auth: &'static str,
    /// The names of the headers it gets.
    pub headers: Vec<String>,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An AEM host: scheme, host and port, no path.
    Host(Url),
    /// The embedded sandbox over a content package.
    Sandbox(SandboxSettings),
}

impl Origin {
    /// What the origin is called where builds are compared: scheme, host and port; of a sandbox its package
    /// as written, since its port is another each time.
    #[must_use]
    pub fn name(&self, root: &Path) -> String {
        match self {
            Self::Host(url) => url.origin().ascii_serialization(),
            Self::Sandbox(sandbox) => {
                let package = sandbox.package.strip_prefix(root);
                format!("sandbox:{}", package.unwrap_or(&sandbox.package).display())
            }
        }
    }
}

/// `sandbox = "DIR"`, or a table with switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSettings {
    /// The folder of the content package.
    pub package: PathBuf,
    /// Whether ad hoc queries are answered on publish and preview, which AEM blocks by default
    /// (`aem-protocol.md`, section 1.3).
    pub ad_hoc: bool,
}

/// Reads the table. A sandbox and a host in one layer are refused by [`super::layers`], which also makes
/// the chosen environment decide where layers differ.
pub(super) fn read(
    aem: Option<&Table<'_>>,
    root_table: &Table<'_>,
    tier: Option<Tier>,
    root: &Path,
) -> Option<Aem> {
    let Some(table) = aem else {
        if !root_table.has("aem") {
            no_origin(root_table, tier.unwrap_or(Tier::Publish));
        }
        return None;
    };
    let configured = table
        .word("tier", &Tier::NAMES)
        .and_then(|text| Tier::from_name(&text.value));
    let tier = tier.or(configured).unwrap_or(Tier::Publish);
    let hosts = [Tier::Publish, Tier::Preview, Tier::Author].map(|t| (t, table.filled(t.name())));
    let urls = hosts.map(|(t, text)| (t, text.and_then(|text| read_host(table, t, &text))));
    let configuration = table.filled("configuration").map(|text| text.value);
    let hosts: Vec<(Tier, Url)> = urls
        .into_iter()
        .filter_map(|(t, url)| Some((t, url?)))
        .collect();
    let mut unused = Vec::new();
    let auth = auth::read(table, tier, root, &mut unused);
    let headers = auth::read_headers(table, tier, &mut unused);
    let sandbox = read_sandbox(table, root);
    let services = [Tier::Publish, Tier::Preview, Tier::Author].map(|tier| Service {
        tier,
        auth: auth::kind_of(table, tier),
        headers: auth::header_names(table, tier),
    });
    let host = hosts.iter().find(|(t, _)| *t == tier);
    let host = host.map(|(_, url)| url.clone());
    let origin = match (sandbox, host) {
        (Some(sandbox), None) => Origin::Sandbox(sandbox),
        (None, Some(host)) => Origin::Host(host),
        // Only a single layer can still name both; `layers` has reported that.
        (Some(sandbox), Some(_)) => Origin::Sandbox(sandbox),
        (None, None) => {
            if !table.has(tier.name()) && !sandbox_is_present(table) {
                no_origin(root_table, tier);
            }
            return None;
        }
    };
    Some(Aem {
        tier,
        origin,
        configuration,
        auth,
        headers,
        hosts,
        unused,
        services: services.into(),
    })
}

fn sandbox_is_present(table: &Table<'_>) -> bool {
    table
        .raw("sandbox")
        .is_some_and(|value| value.get_ref().as_bool() != Some(false))
}

fn no_origin(table: &Table<'_>, tier: Tier) {
    let reader = table.reader();
    reader.push(
        Diagnostic::error(Kind::Config, format!("`[aem]` names no {tier} host"))
            .at(crate::diag::Location::file(&reader.file().name))
            .help(format!(
                "add `{tier} = \"https://{tier}-p123-e456.adobeaemcloud.com\"` to `[aem]`, or \
                 `sandbox = \"DIR\"` to serve a content package"
            )),
    );
}

/// A host is an origin: a path or credentials in it would be sent to the wrong place or leak.
fn read_host(table: &Table<'_>, tier: Tier, text: &Text) -> Option<Url> {
    if text.incomplete {
        return None;
    }
    let refuse = |why: &str| {
        table.reader().push(
            Diagnostic::error(Kind::Config, format!("`{}` {why}", table.full(tier.name())))
                .at(table.reader().place(text))
                .help("write scheme and host only, such as \"https://publish-p123-e456.adobeaemcloud.com\""),
        );
        None
    };
    let Ok(url) = Url::parse(&text.value) else {
        return refuse("is not an absolute URL");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return refuse("must start with http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user name or password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return refuse("must not have a path");
    }
    Some(url)
}

/// A folder, a table with a folder and switches, or `false`.
fn read_sandbox(table: &Table<'_>, root: &Path) -> Option<SandboxSettings> {
    let value = table.raw("sandbox")?;
    match value.get_ref() {
        DeValue::Boolean(false) => None,
        DeValue::Table(_) => {
            let sandbox = table.table("sandbox")?;
            let ad_hoc = sandbox.boolean("ad_hoc").unwrap_or(false);
            if !sandbox.has("package") {
                let message = format!("`{}` is missing", sandbox.full("package"));
                table.reader().error(sandbox.span(), message);
            }
            let package = sandbox.filled("package")?;
            Some(SandboxSettings {
                package: root.join(package.value),
                ad_hoc,
            })
        }
        _ => {
            let package = table.filled("sandbox")?;
            Some(SandboxSettings {
                package: root.join(package.value),
                ad_hoc: false,
            })
        }
    }
}
