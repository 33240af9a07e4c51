//! Secrets that stand in a file itself, hidden before a line of it is shown.
//!
//! They belong into variables, and then a line shows `${NAME}`. But a password that was written down, with
//! a typing mistake beside it, must not be in the log of the build that failed for the mistake. Works on
//! the text, since what cannot be parsed is shown too.

use std::sync::Arc;

/// Keys whose values are secrets wherever they stand.
const SECRET: [&str; 5] = ["password", "token", "client_secret", "json", "proxy"];

/// Keys of credentials whose values are none. All others are hidden: a mistyped key is an unknown one.
const HARMLESS: [&str; 6] = ["kind", "file", "user", "scopes", "ims", "client_id"];

/// Tables of credentials.
const TABLES: [&str; 2] = ["auth", "headers"];

/// A text of the same length in which values of secrets are stars.
pub(super) fn hide(text: &Arc<str>) -> Arc<str> {
    let mut hidden = String::with_capacity(text.len());
    let (mut in_table, mut open) = (false, None);
    for line in text.split_inclusive('\n') {
        if let Some(quotes) = open {
            open = (!line.contains(quotes)).then_some(quotes);
            push_stars(&mut hidden, line);
            continue;
        }
        let trimmed = line.trim_start();
        if trimmed.starts_with('[') {
            in_table = is_secret_table(trimmed.trim_matches(['[', ']', '\n', '\r', ' ']));
        }
        let value = line.find('=').map(|at| at + 1);
        match value.filter(|at| is_secret(&line[..at - 1], in_table)) {
            None => hidden.push_str(line),
            Some(at) => {
                let (key, value) = line.split_at(at);
                hidden.push_str(key);
                push_stars(&mut hidden, value);
                open = ["\"\"\"", "'''"]
                    .into_iter()
                    .find(|quotes| value.matches(quotes).count() == 1);
            }
        }
    }
    if hidden == **text {
        return Arc::clone(text);
    }
    Arc::from(hidden)
}

/// Whether one of a dotted name's parts is that of a table of credentials.
fn is_secret_table(name: &str) -> bool {
    let mut parts = name.split('.').map(unquoted);
    parts.any(|part| TABLES.contains(&part))
}

/// Whether a key has a value to hide.
fn is_secret(key: &str, in_table: bool) -> bool {
    let last = unquoted(key.rsplit('.').next().unwrap_or(key));
    SECRET.contains(&last) || (in_table || is_secret_table(key)) && !HARMLESS.contains(&last)
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
    fn what_has_no_secrets_is_the_same() {
        let text: Arc<str> = Arc::from("title = \"A\"\n[aem]\npublish = \"https://a.example\"\n");
        assert!(Arc::ptr_eq(&text, &hide(&text)));
    }
}
