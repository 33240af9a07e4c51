//! `image()`: which images are asked for, and what the page says about those that came.

use std::collections::BTreeMap;

use crate::support::{Answer, Press, Request, Scripted, article, assert_report, png};

/// Where the picture is delivered.
const BOWL: &str = "/adobe/dynamicmedia/deliver/dm-aid--1/bowl.jpg";

/// The beginning of a WebP.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    bytes.extend(&(width - 1).to_le_bytes()[..3]);
    bytes.extend(&(height - 1).to_le_bytes()[..3]);
    bytes
}

/// Image delivery of an original of that size: nothing is made wider, and WebP is for those who know it.
fn deliver(request: &Request, width: u32, height: u32) -> Answer {
    let (_, query) = request.path.split_once('?').unwrap_or_default();
    let parameters: BTreeMap<&str, &str> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let crop = parameters.get("crop").map(|crop| {
        let numbers: Vec<u32> = crop.split(',').map(|n| n.parse().unwrap()).collect();
        (numbers[2], numbers[3])
    });
    let (width, height) = crop.unwrap_or((width, height));
    let asked: u32 = parameters
        .get("width")
        .map_or(width, |n| n.parse().unwrap());
    let (own, asked) = (width, asked.min(width));
    let height = (height * asked + own / 2) / own;
    let accepts = request
        .header("accept")
        .unwrap_or_default()
        .contains("image/webp");
    match parameters.get("preferwebp") == Some(&"true") && accepts {
        true => Answer::of("image/webp", webp(asked, height)),
        false => Answer::of("image/png", png(asked, height)),
    }
}

/// A site whose articles show a picture; `other` answers for what is no image delivery.
fn press(
    picture: &str,
    template: &str,
    other: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> Press {
    let press = Press::standing();
    press.site.write("templates/article.html", template);
    let items: Vec<String> = ["one", "two"]
        .iter()
        .map(|slug| article(slug).replacen('{', &format!(r#"{{"picture":{picture},"#), 1))
        .collect();
    press.aem.now(move |request| {
        if let Some(answer) = other(request) {
            return answer;
        }
        match request.path.starts_with("/graphql") {
            true => Answer::items(&items),
            false => deliver(request, 1200, 800),
        }
    });
    press
}

/// A picture of 1200 by 800 pixels with image delivery.
fn bowl() -> String {
    format!(
        r#"{{"_path":"/content/dam/press/bowl.png","_dynamicUrl":"{BOWL}","width":1200,"height":800,"mimeType":"image/png"}}"#
    )
}

fn nothing(_: &Request) -> Option<Answer> {
    None
}

/// Paths that were asked for since the site stood, but for queries.
fn asked(press: &Press) -> Vec<String> {
    let requests = press.aem.requests();
    let paths = requests.into_iter().map(|request| request.path);
    let mut paths: Vec<String> = paths.filter(|path| !path.starts_with("/graphql")).collect();
    paths.sort();
    paths
}

#[track_caller]
fn page(press: &Press) -> String {
    press.site.page("articles/one/index.html")
}

#[test]
fn a_picture_comes_in_its_widths_and_formats() {
    let press = press(
        &bowl(),
        "{{ image(src=item.picture, alt='A \"bowl\" & a spoon', sizes='50vw', class='wide') }}\n",
        nothing,
    );
    press.site.build().good();
    insta::assert_snapshot!(page(&press));
    assert_eq!(
        asked(&press),
        [
            format!("{BOWL}?preferwebp=true&width=1200"),
            format!("{BOWL}?preferwebp=true&width=480"),
            format!("{BOWL}?preferwebp=true&width=960"),
            format!("{BOWL}?width=1200"),
        ],
        "nothing wider than the original, and each once for two pages"
    );
    let output = press.site.output();
    let names = output.names().into_iter();
    let images = names.filter(|name| name.starts_with("assets/"));
    for name in images {
        assert!(page(&press).contains(name), "{name}");
    }
    // Nothing has changed: nothing is made anew.
    let run = press.site.build().good();
    assert!(
        run.changes().starts_with("0 files written"),
        "{}",
        run.changes()
    );
}

#[test]
fn arguments_choose_widths_formats_parts_and_attributes() {
    let press = press(
        &bowl(),
        "{{ image(src=item.picture, alt='', widths=[300, 600], formats=[], ratio='1:1', quality=60, \
         loading='eager', fetchpriority='high', sources=[\
         {'media': '(max-width: 40em)', 'crop': [10, 20, 400, 100], 'widths': [200]}]) }}\n",
        nothing,
    );
    press.site.build().good();
    insta::assert_snapshot!(page(&press));
    assert_eq!(
        asked(&press),
        [
            format!("{BOWL}?crop=10,20,400,100&quality=60&width=200"),
            format!("{BOWL}?crop=200,0,800,800&quality=60&width=300"),
            format!("{BOWL}?crop=200,0,800,800&quality=60&width=600"),
        ]
    );
}

#[test]
fn an_original_comes_with_the_renditions_that_are_there() {
    let picture = r#"{"_path":"/content/dam/press/my bowl.png"}"#;
    let press = press(
        picture,
        "{{ image(src=item.picture, alt='') }}\n",
        |request| {
            let rendition = request.path.contains("/renditions/");
            let original = request.path.ends_with("/my%20bowl.png");
            match (rendition, original) {
                (true, _) => Some(Answer::of("image/png", png(1280, 853))),
                (_, true) => Some(Answer::of("application/octet-stream", png(3000, 2000))),
                _ => None,
            }
        },
    );
    press.site.build().good();
    insta::assert_snapshot!("originals", page(&press));
    press.aem.now(|request| match request.path.as_str() {
        path if path.starts_with("/graphql") => Answer::items(&[article("one").replacen(
            '{',
            r#"{"picture":"/content/dam/press/my bowl.png","#,
            1,
        )]),
        path if path.contains("/renditions/") => Answer::page(404),
        _ => Answer::of("image/png", png(3000, 2000)),
    });
    press.site.build().good();
    insta::assert_snapshot!("without_renditions", page(&press));
}

#[test]
fn a_site_may_leave_its_images_with_aem() {
    let template = "{{ image(src=item.picture, alt='A bowl') }}\n\
                    <a href=\"{{ asset(src='/content/dam/press/menu.pdf') }}\">Menu</a>\n";
    let press = press(&bowl(), template, nothing);
    press
        .site
        .append("site.toml", "\n[assets]\nmode = \"link\"\n");
    press.site.build().good();
    let host = press.aem.origin();
    insta::assert_snapshot!(page(&press).replace(&host, "[aem]"));
    assert_eq!(asked(&press), [""; 0]);
    // Nowhere else.
    for text in [
        "<p>{{ image(src=item.picture, alt='A bowl') | replace(from='<', to='') }}</p>",
        "<p data-x=\"HOST/adobe/x\">",
        "<a href=\"HOST/x\">",
    ] {
        press
            .site
            .write("templates/article.html", &text.replace("HOST", &host));
        let run = press.site.build().code(4);
        assert!(run.stderr().contains("a host of AEM"), "{}", run.stderr());
    }
}

#[test]
#[cfg(feature = "sandbox")]
fn a_sandbox_ends_with_the_build() {
    let press = press(&bowl(), "", nothing);
    press
        .site
        .replace("site.toml", "publish = \"${AEM}\"", "sandbox = \"sandbox\"");
    press.site.append(
        "site.toml",
        "\n[assets]\nmode = \"link\"\nwidths = []\nformats = [\"jpeg2000\"]\non_missing = \"ignore\"\n\
         hosts = [\"delivery.example\"]\nrenditions = [\"../x\"]\nwidth = 3\n",
    );
    assert_report!(press.site.build().code(2));
}

#[test]
fn what_image_cannot_show_is_told() {
    for (name, call) in [
        ("no_alt", "image(src=item.picture)"),
        ("null_alt", "image(src=item.picture, alt=item.nothing)"),
        ("null_src", "image(src=item.nothing, alt='')"),
        ("empty_src", "image(src=item.empty, alt='')"),
        ("no_reference", "image(src=item.author, alt='')"),
        ("a_document", "image(src=item.document, alt='')"),
        (
            "another_host",
            "image(src='https://elsewhere.example/adobe/assets/x', alt='')",
        ),
        (
            "another_argument",
            "image(src=item.picture, alt='', width=3)",
        ),
        (
            "wrong_widths",
            "image(src=item.picture, alt='', widths=['wide'])",
        ),
        (
            "wrong_loading",
            "image(src=item.picture, alt='', loading='later')",
        ),
        (
            "no_smart_crop",
            "image(src=item.picture, alt='', crop='Hero')",
        ),
        ("no_size", "image(src=item.unsized, alt='', ratio='1:1')"),
        (
            "no_media",
            "image(src=item.picture, alt='', sources=[{'ratio': '1:1'}])",
        ),
    ] {
        let fields = format!(
            r#"{},"nothing":null,"author":{{"name":"Ada","age":3}},"empty":{{}},"unsized":{{"_dynamicUrl":"{BOWL}"}},"document":{{"_path":"/content/dam/press/a.pdf","format":"application/pdf"}}"#,
            bowl()
        );
        let press = press(&fields, &format!("{{{{ {call} }}}}\n"), nothing);
        let run = press.site.build().code(1);
        press.assert_untouched();
        insta::with_settings!({omit_expression => true, filters => vec![(r"(?m)^fetching .*\n", "")]}, {
            insta::assert_snapshot!(name, run.stderr());
        });
    }
}

#[test]
fn a_missing_picture_may_be_a_grey_area() {
    let template = "{{ image(src=item.picture, alt='A bowl') }}\n";
    let gone = |request: &Request| {
        request
            .path
            .starts_with("/adobe")
            .then(|| Answer::page(404))
    };
    let press = press(&bowl(), template, gone);
    press.site.build().code(1);
    press.assert_untouched();
    press.site.append(
        "site.toml",
        "\n[assets]\non_missing = \"placeholder\"\nformats = []\nwidths = [600]\n",
    );
    let run = press.site.build().good();
    assert_report!(run);
    let page = page(&press);
    let (_, src) = page.split_once("src=\"/").unwrap();
    let (src, _) = src.split_once('"').unwrap();
    assert!(
        src.ends_with(".svg") && page.contains("width=\"600\" height=\"400\""),
        "{page}"
    );
    insta::assert_snapshot!("a_grey_area", press.site.page(src));
}

#[test]
fn a_drawing_that_acts_is_refused() {
    let drawing = r#"{"_path":"/content/dam/press/logo.svg","format":"image/svg+xml"}"#;
    for call in [
        "image(src=item.picture, alt='')",
        "asset(src=item.picture._path)",
    ] {
        let press = press(drawing, &format!("{{{{ {call} }}}}\n"), |request| {
            let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
            request
                .path
                .ends_with(".svg")
                .then(|| Answer::of("image/svg+xml", svg))
        });
        let run = press.site.build().code(1);
        press.assert_untouched();
        insta::with_settings!({omit_expression => true, filters => vec![(r"(?m)^fetching .*\n", "")]}, {
            insta::assert_snapshot!("a_drawing_that_acts", run.stderr());
        });
    }
    let press = press(
        drawing,
        "{{ image(src=item.picture, alt='') }}\n",
        |request| {
            let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 12\"><path d=\"M0 0\"/></svg>";
            request
                .path
                .ends_with(".svg")
                .then(|| Answer::of("image/svg+xml", svg))
        },
    );
    press.site.build().good();
    assert!(
        page(&press).contains(".svg\" width=\"24\" height=\"12\" alt=\"\""),
        "{}",
        page(&press)
    );
}

#[test]
fn what_came_in_the_place_of_a_picture_is_refused() {
    let template = "{{ image(src=item.picture, alt='') }}\n";
    for (answer, words) in [
        (
            Answer::of("image/png", "pixels"),
            "is no image that browsers show",
        ),
        (
            Answer::of("image/tiff", "II*\0\x08\0\0\0"),
            "is no image that browsers show",
        ),
        (Answer::of("image/png", &png(1, 1)[..17]), "is damaged"),
        (Answer::of("image/png", png(0, 1)), "is damaged"),
        (Answer::page(200), "HTML page"),
    ] {
        let press = press(&bowl(), template, move |request| {
            request.path.starts_with("/adobe").then(|| answer.clone())
        });
        let run = press.site.build().code(1);
        press.assert_untouched();
        assert!(run.stderr().contains(words), "{words}: {}", run.stderr());
    }
}

#[test]
fn another_host_gets_no_credentials() {
    let delivery = Scripted::start(|request| deliver(request, 900, 600));
    let host = delivery.origin().replace("http://", "");
    let picture = format!(r#"{{"repositoryId":"{host}","assetId":"urn:aaid:aem:12-ab"}}"#);
    let mut press = press(&picture, "{{ image(src=item.picture, alt='') }}\n", nothing);
    press.site.append(
        "site.toml",
        &format!(
            "\n[assets]\nhosts = [\"{}\"]\n\n[aem.headers.publish]\nX-Edge = \"${{EDGE}}\"\n\n[aem.auth]\nkind = \"token\"\ntoken = \"${{TOKEN}}\"\n",
            delivery.origin()
        ),
    );
    press.site.secret("EDGE", "edge-key-123");
    press.site.secret("TOKEN", "token-456");
    press.site.build().good();
    let requests = delivery.requests();
    let paths: Vec<&str> = requests
        .iter()
        .map(|request| request.path.as_str())
        .collect();
    assert_eq!(paths.len(), 4, "{paths:?}");
    assert!(
        paths.contains(&"/adobe/assets/urn:aaid:aem:12-ab/as/image.webp?width=480"),
        "{paths:?}"
    );
    for request in &requests {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("x-edge"), None);
    }
    // Asked for 480, 960 and 1600, it has made 480 and 900.
    assert!(
        page(&press).contains("480w, ") && page(&press).contains(" 900w\""),
        "{}",
        page(&press)
    );
}

#[test]
fn a_picture_of_the_site_itself() {
    let press = press(
        &bowl(),
        "{{ image(src='/img/logo.svg', alt='Press') }}\n",
        nothing,
    );
    press.site.write(
        "static/img/logo.svg",
        "<svg width='30' height='10'><script/></svg>",
    );
    press.site.build().good();
    let page = page(&press);
    assert!(
        page.contains("<img src=\"/img/logo.") && page.contains("width=\"30\" height=\"10\""),
        "{page}"
    );
}

#[test]
fn an_image_inside_rich_text_is_a_picture_like_others() {
    let text = r#"{"html":"<p>Look: <img class=\"wide\" src=\"/content/dam/press/bowl.png\" alt=\"A bowl\"></p>"}"#;
    let template = "{{ item.picture | rich_text }}{{ image(src=item.bowl, alt='') }}\n";
    let fields = format!(r#"{text},"bowl":{{"_path":"/content/dam/press/bowl.png"}}"#);
    let press = press(&fields, template, nothing);
    press.site.build().good();
    insta::assert_snapshot!(page(&press));
    assert_eq!(
        asked(&press),
        [
            "/content/dam/press/bowl.png",
            "/content/dam/press/bowl.png/_jcr_content/renditions/cq5dam.web.1280.1280.jpeg",
        ],
        "each once, wherever they are shown"
    );
}

/// A BMP of two pixels, the one red and the other green.
#[cfg(feature = "placeholder")]
const RED_AND_GREEN: &[u8] =
    b"BM\x3e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0\
    \x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\0\xff\0\0\0";

#[cfg(feature = "placeholder")]
#[test]
fn the_place_of_a_picture_may_have_its_colour() {
    let template = "{{ image(src=item.picture, alt='', placeholder='color') }}\n";
    let press = press(&bowl(), template, |request| {
        let image = request.path.starts_with("/adobe");
        image.then(|| Answer::of("image/bmp", RED_AND_GREEN))
    });
    press.site.build().good();
    assert!(
        page(&press).contains(" style=\"background:#808000\">"),
        "{}",
        page(&press)
    );
    let run = press.site.build().good();
    assert!(
        run.changes().starts_with("0 files written"),
        "{}",
        run.changes()
    );
}

#[cfg(not(feature = "placeholder"))]
#[test]
fn a_colour_takes_a_feature() {
    let template = "{{ image(src=item.picture, alt='', placeholder='color') }}\n";
    let press = press(&bowl(), template, nothing);
    let run = press.site.build().code(1);
    press.assert_untouched();
    insta::with_settings!({omit_expression => true, filters => vec![(r"(?m)^fetching .*\n", "")]}, {
        insta::assert_snapshot!(run.stderr());
    });
}
