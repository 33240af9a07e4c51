//! "Did you mean": the nearest of the names that would have been right.

/// The candidate most like `wrong`, when one is near enough to be worth suggesting.
#[must_use]
pub fn closest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.8)
        // On a tie the first candidate stays: the order of candidates is the author's preference.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_typing_mistakes_and_leaves_strangers_alone() {
        let keys = ["title", "base_url", "default_language", "concurrency"];
        assert_eq!(closest("titel", keys), Some("title"));
        assert_eq!(closest("BaseUrl", keys), Some("base_url"));
        assert_eq!(closest("concurency", keys), Some("concurrency"));
        assert_eq!(closest("zzz", keys), None);
    }
}
