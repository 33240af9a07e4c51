//! Somebody who saves and saves, half of it broken, while many look on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use frieze::serve::{Board, Found, Moment, Snapshot};

use super::events::{answers, press};
use super::support::{PATIENCE, Preview};
use crate::support::corpus::Random;
use crate::support::{Scripted, SiteTest, seed};

/// The variable that says how many saves there are.
const SAVES: &str = "FRIEZE_SAVES";
/// How many there are in an ordinary run.
const FEW: u64 = 60;
/// Who looks on.
const FOLLOWERS: usize = 20;

/// What followers have seen, as far as it matters.
#[derive(Default)]
struct Seen {
    sites: BTreeMap<u64, Weak<Snapshot>>,
    last: Vec<u64>,
}

#[test]
fn the_last_state_shown_is_the_last_state_saved() {
    let saves = std::env::var(SAVES).map_or(FEW, |number| number.parse().unwrap());
    let mut random = Random::new(seed("saves"));
    let aem = Scripted::start(answers(&["one", "two"]));
    let preview = Preview::ready(press(&aem));
    let seen = Arc::new(Mutex::new(Seen {
        last: vec![0; FOLLOWERS],
        ..Seen::default()
    }));
    for number in 0..FOLLOWERS {
        let (board, seen) = (Arc::clone(&preview.board), Arc::clone(&seen));
        preview
            .runtime
            .spawn(async move { follow(&board, number, &seen).await });
    }
    let asked = aem.requests().len();
    for number in 1..=saves {
        save(&preview.site, number, random.below(2) == 0);
        std::thread::sleep(Duration::from_millis(random.below(20)));
        let alive = seen.lock().unwrap().alive();
        // One that is shown, one that is being made, and those that somebody slow holds for a moment.
        assert!(alive <= 2 + FOLLOWERS, "{alive} sites at once");
    }
    // Whatever the last save was: the state after it is what is shown.
    save(&preview.site, saves + 1, false);
    preview.wait("the broken state", |moment| {
        !moment.working && !moment.problems.is_empty()
    });
    save(&preview.site, saves + 2, true);
    let last = title(saves + 2);
    let moment = preview.wait("the last state", |moment| {
        let site = moment.site.as_ref().unwrap().site();
        !moment.working && moment.problems.is_empty() && site.config.title == last
    });
    let sites = moment.site.as_ref().unwrap().number();
    assert!(sites <= saves + 2, "{sites} sites of {saves} saves");
    assert_eq!(aem.requests().len(), asked, "nobody had to ask AEM");
    println!("{saves} saves: {sites} sites, {} moments", moment.number);
    wait_for_followers(&seen, moment.number);
    let site = moment.site.as_ref().unwrap();
    let page = page(site);
    assert!(page.contains(&format!("save {}", saves + 2)), "{page}");
    drop(moment);
    wait_until("one site is left", || seen.lock().unwrap().alive() == 1);
}

/// The page that everybody looks at, as it is shown.
fn page(site: &Snapshot) -> String {
    let Some(Found::Page(id)) = site.find("/articles/one/") else {
        panic!("it is there in every state");
    };
    String::from_utf8(site.page(id).body.to_vec()).unwrap()
}

fn title(number: u64) -> String {
    format!("Press, {number}")
}

/// A whole state of two files, good or broken.
fn save(site: &SiteTest, number: u64, is_good: bool) {
    let text = site.read("site.toml");
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let end = if is_good { "\"" } else { "" };
    site.write(
        "site.toml",
        &format!("title = \"{}{end}\n{rest}", title(number)),
    );
    let end = if is_good { "" } else { "{% if %}" };
    let template = format!("<h1>{{{{ item.title }}}}</h1>\n<p>save {number}</p>{end}\n");
    site.write("templates/article.html", &template);
}

async fn follow(board: &Board, number: usize, seen: &Mutex<Seen>) {
    let mut moments = board.follow();
    let mut last = 0;
    loop {
        let moment: Arc<Moment> = Arc::clone(&moments.borrow_and_update());
        assert!(moment.number > last || last == 0, "moments go on");
        last = moment.number;
        if let Some(site) = &moment.site {
            // As the browser of each does. It may be empty: a file is, for a moment, when it is written.
            let shown = Arc::clone(site);
            let page = tokio::task::spawn_blocking(move || page(&shown));
            drop(page.await.unwrap());
            let mut seen = seen.lock().unwrap();
            seen.sites.insert(site.number(), Arc::downgrade(site));
            seen.last[number] = last;
        }
        drop(moment);
        if moments.changed().await.is_err() {
            return;
        }
    }
}

impl Seen {
    /// How many of the sites that somebody has seen are still there.
    fn alive(&self) -> usize {
        self.sites
            .values()
            .filter(|site| site.strong_count() > 0)
            .count()
    }
}

fn wait_for_followers(seen: &Mutex<Seen>, number: u64) {
    wait_until("all followers have seen it", || {
        seen.lock().unwrap().last.iter().all(|last| *last >= number)
    });
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
