use super::*;

fn view(body: &str) -> View {
    View {
        version: format!("v{}", body.len()),
        body: Bytes::from(body.to_owned()),
        base: "/docs".to_owned(),
        ..View::default()
    }
}

fn wrong(body: &str, problem: &str) -> View {
    View {
        problems: Some(json!([problem])),
        ..view(body)
    }
}

fn working(view: View) -> View {
    View {
        working: true,
        ..view
    }
}

/// Each event in a line.
fn lines(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| {
        let text = event.encode();
        let (name, rest) = text["event: ".len()..].split_once("\ndata: ").unwrap();
        let data = rest.strip_suffix("\n\n").unwrap();
        assert!(!data.contains('\n'));
        format!("{name} {data}")
    };
    events.iter().map(text).collect()
}

#[test]
fn a_browser_hears_what_is_new_to_it() {
    let mut follower = Follower::new("v1".to_owned());
    let mut told = |view| lines(&follower.tell(view));
    assert_eq!(told(view("1")), ["fine null"]);
    assert_eq!(told(view("1")), [""; 0]);
    assert_eq!(told(view("22")), ["change \"v2\""]);
    assert_eq!(told(wrong("22", "a\nb")), ["problems [\"a\\nb\"]"]);
    assert_eq!(told(working(wrong("22", "a\nb"))), ["working null"]);
    assert_eq!(told(wrong("22", "a\nb")), ["problems [\"a\\nb\"]"]);
    assert_eq!(told(view("333")), ["fine null", "change \"v3\""]);
}

#[test]
fn who_comes_late_hears_it_at_once() {
    let mut follower = Follower::new("old".to_owned());
    assert_eq!(
        lines(&follower.tell(working(wrong("new", "x")))),
        ["working null", "problems [\"x\"]", "change \"v3\""]
    );
}

#[test]
fn an_edited_style_sheet_is_no_other_page() {
    let page = |sheet: &str| view(&format!("<link rel=stylesheet href=\"{sheet}\"><p>x</p>"));
    let mut follower = Follower::new(page("/a.css").version);
    let mut told = |view| lines(&follower.tell(view));
    told(page("/a.css"));
    assert_eq!(
        told(page("/a.10.css")),
        ["style {\"version\":\"v46\",\"sheets\":[[\"/a.css\",\"/a.10.css\"]]}"]
    );
    assert_eq!(told(view("<p>x</p>")), ["change \"v8\""]);
}

#[test]
fn files_that_pages_use_may_change_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let now = || View {
        stamps: Arc::new(Stamps::of(folder.path())),
        ..view("x")
    };
    write("a b.css", "1");
    write("a.js", "1");
    let mut follower = Follower::new("v1".to_owned());
    let mut told = |view| lines(&follower.tell(view));
    assert_eq!(told(now()), ["fine null"]);
    write("a b.css", "22");
    assert_eq!(
        told(now()),
        ["style {\"version\":\"v1\",\"sheets\":[[\"/docs/a%20b.css\",\"/docs/a%20b.css\"]]}"]
    );
    write("a.js", "22");
    assert_eq!(told(now()), ["change \"v1\""]);
    assert_eq!(told(now()), [""; 0]);
}
