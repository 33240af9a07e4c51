//! Who shares answers with whom: the requests of one build, and the builds of one cache.

use futures::future::join_all;

use super::support::{Builds, Sends, kind, list, request, text, with};
use crate::aem::{PersistedQuery, Variables};
use crate::cache::Key;
use crate::config::{Auth, OAuth};
use crate::query::{Ask, Freshness};
use crate::secret::Secret;
use crate::source::Source;

#[tokio::test]
async fn the_same_is_asked_once_in_a_build() {
    let builds = Builds::new();
    let source = builds.next();
    for name in ["ada", "grace", "jean"] {
        builds
            .aem
            .has(&format!(r#"x/b {{"name":"{name}"}}"#), &list(&[name]));
    }
    let names = ["ada", "grace", "jean"].into_iter().cycle().take(50);
    let requests: Vec<_> = names.map(|name| with("x/b", "name", name)).collect();
    let answers = join_all(requests.iter().map(|request| source.answer(request))).await;
    for (request, answer) in requests.iter().zip(answers) {
        let name = request.variables.get("name").unwrap().as_str().unwrap();
        let answer = answer.unwrap();
        assert_eq!(
            (text(&answer), kind(&answer.delivery)),
            (list(&[name]), "new")
        );
    }
    assert_eq!(builds.aem.asked().len(), 3);
    let always = with("x/b", "name", "ada");
    let always = crate::source::Request {
        freshness: Freshness::Always,
        ..always
    };
    source.answer(&always).await.unwrap();
    assert_eq!(builds.aem.asked().len(), 0, "whatever the definition says");
}

#[tokio::test]
async fn the_same_is_asked_once_where_nothing_can_be_kept() {
    let builds = Builds::new();
    std::fs::write(builds.folder(), "a file in its place").unwrap();
    let source = builds.next();
    let asked = request("x/a", Freshness::Revalidate);
    let answers = join_all((0..20).map(|_| source.answer(&asked))).await;
    for answer in answers {
        assert_eq!(text(&answer.unwrap()), list(&["one", "two"]));
    }
    assert_eq!(builds.aem.asked().len(), 1);
    assert_eq!(source.warnings().counts(), (0, 1));
}

#[tokio::test]
async fn half_an_answer_is_asked_for_once_too() {
    let builds = Builds::new();
    builds.aem.has("x/a {}", r#"{"data":{"aList":null}}"#);
    let source = builds.next();
    let asked = request("x/a", Freshness::Revalidate);
    for _ in 0..3 {
        source.answer(&asked).await.unwrap();
    }
    assert_eq!(builds.aem.asked().len(), 1);
}

#[tokio::test]
async fn a_later_round_asks_again() {
    for freshness in [Freshness::Revalidate, Freshness::Never] {
        let builds = Builds::new();
        let source = builds.next();
        let mut asked = request("x/a", freshness);
        source.answer(&asked).await.unwrap();
        builds.aem.has("x/a {}", &list(&["three"]));
        source.answer(&asked).await.unwrap();
        assert_eq!(builds.aem.asked().len(), 1);
        asked.round = 1;
        for _ in 0..2 {
            let answer = source.answer(&asked).await.unwrap();
            assert_eq!(text(&answer), list(&["three"]));
        }
        assert_eq!(builds.aem.asked().len(), 1);
        // Also when an earlier build has it.
        builds.aem.has("x/a {}", &list(&["four"]));
        let answer = builds.next().answer(&asked).await.unwrap();
        assert_eq!(text(&answer), list(&["four"]));
    }
}

/// The identity of credentials.
fn identity(auth: &Auth) -> String {
    auth.identity()
}

fn oauth(client_id: &str, secret: &str) -> Auth {
    Auth::OAuth(Box::new(OAuth {
        ims: "https://ims.example".to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Secret::new(secret),
        scopes: String::new(),
    }))
}

fn basic(user: &str, password: &str) -> Auth {
    Auth::Basic {
        user: user.to_owned(),
        password: Secret::new(password),
    }
}

#[tokio::test]
async fn who_may_see_other_things_does_not_get_ours() {
    let mut builds = Builds::new();
    builds.ask(Freshness::Never).await.unwrap();
    builds.download().await.0.unwrap();
    let ours = builds.realm.clone();
    let other = |change: &dyn Fn(&mut crate::cache::Realm)| {
        let mut realm = ours.clone();
        change(&mut realm);
        realm
    };
    let others = [
        other(&|realm| realm.tier = "author".to_owned()),
        other(&|realm| realm.origin = "https://b.example".to_owned()),
        other(&|realm| realm.origin = "http://a.example".to_owned()),
        other(&|realm| realm.identity = identity(&Auth::Token(Secret::new("t")))),
        other(&|realm| realm.identity = identity(&basic("ada", "p"))),
        other(&|realm| realm.identity = identity(&basic("grace", "p"))),
        other(&|realm| realm.identity = identity(&oauth("ada", "s"))),
    ];
    for realm in others {
        builds.realm = realm;
        let offline = builds.offline();
        let asked = request("x/a", Freshness::Never);
        offline.answer(&asked).await.unwrap_err();
        builds.download_from(&offline).await.0.unwrap_err();
        builds.aem.asked();
        builds.ask(Freshness::Never).await.unwrap();
        builds.download().await.0.unwrap();
        let asked = builds.aem.asked();
        assert_eq!(asked.len(), 2, "{:?}", builds.realm);
        assert!(asked.iter().all(|asked| asked.unless.is_empty()));
    }
    builds.realm = ours;
    builds.ask(Freshness::Never).await.unwrap();
    assert_eq!(builds.aem.asked().len(), 0);
}

#[test]
fn a_new_credential_of_the_same_kind_and_person_is_the_same() {
    let token = |token: &str| identity(&Auth::Token(Secret::new(token)));
    assert_eq!(token("monday"), token("tuesday"));
    assert_eq!(
        identity(&basic("ada", "old")),
        identity(&basic("ada", "new"))
    );
    assert_eq!(identity(&oauth("id", "old")), identity(&oauth("id", "new")));
    assert_ne!(identity(&basic("id", "p")), identity(&oauth("id", "p")));
}

#[test]
fn different_questions_have_different_keys() {
    let realm = Builds::new().realm;
    let ad_hoc = |configuration: &str, document: &str| {
        let mut asked = request("x/a", Freshness::Revalidate);
        asked.ask = Ask::AdHoc {
            configuration: configuration.to_owned(),
            document: document.into(),
        };
        asked
    };
    let mut two = with("x/a", "a", 1);
    two.variables.set("b", 2.into());
    let requests = [
        request("x/a", Freshness::Revalidate),
        request("y/a", Freshness::Revalidate),
        request("x/b", Freshness::Revalidate),
        with("x/a", "a", 1),
        with("x/a", "a", 2),
        with("x/a", "a", "1"),
        with("x/a", "b", 1),
        two,
        ad_hoc("x", "{ a }"),
        ad_hoc("y", "{ a }"),
        ad_hoc("x", "{ b }"),
    ];
    let mut keys: Vec<String> = requests
        .iter()
        .map(|request| Key::of_request(&realm, request).to_string())
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), requests.len());
}

#[test]
fn equal_questions_have_equal_keys() {
    let realm = Builds::new().realm;
    let variables = |names: &[&str]| -> Variables {
        let names = names.iter();
        names.map(|name| ((*name).to_owned(), 1.into())).collect()
    };
    let asked = |names: &[&str], freshness, round| crate::source::Request {
        ask: Ask::Persisted(PersistedQuery::parse("a", Some("x")).unwrap()),
        variables: variables(names),
        freshness,
        round,
        ..request("x/a", freshness)
    };
    let key = |request| Key::of_request(&realm, &request);
    assert_eq!(
        key(asked(&["a", "b"], Freshness::Never, 0)),
        key(asked(&["b", "a"], Freshness::Always, 2))
    );
}

#[tokio::test]
async fn one_tag_for_different_answers_confuses_nobody() {
    // A tag is worth something for its own address only.
    let builds = Builds::new();
    builds.aem.state().validators = Sends::Tags;
    for page in 0..3 {
        let question = format!(r#"x/b {{"page":{page}}}"#);
        builds.aem.has(&question, &list(&["same"]));
        let asked = with("x/b", "page", page);
        let answer = builds.next().answer(&asked).await.unwrap();
        assert_eq!(kind(&answer.delivery), "new");
    }
    let asked = builds.aem.asked();
    assert!(asked.iter().all(|asked| asked.unless.is_empty()));
    assert_eq!(builds.files("bodies-2").len(), 1, "kept once");
}

#[tokio::test]
async fn two_builds_at_once_do_each_other_no_harm() {
    let builds = Builds::new();
    for number in 0..20 {
        let question = format!(r#"x/b {{"n":{number}}}"#);
        builds.aem.has(&question, &list(&[&number.to_string()]));
    }
    let sources = [builds.next(), builds.next(), builds.next()];
    let requests: Vec<_> = (0..20).map(|number| with("x/b", "n", number)).collect();
    let asked = sources
        .iter()
        .flat_map(|source| requests.iter().map(|request| source.answer(request)));
    for answer in join_all(asked).await {
        answer.unwrap();
    }
    let offline = builds.offline();
    for (number, request) in requests.iter().enumerate() {
        let kept = offline.answer(request).await.unwrap();
        assert_eq!(text(&kept), list(&[&number.to_string()]));
    }
    for source in sources {
        assert!(source.warnings().is_empty());
    }
}
