//! Secrets that stand in a file itself, hidden before a line of it is shown.
//!
//! They belong into variables, and then a line shows `${NAME}`. But a password that was written down, with
//! a typing mistake beside it, must not be in the log of the build that failed for the mistake. Works on
//! the text, since what cannot be parsed is shown too.

use std::sync::Arc;

/// Keys whose values are secrets wherever they stand, and however they are misspelt.
const SECRET: [&str; 5] = ["password", "token", "secret", "client_secret", "proxy"];

/// Keys of `[aem.auth]` whose values are none. All others are hidden: a mistyped key is an unknown one.
const HARMLESS: [&str; 6] = ["kind", "file", "user", "scopes", "ims", "client_id"];

/// What a table is to whoever looks for secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// `[aem.auth]`: some, by their keys.
    Credentials,
    /// `[aem.headers]`: nothing else.
    Headers,
    /// Whatever else a site has.
    Other,
}

/// A text of the same length in which values of secrets are stars.
pub(super) fn hide(text: &Arc<str>) -> Arc<str> {
    let mut hidden = String::with_capacity(text.len());
    let (mut table, mut open) = (Holds::Other, None);
    for line in text.split_inclusive('\n') {
        if let Some(quotes) = open {
            open = (!line.contains(quotes)).then_some(quotes);
            push_stars(&mut hidden, line);
            continue;
        }
        let (shown, value) = if line.trim_start().starts_with('[') {
            let (name, rest) = heading(line);
            table = holds(name.trim().trim_matches(['[', ']']));
            if table == Holds::Other {
                (line, "")
            } else {
                (name, rest)
            }
        } else {
            split(line, table)
        };
        hidden.push_str(shown);
        push_stars(&mut hidden, value);
        open = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quotes| value.matches(quotes).count() == 1);
    }
    if hidden == **text {
        return Arc::clone(text);
    }
    Arc::from(hidden)
}

/// A table's name, and what stands behind it by mistake.
fn heading(line: &str) -> (&str, &str) {
    let begin = line.len() - line.trim_start().len();
    let closed = line.find(']').map(|at| at + 1);
    let broken = || {
        let blank = line[begin..].find(char::is_whitespace);
        blank.map(|at| begin + at)
    };
    line.split_at(closed.or_else(broken).unwrap_or(line.len()))
}

/// A line up to where a secret may begin, and the rest.
fn split(line: &str, table: Holds) -> (&str, &str) {
    let trimmed = line.trim_start();
    let begin = line.len() - trimmed.len();
    let word = end_of_word(trimmed).map(|at| begin + at);
    let sign = line.find('=').filter(|_| word.is_some());
    let inside = || match sign {
        Some(at) => holds_secret(&line[at + 1..], table).then_some(at),
        // No key at all: who knows what it is.
        None => (table != Holds::Other).then_some(begin),
    };
    let mut keys = [word, sign].into_iter().flatten();
    let end_of_key = keys.find(|at| is_secret(&line[..*at], table));
    let Some(at) = end_of_key.or_else(inside) else {
        return (line, "");
    };
    let rest = line[at..].trim_start_matches([' ', '\t']);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    line.split_at(line.len() - value.len())
}

/// Where the first word of a line ends, which is a key even where the sign behind it is missing, or another:
/// `password: "x"`. A quoted one needs its sign.
fn end_of_word(line: &str) -> Option<usize> {
    let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return line.find([' ', '\t', '=', ':']);
    };
    let end = line[1..].find(quote)? + 2;
    let signed = line[end..].trim_start().starts_with(['=', '.']);
    signed.then_some(end)
}

/// Whether there is a secret in a value: in a table on one line, or in an address.
fn holds_secret(value: &str, table: Holds) -> bool {
    let mut pieces = value
        .split(['{', ','])
        .filter_map(|piece| piece.split_once('='));
    let in_table = pieces.any(|(key, _)| is_secret(key, table));
    in_table || value.contains("://") && value.contains('@')
}

/// What a table holds, by the parts of its name.
fn holds(name: &str) -> Holds {
    let parts: Vec<&str> = name.split('.').map(unquoted).collect();
    if parts.contains(&"headers") {
        Holds::Headers
    } else if parts.contains(&"auth") {
        Holds::Credentials
    } else {
        Holds::Other
    }
}

/// Whether a key has a value to hide.
fn is_secret(key: &str, table: Holds) -> bool {
    let last = unquoted(key.rsplit('.').next().unwrap_or(key));
    let table = match holds(key) {
        Holds::Other => table,
        own => own,
    };
    match table {
        Holds::Headers => true,
        Holds::Credentials => !HARMLESS.contains(&last),
        Holds::Other => SECRET.iter().any(|secret| is_like(last, secret)),
    }
}

/// Whether a word is another, but for a letter or two.
fn is_like(word: &str, other: &str) -> bool {
    strsim::osa_distance(&word.to_lowercase(), other) <= other.len() / 4
}

fn unquoted(part: &str) -> &str {
    part.trim().trim_matches(['"', '\''])
}

/// Stars for all but blanks, quotes and the names of variables, as many bytes.
fn push_stars(hidden: &mut String, value: &str) {
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let variable = rest.starts_with("${").then(|| rest.find('}')).flatten();
        let taken = match variable {
            // What stands in for a variable that is not set may be a secret, too.
            Some(end) if !rest[..end].contains(":-") => {
                hidden.push_str(&rest[..=end]);
                end + 1
            }
            _ => {
                if c.is_whitespace() || c == '"' || c == '\'' {
                    hidden.push(c);
                } else {
                    hidden.extend(std::iter::repeat_n('*', c.len_utf8()));
                }
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = hide(&Arc::from(text));
        assert_eq!(&*shown, expected);
        assert_eq!(shown.len(), text.len());
    }

    #[test]
    fn credentials_are_stars() {
        check(
            "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npasword = \"p é\"\n[extra]\nmotto = \"slow\"\n",
            "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npasword = \"* **\"\n[extra]\nmotto = \"slow\"\n",
        );
        check(
            "[aem.headers.publish]\nX-Key = \"k\" # mine\n",
            "[aem.headers.publish]\nX-Key = \"*\" * ****\n",
        );
        check(
            "[fetch]\nproxy = \"http://u:p@h\"\nretries = 3\n",
            "[fetch]\nproxy = \"************\"\nretries = 3\n",
        );
    }

    #[test]
    fn variables_are_shown_and_their_defaults_are_not() {
        check(
            "[aem.auth]\npassword = \"${P}\"\ntoken = \"a${T:-b}c\"\n",
            "[aem.auth]\npassword = \"${P}\"\ntoken = \"*********\"\n",
        );
    }

    #[test]
    fn wherever_they_stand() {
        check("aem.auth.x = 'y'", "aem.auth.x = '*'");
        check(
            "[aem]\nauth = { kind = \"basic\", password = \"p\" }\n",
            "[aem]\nauth = * **** * \"*****\"* ******** * \"*\" *\n",
        );
        check("[aem.auth\npassword = \"p", "[aem.auth\npassword = \"*");
        check(
            "[aem.auth]\njson = \"\"\"\n{ \"a\": 1 }\n\"\"\"\nkind = \"x\"\n",
            "[aem.auth]\njson = \"\"\"\n* \"*\"* * *\n\"\"\"\nkind = \"x\"\n",
        );
    }

    #[test]
    fn where_they_were_not_meant_to_be() {
        check("[aem]\npasswort = \"p\"\n", "[aem]\npasswort = \"*\"\n");
        check("[aem]\nclient-secret = 5\n", "[aem]\nclient-secret = *\n");
        check(
            "[aem]\npublish = \"https://u:p@h\"\n",
            "[aem]\npublish = \"*************\"\n",
        );
        check(
            "aem = { auth = { kind = 1 } }\n",
            "aem = * **** * * **** * * * *\n",
        );
        check(
            "[aem.headers.author]\nuser = \"u\"\n",
            "[aem.headers.author]\nuser = \"*\"\n",
        );
    }

    #[test]
    fn where_signs_are_missing() {
        for (written, shown) in [
            ("password \"a=b\"", "password \"***\""),
            ("password: \"p\"", "password: \"*\""),
            ("\"p", "\"*"),
            ("p", "*"),
            ("kind = { basic = \"p\" }", "kind = * ***** * \"*\" *"),
            ("[aem.auth] token = \"p\"", "[aem.auth] ***** * \"*\""),
            ("[aem.auth token = \"p\"", "[aem.auth ***** * \"*\""),
        ] {
            check(
                &format!("[aem.auth]\n{written}\n"),
                &format!("[aem.auth]\n{shown}\n"),
            );
        }
    }

    #[test]
    fn what_has_no_secrets_is_the_same() {
        let text: Arc<str> = Arc::from(
            "title = \"A\"\n[aem]\npublish = \"https://a.example\"\ntier = \"author\"\n\n[pages]\n\
             paging = { size = 3 }\njson = \"/a.model.json\"\nroute = \"/a/\"\nhello\n",
        );
        assert!(Arc::ptr_eq(&text, &hide(&text)));
    }
}
