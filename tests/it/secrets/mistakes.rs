//! Mistakes in what a site has its secrets from: they are shown to whoever made them, and to the log.

use super::{LOUDLY, content, site, token};
use crate::support::{Login, Scripted, one_of_each};

/// A password that stands in the file itself, with no letter that means something in TOML.
const WRITTEN: &str = "wr1tten-in/the~file";

/// Wrong tables of credentials with the password `@`.
const WRONG: [&str; 26] = [
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"@\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = @\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = '@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"@\" x\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"\\@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = [\"@\"]\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"\"\"\n@\n\"\"\nx = 1\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"@\"\npassword = \"@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword \"@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword: \"@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npasswort = \"@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npass = \"@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\n\"@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\n@\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"${@\"\n",
    "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npassword = \"${UNSET}@\"\n",
    "[aem.auth\nkind = \"basic\"\nuser = \"u\"\npassword = \"@\"\n",
    "[aem.auth] password = \"@\"\n",
    "[aem.auth]\nkind = { basic = \"@\" }\n",
    "[aem.auth]\nkind = \"basik\"\nuser = \"u\"\npassword = \"@\"\n",
    "[aem.auth]\nkind = \"token\"\ntoken = \"Bearer @\"\n",
    "[aem.auth.publish]\nkind = \"token\"\ntokn = \"@\"\n",
    "[aem.auth]\nkind = \"oauth\"\nclient_id = \"u\"\nclient-secret = \"@\"\n",
    "[aem.headers]\nX-Key = \"@\"\n",
    "[aem.headers.publish]\nX-Key = [\"@\"]\n",
    "[environments.x.aem]\nauth = { kind = \"basic\", password = \"@\" \n",
];

#[test]
fn secrets_in_the_file_itself() {
    let mut site = one_of_each();
    site.set("AEM", "http://127.0.0.1:9");
    site.set("GITLAB_CI", "true");
    site.guard("the password", WRITTEN);
    let good = site.read("site.toml");
    for wrong in WRONG {
        println!("{wrong}");
        let text = format!("{good}\n{}", wrong.replace('@', WRITTEN));
        site.write("site.toml", &text);
        site.run(&LOUDLY).code(2);
    }
    assert!(site.path("report.codequality.json").exists());
    for (old, new) in [
        ("[fetch]\n", "[fetch]\nproxy = \"http://u:@ @h\"\n"),
        ("[fetch]\n", "[fetch]\nproxi = \"http://u:@@h\"\n"),
        ("[fetch]\n", "[fetch]\ntoken = \"@\"\n"),
        ("publish = \"${AEM}\"", "publish = \"http://u:@@h\""),
        ("publish = \"${AEM}\"", "password = \"@\""),
        ("publish = \"${AEM}\"", "auth = { password = \"@\" }"),
        ("https://press.example", "https://u:@@press.example"),
        (
            "[aem]\n",
            "[aem]\nheaders.publish = { X-Key = \"@\" }\nx = 1\n",
        ),
    ] {
        println!("{new}");
        assert!(good.contains(old), "{old}");
        site.write(
            "site.toml",
            &good.replace(
                old,
                &new.replace("@@", "\0")
                    .replace('@', WRITTEN)
                    .replace('\0', &format!("{WRITTEN}@")),
            ),
        );
        site.run(&LOUDLY).code(2);
    }
}

#[test]
fn variables_where_they_do_not_belong() {
    let (aem, ims) = (Scripted::start(content), Scripted::start(token));
    let site = site(Login::Token, &aem, &ims);
    let good = site.read("site.toml");
    for (old, new) in [
        ("publish = \"${AEM}\"", "publish = \"${TOKEN}\""),
        ("publish = \"${AEM}\"", "publish = \"http://u:${TOKEN}@h\""),
        ("publish = \"${AEM}\"", "publish = \"http://h/${TOKEN}\""),
        (
            "publish = \"${AEM}\"",
            "publish = \"${AEM}\"\ntier = \"${TOKEN}\"",
        ),
        ("https://press.example", "${TOKEN}"),
        ("https://press.example", "https://u:${TOKEN}@press.example"),
        ("kind = \"token\"", "kind = \"${TOKEN}\""),
        ("token = \"${TOKEN}\"", "file = \"${TOKEN}\""),
        ("retries = 0", "retries = \"${TOKEN}\""),
        ("retries = 0", "rate = \"${TOKEN}\""),
        ("retries = 0", "cdn = \"${TOKEN}\""),
        ("retries = 0", "max_age = \"${TOKEN}\""),
        ("retries = 0", "read_timeout = \"${TOKEN}\""),
        ("retries = 0", "max_response = \"${TOKEN}\""),
        ("retries = 0", "proxy = \"${TOKEN}:${TOKEN}@${TOKEN}\""),
        ("retries = 0", "ca_file = \"${TOKEN}\""),
        ("min_items_ratio = 0", "min_items_ratio = \"${TOKEN}\""),
    ] {
        println!("{new}");
        assert!(good.contains(old), "{old}");
        site.write("site.toml", &good.replace(old, new));
        site.run(&LOUDLY).code(2);
    }
    assert!(aem.requests().is_empty() && ims.requests().is_empty());
}

#[test]
fn a_dotenv_that_cannot_be_read() {
    let mut site = one_of_each();
    site.set("AEM", "http://127.0.0.1:9");
    site.guard("the password", WRITTEN);
    for wrong in [
        "PASSWORD='@\n",
        "PASSWORD @\n",
        "@\n",
        "A=1\n'@'=2\n",
        "P=\"@\n",
    ] {
        site.write(".env", &wrong.replace('@', WRITTEN));
        site.run(&LOUDLY).code(2);
    }
}

#[test]
fn credentials_that_cannot_be_used() {
    let (aem, ims) = (Scripted::start(content), Scripted::start(token));
    for login in Login::ALL {
        let site = site(login, &aem, &ims);
        let good = site.read("site.toml");
        // Spelt wrong, of the wrong kind, cut short.
        for (old, new) in [
            ("password =", "pasword ="),
            ("token =", "tokn ="),
            ("client_secret =", "client_secrt ="),
            ("kind = \"basic\"", "kind = \"token\""),
            ("kind = \"token\"", "kind = \"service-credentials\""),
            ("kind = \"oauth\"", "kind = \"basic\""),
            ("user = \"editor\"", "user = \"ed:itor\""),
            ("token = \"${TOKEN}\"", "token = \"two words ${TOKEN}\""),
            ("token = \"${TOKEN}\"", "token = \"Bearer ${TOKEN}\""),
            ("client_id = \"", "client_id = \"ü\\n${CLIENT_SECRET}"),
            ("ims = \"http://", "ims = \"http://a:${CLIENT_SECRET}@"),
            ("ims = \"http://", "ims = \"${CLIENT_SECRET}"),
            ("X-AEM-Edge-Key =", "\"X AEM Edge Key\" ="),
            ("X-AEM-Edge-Key = \"", "X-AEM-Edge-Key = \"\\n"),
        ] {
            if good.contains(old) {
                println!("{new} for {old}");
                site.write("site.toml", &good.replace(old, new));
                site.run(&LOUDLY).code(2);
            }
        }
    }
    assert!(aem.requests().is_empty());
}

#[test]
fn a_credentials_file_that_cannot_be_used() {
    let (aem, ims) = (Scripted::start(content), Scripted::start(token));
    let mut site = site(Login::ServiceCredentials, &aem, &ims);
    let good = site.read("credentials.json");
    let key = good.find("MII").unwrap();
    for wrong in [
        good[..good.len() / 2].to_owned(),
        good.replace("privateKey", "privatKey"),
        good.replace("RSA PRIVATE", "PRIVATE"),
        format!("{}!{}", &good[..key], &good[key + 1..]),
        format!("{}{}", &good[..key], &good[key + 64..]),
        good.replace("\"imsEndpoint\":\"http://", "\"imsEndpoint\":\"http://x y/"),
        format!("[{good}]"),
        String::new(),
    ] {
        assert_ne!(wrong, good);
        site.write("credentials.json", &wrong);
        site.run(&LOUDLY).code(2);
    }
    // The credentials themselves where their file was to be named.
    site.set("WHOLE", &good);
    site.replace("site.toml", "credentials.json", "${WHOLE}");
    site.run(&LOUDLY).code(2);
    assert!(aem.requests().is_empty() && ims.requests().is_empty());
}
