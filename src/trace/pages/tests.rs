//! What is written down is read again, and nothing else is.

use super::*;

fn page(own: u8, shared: Vec<QuestionId>) -> PageTrace {
    PageTrace {
        own: [own; 16],
        here: shared.iter().map(|id| (*id, [9; 16])).collect(),
        shared,
        filled: (own > 1).then(|| Filled {
            words: vec![[own; 16]; 3],
            digest: [7; 16],
        }),
        hash: [own; 32],
        size: u64::from(own) << 33,
    }
}

#[test]
fn pages_and_questions_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/pages");
    let recording = Recording::start(&file, &[1; 16]).unwrap();
    let one = recording.ask(b"one", || [1; 16]);
    let two = recording.ask(b"", || [2; 16]);
    assert_eq!(recording.ask(b"one", || panic!("it was asked before")), one);
    let traces = [page(1, vec![]), page(2, vec![two, one]), page(3, vec![one])];
    for (trace, path) in traces.iter().zip(["a", "b/index.html", ""]) {
        recording.page(path, trace);
    }
    recording.addresses(&[3; 16]);
    assert!(Earlier::open(&file, &[1; 16]).is_none(), "not finished");
    recording.finish().unwrap();

    let earlier = Earlier::open(&file, &[1; 16]).unwrap();
    assert_eq!(earlier.questions(), 2);
    assert_eq!(earlier.addresses(), Some([3; 16]));
    assert_eq!(earlier.question(one), Some((&b"one"[..], [1; 16])));
    assert_eq!(earlier.question(two), Some((&b""[..], [2; 16])));
    assert_eq!(earlier.question(QuestionId(2)), None);
    assert_eq!(earlier.page("b/index.html").as_ref(), Some(&traces[1]));
    assert_eq!(earlier.page("a").as_ref(), Some(&traces[0]));
    assert_eq!(earlier.page("").as_ref(), Some(&traces[2]));
    assert_eq!(earlier.page("c"), None);
    assert!(
        Earlier::open(&file, &[2; 16]).is_none(),
        "another environment"
    );
}

#[test]
fn a_damaged_file_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages");
    let recording = Recording::start(&file, &[1; 16]).unwrap();
    let id = recording.ask(b"question", || [1; 16]);
    recording.page("a", &page(2, vec![id]));
    recording.addresses(&[3; 16]);
    recording.finish().unwrap();
    let whole = std::fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&file, &damaged).unwrap();
        assert!(Earlier::open(&file, &[1; 16]).is_none(), "byte {at}");
        std::fs::write(&file, &whole[..at]).unwrap();
        assert!(Earlier::open(&file, &[1; 16]).is_none(), "cut at {at}");
    }
}

#[test]
fn what_is_not_finished_leaves_the_earlier_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages");
    Recording::start(&file, &[1; 16]).unwrap().finish().unwrap();
    assert_eq!(Earlier::open(&file, &[1; 16]).unwrap().addresses(), None);
    let again = Recording::start(&file, &[2; 16]).unwrap();
    again.page("a", &PageTrace::default());
    drop(again);
    assert!(Earlier::open(&file, &[1; 16]).is_some());
    assert!(Earlier::open(&file, &[2; 16]).is_none());
}
