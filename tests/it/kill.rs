//! Whole builds, killed at random moments: the next one makes what a build from nothing makes.
//!
//! The content is edited before each, so that there is always something to write and to remove, in the
//! output and in the cache of answers. (Commits alone are killed much more often beside their code.)
//! `FRIEZE_BUILD_KILLS` says how many.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::support::corpus::Random;
use crate::support::{Ended, SiteTest, seed, workspace};

const VARIABLE: &str = "FRIEZE_BUILD_KILLS";

/// Builds killed by plain `cargo test`.
const KILLS: usize = 20;

/// Sites on which builds are killed side by side.
const SITES: u64 = 4;

/// Where the content package lies in the site.
const PACKAGE: &str = "sandbox/jcr_root/content/dam/larch";

/// The content before and after an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edition {
    Old,
    New,
}

impl Edition {
    fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }

    /// Edits the package: a title, an address, and a picture.
    fn publish(self, site: &SiteTest) {
        let edits = [
            (
                "en/walks/garden-path/.content.xml",
                "The Garden Path\"",
                "The Other Path\"",
            ),
            (
                "en/people/tomas-breuil/.content.xml",
                "slug=\"tomas-breuil\"",
                "slug=\"tomas\"",
            ),
            (
                "images/profiles/garden-path.svg/_jcr_content/renditions/original",
                "</svg>",
                "<!-- drawn again --></svg>",
            ),
        ];
        for (file, old, new) in edits {
            let file = format!("{PACKAGE}/{file}");
            match self {
                Self::Old => site.replace(&file, new, old),
                Self::New => site.replace(&file, old, new),
            }
        }
    }
}

/// A site with a package of its own, in the old edition.
fn site() -> SiteTest {
    let site = SiteTest::copy_of("valley");
    site.copy(&workspace().join("sandbox"), "sandbox");
    let configuration = site.read("site.toml");
    let hosts = |line: &&str| !line.contains("${AEM}");
    let lines: Vec<&str> = configuration.lines().filter(hosts).collect();
    let embedded = lines
        .join("\n")
        .replace("[aem]\n", "[aem]\nsandbox = \"sandbox\"\n");
    site.write("site.toml", &embedded);
    site
}

type Bytes = BTreeMap<String, blake3::Hash>;

/// What builds from nothing make of both editions.
fn clean() -> [Bytes; 2] {
    [Edition::Old, Edition::New].map(|edition| {
        let site = site();
        if edition == Edition::New {
            edition.publish(&site);
        }
        site.build().good();
        site.output().bytes()
    })
}

#[test]
fn after_a_kill_at_any_moment_the_next_build_is_as_good_as_a_first() {
    let kills = std::env::var(VARIABLE).ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = seed("killed builds");
    let clean = clean();
    assert_ne!(clean[0], clean[1]);
    let of_each = kills.div_ceil(usize::try_from(SITES).unwrap());
    let killed: usize = std::thread::scope(|scope| {
        let series: Vec<_> = (0..SITES)
            .map(|number| {
                let (clean, random) = (&clean, Random::new(seed ^ number));
                scope.spawn(move || series(clean, random, of_each))
            })
            .collect();
        let killed = series.into_iter().map(|series| series.join().unwrap());
        killed.sum()
    });
    println!("{killed} of {kills} builds were killed before they had ended");
    assert!(killed > 0, "all were too fast");
}

/// Kills builds of one site, one after the other; how many still ran.
fn series(clean: &[Bytes; 2], mut random: Random, kills: usize) -> usize {
    let site = site();
    let mut edition = Edition::Old;
    let start = Instant::now();
    site.build().good();
    let usual = u64::try_from(start.elapsed().as_micros()).unwrap();
    let mut killed = 0;
    for round in 0..kills {
        edition = edition.other();
        edition.publish(&site);
        let build = site.start(&["build"]);
        std::thread::sleep(Duration::from_micros(random.below(usual)));
        killed += usize::from(build.kill() == Ended::Killed);
        let run = site.build().good();
        let expected = &clean[edition as usize];
        assert_eq!(
            site.output().bytes(),
            *expected,
            "round {round}: {}",
            run.stdout()
        );
        assert!(
            !site.path("public/.frieze-staging").exists(),
            "round {round}"
        );
        // Nor did the cache of answers take harm.
        let run = site.run(&["build", "--offline"]).good();
        assert!(
            run.changes().starts_with("0 files written"),
            "{}",
            run.changes()
        );
        assert_eq!(site.output().bytes(), *expected, "round {round}, offline");
    }
    killed
}
