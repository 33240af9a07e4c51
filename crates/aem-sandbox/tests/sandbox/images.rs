//! Image delivery that resizes and re-encodes (aem-protocol.md, sections 7.1 and 7.2).

use crate::http::{self, Answer};
use aem_sandbox::{Options, Sandbox, Tier};
use image::{DynamicImage, ImageFormat};
use std::net::SocketAddr;
use std::path::Path;

const UUID: &str = "7b0cf0d5-3a8e-4b57-9d5e-0d2f3e5a9c11";
const ORIGINAL: &str = "/content/dam/kiln/glaze.png";

/// A package with one picture, 600 × 300, that has a stored thumbnail.
fn package() -> tempdir::Folder {
    let folder = tempdir::Folder::new("images");
    let asset = folder.path().join("jcr_root/content/dam/kiln/glaze.png");
    let renditions = asset.join("_jcr_content/renditions");
    std::fs::create_dir_all(&renditions).unwrap();
    let picture = image::RgbImage::from_fn(600, 300, |x, y| {
        let shade = |n: u32| u8::try_from(n % 256).unwrap();
        image::Rgb([shade(x), shade(y), shade(x + y)])
    });
    let picture = DynamicImage::ImageRgb8(picture);
    picture
        .save_with_format(renditions.join("original"), ImageFormat::Png)
        .unwrap();
    picture
        .thumbnail(48, 48)
        .save_with_format(
            renditions.join("cq5dam.thumbnail.48.48.png"),
            ImageFormat::Png,
        )
        .unwrap();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jcr:root xmlns:jcr=\"http://www.jcp.org/jcr/1.0\" \
         xmlns:dam=\"http://www.day.com/dam/1.0\" xmlns:nt=\"http://www.jcp.org/jcr/nt/1.0\" \
         jcr:primaryType=\"dam:Asset\" jcr:uuid=\"{UUID}\"><jcr:content jcr:primaryType=\"dam:AssetContent\">\
         <metadata jcr:primaryType=\"nt:unstructured\" dam:MIMEtype=\"image/png\"/></jcr:content></jcr:root>"
    );
    std::fs::write(asset.join(".content.xml"), xml).unwrap();
    folder
}

async fn start(dir: &Path, options: Options) -> Sandbox {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start(dir, options, address).await.unwrap()
}

fn delivery(file: &str) -> String {
    format!("/adobe/dynamicmedia/deliver/dm-aid--{UUID}/{file}")
}

fn picture(answer: &Answer) -> (ImageFormat, u32, u32) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let format = image::guess_format(&answer.body).unwrap();
    assert_eq!(answer.header("content-type"), format.to_mime_type());
    let picture = image::load_from_memory(&answer.body).unwrap();
    (format, picture.width(), picture.height())
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_and_formats() {
    let folder = package();
    let sandbox = start(folder.path(), Options::default()).await;
    let get = |file: &str| picture(&http::get(sandbox.address(), &delivery(file)));
    use ImageFormat::{Gif, Jpeg, Png, WebP};
    for (file, expected) in [
        ("glaze.png", (Png, 600, 300)),
        ("glaze.png?width=400", (Png, 400, 200)),
        ("glaze.jpg?width=400", (Jpeg, 400, 200)),
        ("seo_name.webp?width=100", (WebP, 100, 50)),
        ("glaze.webply", (WebP, 600, 300)),
        ("glaze.gif?width=60", (Gif, 60, 30)),
        ("glaze.jpg?width=4000", (Jpeg, 600, 300)),
        ("glaze.jpg?width=1200&width=40", (Jpeg, 40, 20)),
        ("glaze.jpg?crop=100,0,300,300&width=150", (Jpeg, 150, 150)),
        ("glaze.jpg?rotate=90", (Jpeg, 300, 600)),
        ("glaze.jpg?size=80,80&width=7", (Jpeg, 80, 80)),
        ("glaze.jpg?width=0&rotate=12&crop=x&beyond=1", (Jpeg, 1, 1)),
        // `preferwebp` needs a client that says it takes WebP.
        ("glaze.jpg?preferwebp=true&width=40", (Jpeg, 40, 20)),
    ] {
        assert_eq!(get(file), expected, "{file}");
    }
    let size = |file: &str| http::get(sandbox.address(), &delivery(file)).body.len();
    assert!(size("glaze.jpg?quality=10") < size("glaze.jpg?quality=95"));
    let missing = "/adobe/dynamicmedia/deliver/dm-aid--00000000-0000-0000-0000-000000000000/a.jpg";
    assert_eq!(http::get(sandbox.address(), missing).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn webp_where_the_client_takes_it() {
    let folder = package();
    let sandbox = start(folder.path(), Options::default()).await;
    let path = delivery("glaze.jpg?preferwebp=true&width=60");
    let get = |accept: &str, etag: &str| {
        let headers = [("Accept", accept), ("If-None-Match", etag)];
        http::send(sandbox.address(), "GET", &path, &headers, "")
    };
    let webp = get("image/webp,image/*,*/*;q=0.8", "");
    assert_eq!(picture(&webp), (ImageFormat::WebP, 60, 30));
    assert_eq!(webp.header("vary"), "Accept");
    assert_eq!(
        webp.header("cache-control"),
        "public, max-age=600, immutable"
    );
    let jpeg = get("image/*", "");
    assert_eq!(picture(&jpeg), (ImageFormat::Jpeg, 60, 30));
    assert_ne!(webp.header("etag"), jpeg.header("etag"));
    assert_eq!(get("image/webp", webp.header("etag")).status, 304);
    assert_eq!(get("image/*", webp.header("etag")).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_original_is_delivered_anew() {
    let folder = package();
    let sandbox = start(folder.path(), Options::default()).await;
    let get = || {
        picture(&http::get(
            sandbox.address(),
            &delivery("glaze.jpg?width=100"),
        ))
    };
    assert_eq!(get(), (ImageFormat::Jpeg, 100, 50));
    let original = folder
        .path()
        .join("jcr_root/content/dam/kiln/glaze.png/_jcr_content/renditions/original");
    let square = image::RgbImage::new(500, 500);
    square
        .save_with_format(&original, ImageFormat::Png)
        .unwrap();
    assert_eq!(get(), (ImageFormat::Jpeg, 100, 100));
    // What cannot be decoded is served from what is stored.
    std::fs::write(&original, "no picture").unwrap();
    let stored = http::get(sandbox.address(), &delivery("glaze.jpg?width=40"));
    assert_eq!(picture(&stored), (ImageFormat::Png, 48, 24));
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_renditions_on_demand() {
    let folder = package();
    let renditions = format!("{ORIGINAL}/_jcr_content/renditions");
    let sandbox = start(folder.path(), Options::default()).await;
    let status = |name: &str| http::get(sandbox.address(), &format!("{renditions}/{name}")).status;
    assert_eq!(status("cq5dam.thumbnail.48.48.png"), 200);
    assert_eq!(status("cq5dam.web.1280.1280.jpeg"), 404);

    let options = Options {
        standard_renditions: true,
        ..Options::default()
    };
    let sandbox = start(folder.path(), options).await;
    let get = |name: &str| http::get(sandbox.address(), &format!("{renditions}/{name}"));
    assert_eq!(
        picture(&get("cq5dam.web.1280.1280.jpeg")),
        (ImageFormat::Jpeg, 600, 300)
    );
    assert_eq!(
        picture(&get("cq5dam.thumbnail.140.100.png")),
        (ImageFormat::Png, 140, 70)
    );
    assert_eq!(get("cq5dam.thumbnail.141.100.png").status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn author_keeps_nothing() {
    let folder = package();
    let options = Options {
        tier: Tier::Author,
        ..Options::default()
    };
    let sandbox = start(folder.path(), options).await;
    let headers = [("Authorization", "Basic YWRtaW46YWRtaW4=")];
    let path = delivery("glaze.jpg?width=40");
    let answer = http::send(sandbox.address(), "GET", &path, &headers, "");
    assert_eq!(picture(&answer), (ImageFormat::Jpeg, 40, 20));
    assert_eq!(answer.header("cache-control"), "no-cache");
}

/// A folder that goes away with the test.
mod tempdir {
    use std::path::{Path, PathBuf};

    pub(super) struct Folder(PathBuf);

    impl Folder {
        pub(super) fn new(name: &str) -> Self {
            use std::sync::atomic::{AtomicU32, Ordering};
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("aem-sandbox-{name}-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        pub(super) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
