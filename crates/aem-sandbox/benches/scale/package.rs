//! A package of one model and as many fragments as wanted, the same in every run.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<jcr:root xmlns:sling="http://sling.apache.org/jcr/sling/1.0" xmlns:dam="http://www.day.com/dam/1.0" xmlns:cq="http://www.day.com/jcr/cq/1.0" xmlns:jcr="http://www.jcp.org/jcr/1.0" xmlns:nt="http://www.jcp.org/jcr/nt/1.0""#;
const QUERY: &str = "query ($after: String, $sort: String) { postPaginated(first: 100, after: $after, sort: $sort) {
  edges { cursor node { _path title author body { html } rating } } pageInfo { endCursor hasNextPage } } }";

/// A package of one model, a thousand fragments to a folder.
pub(crate) fn write(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let put = |path: &str, text: &str| {
        let file = dir.join("jcr_root").join(path);
        fs::create_dir_all(file.parent().unwrap_or(dir))?;
        fs::write(file, text)
    };
    let mut fields = String::new();
    for (name, meta, kind) in [
        ("title", "text-single", "string"),
        ("author", "text-single", "string"),
        ("body", "text-multi", "string/multiline"),
        ("topics", "tags", "string/tags[]"),
        ("rating", "number", "long"),
        ("featured", "boolean", "boolean"),
        ("published", "date", "calendar/datetime"),
        ("next", "fragment-reference", "string/content-fragment"),
    ] {
        let model = "fragmentmodelreference=\"/conf/many/settings/dam/cfm/models/post\"";
        write!(
            fields,
            "<{name} metaType=\"{meta}\" name=\"{name}\" valueType=\"{kind}\" {model}/>"
        )?;
    }
    put(
        "conf/many/settings/dam/cfm/models/post/.content.xml",
        &format!(
            "{HEAD} jcr:primaryType=\"cq:Template\"><jcr:content jcr:title=\"Post\"><model><cq:dialog><content><items>{fields}\
             </items></content></cq:dialog></model></jcr:content></jcr:root>"
        ),
    )?;
    put(
        "content/_cq_graphql/many/endpoint/.content.xml",
        &format!("{HEAD} sling:resourceType=\"graphql/sites/components/endpoint\"/>"),
    )?;
    put(
        "conf/many/settings/graphql/persistentQueries/.content.xml",
        &format!("{HEAD}><posts><jcr:content jcr:data=\"{{Binary}}\"/></posts></jcr:root>"),
    )?;
    put(
        "conf/many/settings/graphql/persistentQueries/posts/_jcr_content/_jcr_data.binary",
        QUERY,
    )?;
    let text = "&lt;p>A paragraph of the length that paragraphs have, with &lt;b>some&lt;/b> markup in it.&lt;/p>&#xa;".repeat(6);
    for number in 0..count {
        let next = (number + 1) % count;
        let fragment = format!(
            r#"{HEAD}
    jcr:primaryType="dam:Asset" jcr:uuid="{:08x}-0000-4000-8000-{number:012x}">
    <jcr:content jcr:primaryType="dam:AssetContent" jcr:title="Post {number}" contentFragment="{{Boolean}}true"
        jcr:lastModified="{{Date}}2024-03-07T18:48:31.772+01:00">
        <data jcr:primaryType="nt:unstructured" cq:model="/conf/many/settings/dam/cfm/models/post">
            <master jcr:primaryType="nt:unstructured" title="Post {number}" author="Author {}" body="{text}"
                body_x0040_ContentType="text/html" topics="[sea:fog,sea:salt]" rating="{{Long}}{}" featured="{{Boolean}}true"
                published="{{Date}}2024-03-07T17:48:31.772Z"
                next="/content/dam/many/en/{:03}/post-{next:06}"/>
        </data>
        <metadata jcr:primaryType="nt:unstructured" cq:tags="[sea:fog]"/>
    </jcr:content>
</jcr:root>
"#,
            number.wrapping_mul(2_654_435_761) & 0xffff_ffff,
            number % 91,
            number % 97,
            next / 1000,
        );
        let path = format!(
            "content/dam/many/en/{:03}/post-{number:06}/.content.xml",
            number / 1000
        );
        put(&path, &fragment)?;
    }
    Ok(())
}
