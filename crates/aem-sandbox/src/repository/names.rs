//! Node names as FileVault writes them: platform names of files and folders, and ISO 9075 names in XML.
//!
//! Source: aem-protocol.md, sections 14.1 and 14.2.

use percent_encoding::percent_decode_str;

/// The repository name of a file or folder name: `_jcr_content` is `jcr:content`, `__cq_x` is `_cq_x`, `%xx` is decoded.
pub(crate) fn from_platform(name: &str) -> String {
    let decoded = percent_decode_str(name).decode_utf8_lossy();
    let Some(rest) = decoded.strip_prefix('_') else {
        return decoded.into_owned();
    };
    if rest.starts_with('_') {
        return rest.to_owned();
    }
    match rest.split_once('_') {
        Some((prefix, local)) => format!("{prefix}:{local}"),
        None => decoded.into_owned(),
    }
}

/// The name behind an ISO 9075 encoded XML name: every `_xHHHH_` is the character with that code.
pub(crate) fn from_xml(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find("_x") {
        let (before, candidate) = rest.split_at(start);
        out.push_str(before);
        match escaped_char(candidate) {
            Some(c) => {
                out.push(c);
                rest = &candidate[7..];
            }
            None => {
                out.push_str("_x");
                rest = &candidate[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character of a leading `_xHHHH_`.
fn escaped_char(text: &str) -> Option<char> {
    let digits = text.get(2..6)?;
    if text.as_bytes().get(6) != Some(&b'_') || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_names_are_decoded() {
        for (platform, name) in [
            ("_jcr_content", "jcr:content"),
            ("_cq_test_image.jpg", "cq:test_image.jpg"),
            ("__cq_x", "_cq_x"),
            ("_testimage.jpg", "_testimage.jpg"),
            ("a%3ab", "a:b"),
            ("plain", "plain"),
            ("_", "_"),
            ("", ""),
        ] {
            assert_eq!(from_platform(platform), name, "{platform}");
        }
    }

    #[test]
    fn xml_names_are_decoded() {
        for (xml, name) in [
            ("_x0031_570129167801", "1570129167801"),
            ("biography_x0040_ContentType", "biography@ContentType"),
            ("_x005f_x0040_", "_x0040_"),
            ("a_x00zz_b", "a_x00zz_b"),
            ("_x", "_x"),
            ("größe_x0020_x", "größe x"),
            ("_x12é4_", "_x12é4_"),
        ] {
            assert_eq!(from_xml(xml), name, "{xml}");
        }
    }
}
