//! Content as a FileVault package: the files that an embedded sandbox reads.

use std::fmt::Write as _;

/// Where the configuration of the site's content lies.
const CONF: &str = "jcr_root/conf/steps/settings";

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<jcr:root xmlns:jcr="http://www.jcp.org/jcr/1.0" xmlns:cq="http://www.day.com/jcr/cq/1.0" xmlns:dam="http://www.day.com/dam/1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sling="http://sling.apache.org/jcr/sling/1.0" xmlns:nt="http://www.jcp.org/jcr/nt/1.0""#;

/// A file in the package, and what is in it.
pub(super) type File = (String, Vec<u8>);

/// The fields of a model: name, `metaType`, `valueType`.
type Fields = &'static [(&'static str, &'static str, &'static str)];

const TEXT: (&str, &str) = ("text-single", "string");

/// Every model of the site.
pub(super) const MODELS: [(&str, Fields); 3] = [
    (
        "story",
        &[
            ("title", TEXT.0, TEXT.1),
            ("slug", TEXT.0, TEXT.1),
            ("alias", TEXT.0, TEXT.1),
            ("rank", "number", "long"),
            ("kind", TEXT.0, TEXT.1),
            ("body", "text-multi", "string/multiline"),
            ("author", "fragment-reference", "string/content-fragment"),
            ("related", "fragment-reference", "string/content-fragment[]"),
            ("picture", "reference", "string/reference"),
        ],
    ),
    (
        "person",
        &[
            ("slug", TEXT.0, TEXT.1),
            ("name", TEXT.0, TEXT.1),
            ("bio", "text-multi", "string/multiline"),
        ],
    ),
    (
        "note",
        &[("text", TEXT.0, TEXT.1), ("weight", "number", "long")],
    ),
];

fn content(folder: &str, attributes: &str) -> File {
    let text = format!("{HEAD}{attributes}</jcr:root>\n");
    (format!("{folder}/.content.xml"), text.into_bytes())
}

/// Text inside an attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// Models and the endpoint.
pub(super) fn configuration() -> Vec<File> {
    let endpoint = " sling:resourceType=\"graphql/sites/components/endpoint\">";
    let mut files = vec![content(
        "jcr_root/content/_cq_graphql/steps/endpoint",
        endpoint,
    )];
    files.extend(MODELS.iter().map(|(name, fields)| model(name, fields)));
    files
}

fn model(name: &str, fields: Fields) -> File {
    let mut items = String::new();
    for (field, meta, kind) in fields {
        // A field that refers to fragments says of which model they may be.
        let to = if *field == "author" {
            "person"
        } else {
            "story"
        };
        write!(
            items,
            r#"<{field} metaType="{meta}" name="{field}" valueType="{kind}" default-mime-type="text/html" fragmentmodelreference="/conf/steps/settings/dam/cfm/models/{to}"/>"#
        )
        .unwrap();
    }
    let mut title = name.to_owned();
    title[..1].make_ascii_uppercase();
    content(
        &format!("{CONF}/dam/cfm/models/{name}"),
        &format!(
            " jcr:primaryType=\"cq:Template\"><jcr:content jcr:title=\"{title}\"><model><cq:dialog><content><items>{items}</items></content></cq:dialog></model></jcr:content>"
        ),
    )
}

/// Persisted queries by name.
pub(super) fn queries(texts: &[(String, String)]) -> Vec<File> {
    let folder = format!("{CONF}/graphql/persistentQueries");
    let mut nodes = String::new();
    let mut files = Vec::new();
    for (name, text) in texts {
        write!(
            nodes,
            "<{name}><jcr:content jcr:data=\"{{Binary}}\"/></{name}>"
        )
        .unwrap();
        let file = format!("{folder}/{name}/_jcr_content/_jcr_data.binary");
        files.push((file, text.clone().into_bytes()));
    }
    files.push(content(&folder, &format!(">{nodes}")));
    files
}

/// The value of a field, as FileVault writes it.
pub(super) enum Value {
    Text(String),
    Html(String),
    Number(u64),
    List(Vec<String>),
}

/// A fragment with the tags of its metadata.
pub(super) fn fragment(path: &str, model: &str, fields: &[(&str, Value)], tags: &[String]) -> File {
    let mut values = String::new();
    for (name, value) in fields {
        let written = match value {
            Value::Text(text) => escape(text),
            Value::Html(text) => {
                write!(values, " {name}_x0040_ContentType=\"text/html\"").unwrap();
                escape(text)
            }
            Value::Number(number) => format!("{{Long}}{number}"),
            Value::List(texts) => format!("[{}]", escape(&texts.join(","))),
        };
        write!(values, " {name}=\"{written}\"").unwrap();
    }
    let tags = tags.join(",");
    content(
        &format!("jcr_root{path}"),
        &format!(
            r#" jcr:primaryType="dam:Asset"><jcr:content jcr:primaryType="dam:AssetContent" jcr:title="Fragment" contentFragment="{{Boolean}}true"><data jcr:primaryType="nt:unstructured" cq:model="/conf/steps/settings/dam/cfm/models/{model}"><master jcr:primaryType="nt:unstructured"{values}/></data><metadata jcr:primaryType="nt:unstructured" cq:tags="[{tags}]"/></jcr:content>"#
        ),
    )
}

/// A picture with its bytes.
pub(super) fn picture(path: &str, bytes: Vec<u8>) -> [File; 2] {
    let node = content(
        &format!("jcr_root{path}"),
        r#" jcr:primaryType="dam:Asset"><jcr:content jcr:primaryType="dam:AssetContent"><metadata jcr:primaryType="nt:unstructured" dam:MIMEtype="image/png" dc:format="image/png"/></jcr:content>"#,
    );
    let original = format!("jcr_root{path}/_jcr_content/renditions/original");
    [node, (original, bytes)]
}
