//! A build can end at any instruction; the folder is then the old or the new site.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::{Random, Site, Tree, artifact};
use crate::output::failpoint::Failpoint;
use crate::output::{DirSink, Recovery, Sink};

type Files = &'static [(&'static str, &'static str)];

/// Versions of a site between which files change, come, go, turn into folders and back, and change
/// their case.
const VERSIONS: [Files; 3] = [
    &[
        ("index.html", "1"),
        ("a/b/c.html", "c"),
        ("d", "file"),
        ("img/x.jpg", "1"),
        ("Case/A.html", "a"),
        ("same", "s"),
    ],
    &[
        ("index.html", "2"),
        ("a/b", "file"),
        ("d/e/f.html", "f"),
        ("img/y.jpg", "1"),
        ("case/a.html", "a"),
        ("mixed/x.jpg", "x"),
        ("mixed/y.html", "y"),
        ("mixed/z/z.html", "z"),
        ("same", "s"),
    ],
    &[
        ("index.html", "3"),
        ("img", "file"),
        ("d/e/f.html", "g"),
        ("new/n.txt", "n"),
        ("same", "s"),
    ],
];

fn clean(files: Files) -> Option<Tree> {
    let site = Site::new();
    site.build(files).unwrap();
    site.tree()
}

/// Opens and closes, as the next build would before anything else.
fn next_start(site: &Site) -> Recovery {
    site.open().unwrap().recovery()
}

#[test]
fn stopped_at_every_step_it_is_the_old_or_the_new_site() {
    for (from, to) in [(0, 1), (1, 0), (1, 2), (2, 0)] {
        let (old, new) = (clean(VERSIONS[from]), clean(VERSIONS[to]));
        let mut seen = [0; 3];
        for step in 0.. {
            let site = Site::new();
            site.build(VERSIONS[from]).unwrap();
            let finished = site
                .build_until(VERSIONS[to], Failpoint::after(step))
                .is_ok();
            let recovery = next_start(&site);
            seen[recovery as usize] += 1;
            let now = site.tree();
            match recovery {
                Recovery::Finished => assert_eq!(now, new, "step {step}"),
                Recovery::Discarded => assert!(now == old || finished && now == new, "step {step}"),
                Recovery::Nothing => assert!(now == old || now == new, "step {step}"),
            }
            if finished && recovery == Recovery::Nothing {
                assert_eq!(now, new);
                break;
            }
        }
        assert!(seen[0] > 0 && seen[1] > 10 && seen[2] > 5, "{seen:?}");
    }
}

#[test]
fn stopped_again_while_recovering_it_is_still_the_old_or_the_new_site() {
    let (old, new) = (clean(VERSIONS[0]), clean(VERSIONS[1]));
    for step in (0..80).step_by(5) {
        for again in (0..60).step_by(2) {
            let site = Site::new();
            site.build(VERSIONS[0]).unwrap();
            let _ = site.build_until(VERSIONS[1], Failpoint::after(step));
            let stopped = DirSink::open_until(
                &site.path("public"),
                &site.root(),
                &[],
                Failpoint::after(again),
            )
            .is_err();
            next_start(&site);
            let now = site.tree();
            assert!(now == old || now == new, "step {step}, then {again}");
            if !stopped {
                break;
            }
        }
    }
}

#[test]
fn a_first_build_that_is_stopped_leaves_all_or_nothing() {
    let new = clean(VERSIONS[0]);
    for step in 0..100 {
        let site = Site::new();
        let finished = site
            .build_until(VERSIONS[0], Failpoint::after(step))
            .is_ok();
        let recovery = next_start(&site);
        let now = site.tree();
        let nothing = now.as_ref().is_none_or(Tree::is_empty);
        assert!(now == new || nothing, "step {step}: {recovery:?}");
        assert!(now == new || !finished, "step {step}");
        site.build(VERSIONS[1]).unwrap();
    }
}

/// A killed commit's staging folder with these steps.
fn write_journal(site: &Site, steps: &str) {
    let body = format!("frieze-journal 1\n{steps}");
    let hash = blake3::hash(body.as_bytes()).to_hex();
    site.write(
        "public/.frieze-staging/journal",
        &format!("{body}end {hash}\n"),
    );
}

#[test]
fn what_has_been_done_is_not_done_again() {
    let site = Site::new();
    site.build(&[("a", "a"), ("b", "b")]).unwrap();
    let before = site.tree();
    // The manifest is in place, so all steps were taken; `a` came back since.
    write_journal(&site, "remove a\n");
    assert_eq!(next_start(&site), Recovery::Finished);
    assert_eq!(site.tree(), before);
    // File 1 is in place. Where case does not count, `a` may be it.
    write_journal(&site, "clear 1 a\nput 1 A\n");
    site.write(
        "public/.frieze-staging/manifest",
        &site.read("public/.frieze-manifest"),
    );
    assert_eq!(next_start(&site), Recovery::Finished);
    assert_eq!(site.tree(), before);
}

const CHILD: &str = "FRIEZE_KILL_CHILD";
const ROUNDS: &str = "FRIEZE_KILL_ROUNDS";

/// Not a test of its own: what the next one starts and kills.
#[test]
fn child() {
    let Some(root) = std::env::var_os(CHILD).map(std::path::PathBuf::from) else {
        return;
    };
    // Should nobody be left to kill it, it ends by itself.
    let end = Instant::now() + Duration::from_secs(60);
    for version in (0..).take_while(|_| Instant::now() < end) {
        let sink = DirSink::open(&root.join("public"), &root, &[]).unwrap();
        for (path, text) in VERSIONS[version % VERSIONS.len()] {
            sink.stage(artifact(path, text)).unwrap();
        }
        Box::new(sink).commit().unwrap();
        if version == 0 {
            std::fs::write(root.join("running"), "").unwrap();
        }
    }
}

#[test]
fn killed_at_any_moment_it_is_one_of_the_sites() {
    let rounds = std::env::var(ROUNDS)
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(25);
    let sites = VERSIONS.map(clean);
    let this = std::env::current_exe().unwrap();
    let name = format!("{}::child", module_path!().split_once("::").unwrap().1);
    let mut random = Random(0xf21e_2e00);
    let mut seen = [0; 3];
    let site = Site::new();
    for round in 0..rounds {
        let _ = std::fs::remove_file(site.path("running"));
        let mut child = Command::new(&this)
            .args(["--exact", &name, "--test-threads=1"])
            .env(CHILD, site.root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // One round in five may be killed in its first build.
        while round % 5 != 0 && !site.path("running").exists() {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the child ended by itself"
            );
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(random.below(8_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        seen[next_start(&site) as usize] += 1;
        let now = site.tree();
        let nothing = now.as_ref().is_none_or(Tree::is_empty);
        assert!(
            sites.contains(&now) || (round == 0 && nothing),
            "round {round}: {now:#?}"
        );
    }
    if rounds >= 500 {
        assert!(seen.iter().all(|&n| n > 0), "{seen:?}");
    }
}
