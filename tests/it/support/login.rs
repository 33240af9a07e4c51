//! Every way to log in to AEM, with secrets that are hard to write and easy to find.

use std::time::Duration;

use aem_sandbox::{AccessToken, Ims, Options, Tier, User};

use super::{SiteTest, workspace};

/// A way to log in: the kinds of `[aem.auth]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    None,
    Basic,
    Token,
    ServiceCredentials,
    OAuth,
}

/// Characters that mean something in headers, forms, URLs, JSON and HTML.
const PASSWORD: &str = "pass:wörd&<%2F>\"q\"+/=";
/// The token of [`Login::Token`].
pub(crate) const TOKEN: &str = "t0ken-with_all.of~the+signs/of=base64==";
const CLIENT_SECRET: &str = "s3cret&client=%3D+ü/\"x\"";
const CLIENT_ID: &str = "cm-p1-e2";

/// The value of a header in `[aem.headers]`.
pub(crate) const EDGE_KEY: &str = "edge-key/+%41&\"==";

impl Login {
    pub(crate) const ALL: [Self; 5] = [
        Self::None,
        Self::Basic,
        Self::Token,
        Self::ServiceCredentials,
        Self::OAuth,
    ];

    /// Those that get a token from the identity service.
    pub(crate) const EXCHANGED: [Self; 2] = [Self::ServiceCredentials, Self::OAuth];

    /// Appends `[aem.auth]` and `[aem.headers]` to a site, with the identity service at this origin.
    pub(crate) fn add_to(self, site: &mut SiteTest, ims: &str) {
        let auth = match self {
            Self::None => "kind = \"none\"\n".to_owned(),
            Self::Basic => {
                site.secret("PASSWORD", PASSWORD);
                "kind = \"basic\"\nuser = \"editor\"\npassword = \"${PASSWORD}\"\n".to_owned()
            }
            Self::Token => {
                site.secret("TOKEN", TOKEN);
                "kind = \"token\"\ntoken = \"${TOKEN}\"\n".to_owned()
            }
            Self::ServiceCredentials => {
                let file = credentials(ims);
                site.write("credentials.json", &file.to_string());
                site.guard("CLIENT_SECRET", CLIENT_SECRET);
                site.guard("the private key", &key("private.pem"));
                // How every signed request begins.
                site.guard("a signed request", "eyJ0eXAiOiJKV1Qi");
                "kind = \"service-credentials\"\nfile = \"credentials.json\"\n".to_owned()
            }
            Self::OAuth => {
                site.secret("CLIENT_SECRET", CLIENT_SECRET);
                format!(
                    "kind = \"oauth\"\nims = \"{ims}\"\nclient_id = \"{CLIENT_ID}\"\n\
                     client_secret = \"${{CLIENT_SECRET}}\"\nscopes = \"openid,AdobeID\"\n"
                )
            }
        };
        site.secret("EDGE_KEY", EDGE_KEY);
        site.append("site.toml", &format!("\n[aem.auth]\n{auth}\n"));
        for tier in ["publish", "preview", "author"] {
            let header = "X-AEM-Edge-Key = \"${EDGE_KEY}\"";
            site.append("site.toml", &format!("[aem.headers.{tier}]\n{header}\n"));
        }
    }

    /// A sandbox that lets this login in, and nobody else.
    pub(crate) fn options(self, token_life: Duration) -> Options {
        let groups = vec!["administrators".to_owned()];
        let mut options = Options {
            authorizations: Vec::new(),
            ..Options::default()
        };
        match self {
            Self::None => return options,
            Self::Basic => options.users.push(User {
                name: "editor".to_owned(),
                password: PASSWORD.to_owned(),
                groups,
            }),
            Self::Token => options.tokens.push(AccessToken {
                token: TOKEN.to_owned(),
                groups,
                life: Some(token_life),
            }),
            Self::ServiceCredentials | Self::OAuth => {
                let file = credentials("http://unused.example").to_string();
                options.ims = Some(Ims {
                    endpoint: None,
                    scopes: vec!["openid".to_owned(), "AdobeID".to_owned()],
                    token_life,
                    groups,
                    ..Ims::from_service_credentials(&file).unwrap()
                });
            }
        }
        options.tier = Tier::Author;
        options
    }
}

fn key(name: &str) -> String {
    let keys = workspace().join("crates/aem-sandbox/tests/sandbox/keys");
    std::fs::read_to_string(keys.join(name)).unwrap()
}

/// A service credentials file, as the AEM Developer Console gives it out (`aem-protocol.md`, section 8.3).
fn credentials(ims: &str) -> serde_json::Value {
    let lines = |name: &str| key(name).replace('\n', "\r\n");
    serde_json::json!({
        "ok": true,
        "integration": {
            "imsEndpoint": ims,
            "metascopes": "ent_aem_cloud_sdk,ent_cloudmgr_sdk",
            "technicalAccount": { "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET },
            "email": "abc@techacct.adobe.com",
            "id": "ABC123@techacct.adobe.com",
            "org": "1234@AdobeOrg",
            "privateKey": lines("private.pem"),
            "publicKey": lines("certificate.pem"),
        },
        "statusCode": 200,
    })
}
