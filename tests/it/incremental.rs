//! Builds that cost what has changed, on the example site: how many pages are rendered, and that the rest is right.

use crate::support::SiteTest;

/// A walk in the mountains, which has a page, and is in lists.
const WALK: &str = "sandbox/jcr_root/content/dam/larch/en/walks/larch-traverse/.content.xml";

/// What a build says of itself: pages rendered, files written.
fn build(site: &SiteTest) -> (u64, u64) {
    let report = site.path("report.json");
    let _ = site.run(&["build", "--report", "report.json"]).good();
    let text = std::fs::read_to_string(report).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |place: &str| {
        report
            .pointer(place)
            .and_then(serde_json::Value::as_u64)
            .unwrap()
    };
    (number("/pages/rendered"), number("/files/written"))
}

#[test]
fn a_build_from_nothing_confirms_what_was_taken_over() {
    let site = SiteTest::example();
    let _ = site.build().good();
    site.replace(WALK, "nothing grows but larch", "nothing grows but larches");
    let _ = site.run(&["build", "--verify-incremental"]).good();
    let (rendered, written) = build(&site);
    assert_eq!((rendered, written), (0, 0), "it was committed");
}
