//! Every TOML block of the documentation is read by the real loader.
//!
//! What a block is can be told from its keys; where it cannot, an HTML comment before the block says so:
//! `<!-- site.toml -->`, `<!-- definition -->`, `<!-- content/NAME.md -->` for front matter, or
//! `<!-- toml: other -->` for a file that is not Frieze's.
//! A block need not be whole: what is missing for a site or a definition is added to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use frieze::config::{self, Config, Overrides, parse_site};
use frieze::local;
use frieze::query;
use frieze::table::SourceFile;

use crate::support::{SiteTest, workspace};

/// A block of TOML in a page.
struct Block {
    /// `docs/queries.md:12`
    place: String,
    text: String,
    /// The comment before it.
    mark: Option<String>,
}

/// What a block is an example of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Site,
    Definition,
    FrontMatter,
    Other,
}

/// Top-level keys of `site.toml`.
const SITE_KEYS: [&str; 18] = [
    "title",
    "base_url",
    "default_language",
    "languages",
    "aem",
    "fetch",
    "guard",
    "assets",
    "output",
    "sitemap",
    "feed",
    "robots",
    "redirects",
    "search",
    "links",
    "menus",
    "extra",
    "environments",
];

/// Top-level keys of a definition.
const DEFINITION_KEYS: [&str; 16] = [
    "persisted",
    "document",
    "variables",
    "paging",
    "page_size",
    "paging_variables",
    "freshness",
    "optional",
    "min_items",
    "root",
    "for_each",
    "pages",
    "lists",
    "taxonomies",
    "openapi",
    "json",
];

#[test]
fn every_block_is_accepted_by_the_loader() {
    let pages = pages(workspace());
    assert!(!pages.is_empty(), "there is documentation");
    let mut problems = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(workspace().join(&page)).unwrap();
        for block in blocks(&page.display().to_string().replace('\\', "/"), &text) {
            problems.extend(problem(&block));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[cfg(all(feature = "sandbox", feature = "serve"))]
#[test]
fn the_help_in_the_readme_is_that_of_the_program() {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let mut blocks = readme.split("<!-- frieze ").skip(1).peekable();
    assert!(blocks.peek().is_some(), "there is some");
    for block in blocks {
        let (command, rest) = block.split_once(" -->\n```text\n").unwrap();
        let shown = rest.split("\n```").next().unwrap();
        let arguments: Vec<&str> = command.split(' ').collect();
        let help = SiteTest::new().run(&arguments).good();
        let help = help.stdout().trim_end();
        assert!(
            help == shown,
            "`frieze {command}` prints this, which is to stand in README.md:\n{help}"
        );
    }
}

/// `README.md` and every page below `docs/`.
fn pages(root: &Path) -> Vec<PathBuf> {
    let docs = walkdir::WalkDir::new(root.join("docs")).sort_by_file_name();
    let docs = docs
        .into_iter()
        .filter_map(Result::ok)
        .map(|e| e.into_path());
    let readme = root.join("README.md");
    [readme]
        .into_iter()
        .chain(docs)
        .filter(|path| path.extension().is_some_and(|e| e == "md") && path.is_file())
        .map(|path| path.strip_prefix(root).unwrap().to_path_buf())
        .collect()
}

/// The blocks fenced as TOML.
fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut mark = None;
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if let Some(comment) = line
            .strip_prefix("<!--")
            .and_then(|l| l.strip_suffix("-->"))
        {
            mark = Some(comment.trim().to_owned());
            continue;
        }
        let fence = line.len() - line.trim_start_matches('`').len();
        if fence < 3 {
            if !line.is_empty() {
                mark = None;
            }
            continue;
        }
        let language = line[fence..].split([' ', ',']).next().unwrap_or_default();
        let is_toml = language.eq_ignore_ascii_case("toml");
        let mut body = String::new();
        for (_, line) in lines.by_ref() {
            let trimmed = line.trim();
            if trimmed.len() >= fence && trimmed.bytes().all(|b| b == b'`') {
                break;
            }
            // A block in a list is indented with it.
            let blank = line.len() - line.trim_start().len();
            body.push_str(&line[indent.min(blank)..]);
            body.push('\n');
        }
        let mark = mark.take();
        if is_toml {
            let place = format!("{page}:{number}");
            found.push(Block {
                place,
                text: body,
                mark,
            });
        }
    }
    found
}

/// What is wrong with a block.
fn problem(block: &Block) -> Option<String> {
    let table: toml::Table = match block.text.parse() {
        Ok(table) => table,
        Err(error) => return Some(format!("{}: not TOML: {error}", block.place)),
    };
    let report = match kind(block, &table) {
        Ok(Kind::Site) => site(block, &table).err(),
        Ok(Kind::Definition) => definition(block, &table).err(),
        Ok(Kind::FrontMatter) => front_matter(block).err(),
        Ok(Kind::Other) => None,
        Err(why) => Some(why),
    };
    report.map(|report| format!("{}\n{report}", block.place))
}

/// By its comment, else by its keys.
fn kind(block: &Block, table: &toml::Table) -> Result<Kind, String> {
    match block.mark.as_deref() {
        Some("site.toml") => return Ok(Kind::Site),
        Some("definition") => return Ok(Kind::Definition),
        Some("toml: other") => return Ok(Kind::Other),
        Some(mark) if mark.starts_with("content/") && mark.ends_with(".md") => {
            return Ok(Kind::FrontMatter);
        }
        _ => {}
    }
    // Ordinary words come in many files; one that only a definition or only a site has decides.
    let has = |keys: &[&str]| table.keys().any(|key| keys.contains(&key.as_str()));
    match (has(&SITE_KEYS), has(&DEFINITION_KEYS)) {
        (true, false) => Ok(Kind::Site),
        (false, true) => Ok(Kind::Definition),
        _ => Err(
            "it cannot be told what this is; say it in a line before: `<!-- site.toml -->`, \
                  `<!-- definition -->` or `<!-- toml: other -->`"
                .to_owned(),
        ),
    }
}

/// Reads a site's configuration, with what a fragment lacks; also with each of its environments, since
/// each is one that somebody will choose.
fn site(block: &Block, table: &toml::Table) -> Result<(), String> {
    const ORIGIN: &str = "publish = \"https://publish-p1-e1.adobeaemcloud.com\"\n";
    let mut text = block.text.clone();
    let names_origin = |aem: &toml::Value| {
        let keys = ["publish", "preview", "author", "sandbox"];
        keys.iter().any(|key| aem.get(key).is_some())
    };
    match table.get("aem") {
        Some(aem) if names_origin(aem) => {}
        // The table may be there with other keys, or implied by `[aem.headers.publish]`.
        Some(_) if text.contains("[aem]\n") => {
            text = text.replacen("[aem]\n", &format!("[aem]\n{ORIGIN}"), 1);
        }
        _ => text.extend(["\n[aem]\n", ORIGIN]),
    }
    if !table.contains_key("base_url") {
        text.insert_str(0, "base_url = \"https://www.example.com\"\n");
    }
    let environments = table.get("environments").and_then(toml::Value::as_table);
    let environments = environments.into_iter().flat_map(toml::Table::keys);
    for environment in [None].into_iter().chain(environments.map(Some)) {
        parse(&text, environment.map(String::as_str))?;
    }
    Ok(())
}

fn parse(text: &str, environment: Option<&str>) -> Result<Config, String> {
    let file = SourceFile {
        name: config::FILE.to_owned(),
        text: Arc::from(text),
    };
    let overrides = Overrides {
        environment: environment.map(str::to_owned),
        ..Overrides::default()
    };
    // Variables of an example are set to something that fits wherever a host is due.
    let lookup = |_: &str| Some("https://variable.example".to_owned());
    parse_site(&file, Path::new("/site"), &overrides, &lookup)
        .map(|config| config.value)
        .map_err(|found| found.to_string())
}

/// Reads a definition, with a query where a fragment has none, and with the files and definitions that it
/// refers to.
fn definition(block: &Block, table: &toml::Table) -> Result<(), String> {
    let site = SiteTest::new();
    let mut text = block.text.clone();
    let asks = ["persisted", "document", "openapi", "json"];
    if !asks.iter().any(|key| table.contains_key(*key)) {
        text.insert_str(0, "persisted = \"articles-all\"\n");
    }
    site.write("content-queries/example.toml", &text);
    if let Some(document) = table.get("document").and_then(toml::Value::as_str) {
        site.write(
            &format!("content-queries/{document}"),
            "{ articleList { items { _path } } }",
        );
    }
    let followed = table.get("for_each").and_then(|each| each.get("query"));
    if let Some(followed) = followed.and_then(toml::Value::as_str) {
        site.write(
            &format!("content-queries/{followed}.toml"),
            "persisted = \"followed\"\n",
        );
    }
    let configuration = "base_url = \"https://www.example.com\"\ndefault_language = \"en\"\n\
                         [languages.en]\n[languages.fr]\n[languages.de]\n\
                         [aem]\nconfiguration = \"example\"\npublish = \"https://publish.example\"\n";
    let config = Config {
        root: site.path(""),
        ..parse(configuration, None)?
    };
    query::load(&config)
        .map(|_| ())
        .map_err(|found| found.to_string())
}

/// Reads a Markdown file that begins with it.
fn front_matter(block: &Block) -> Result<(), String> {
    let site = SiteTest::new();
    site.write("content/example.md", &format!("+++\n{}+++\n", block.text));
    let configuration = "base_url = \"https://www.example.com\"\ndefault_language = \"en\"\n\
                         [languages.en]\n[languages.fr]\n[aem]\npublish = \"https://publish.example\"\n";
    let config = Config {
        root: site.path(""),
        ..parse(configuration, None)?
    };
    let found = local::load(&config).found;
    if found.is_empty() {
        Ok(())
    } else {
        Err(found.to_string())
    }
}

#[test]
fn blocks_are_found_and_told_apart() {
    let page = "\
# Page

```toml
base_url = \"https://a.example\"
```

1. In a list:

   ```toml
   persisted = \"x\"
   [for_each]
   query = \"y\"
   ```

````md
```toml
this is = not TOML
```
````

<!-- toml: other -->

```toml
[package]
```

```toml
[package]
```
";
    let blocks = blocks("page.md", page);
    let places: Vec<&str> = blocks.iter().map(|block| block.place.as_str()).collect();
    assert_eq!(
        places,
        ["page.md:3", "page.md:9", "page.md:23", "page.md:27"]
    );
    let kinds: Vec<Option<Kind>> = blocks
        .iter()
        .map(|block| kind(block, &block.text.parse().unwrap()).ok())
        .collect();
    let expected = [Kind::Site, Kind::Definition, Kind::Other].map(Some);
    assert_eq!(kinds[..3], expected);
    assert_eq!(kinds[3], None, "nobody says what it is");
    assert!(problem(&blocks[3]).is_some());
}

#[test]
fn a_wrong_block_is_a_problem() {
    let block = |text: &str| Block {
        place: "page.md:1".to_owned(),
        text: text.to_owned(),
        mark: None,
    };
    for good in [
        "[fetch]\nconcurrency = 4\n",
        "[aem]\ntier = \"publish\"\n",
        "[aem]\nsandbox = \"sandbox\"\n[environments.live.aem]\npublish = \"https://host.example\"\n",
        "[pages]\nroute = \"/x/{{ item.slug }}/\"\ntemplate = \"x.html\"\n",
        "document = \"x.graphql\"\n[for_each]\nquery = \"y\"\nvariables = { a = \"{{ parent.a }}\" }\n",
    ] {
        assert_eq!(problem(&block(good)), None, "{good}");
    }
    for wrong in [
        "[fetch]\nconcurency = 4\n",
        "[aem]\ntier = \"stage\"\n",
        "[aem]\nsandbox = \"sandbox\"\n[environments.live.aem]\npublish = \"nonsense\"\n",
        "[pages]\nroute = \"x\"\ntemplate = \"x.html\"\n",
        "persisted = \"x\"\n[[lists]]\nroute = \"/\"\n",
        "base_url = \n",
        "answer = 42\n",
    ] {
        assert!(problem(&block(wrong)).is_some(), "{wrong}");
    }
    let titel = Block {
        mark: Some("content/a.md".to_owned()),
        ..block("titel = \"A\"\n")
    };
    assert!(problem(&titel).is_some());
}
