// `frieze serve` as somebody sees it who edits a site with a page of it open beside the editor.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, beforeEach, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { PATIENCE, binary, copy, run, serve, until } from "./preview.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The page that is open, and others that were looked at before. */
const POPPY = "/herbarium/alpine-poppy/";
const LARCH = "/herbarium/european-larch/";
const HERBARIUM = "/herbarium/";
const ABOUT = "/about/";
const STORY = "/stories/forty-breakfasts/";
const JSON_OF_WALKS = "/walks/index.json";
/** Not those of Markdown files, whose links are looked at for every site (docs/incremental.md). */
const ALL = [POPPY, LARCH, HERBARIUM, STORY, JSON_OF_WALKS];

const FRAGMENT = "sandbox/jcr_root/content/dam/larch/en/plants/alpine-poppy/.content.xml";

function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}

const skip = binary ? false : "there is no binary: build frieze, or name one in FRIEZE_BIN";

describe("frieze serve", { skip }, () => {
  let site, preview, browser, page;

  before(async () => {
    site = await copy();
    preview = await serve(site);
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 900, height: 500 } });
    page.setDefaultTimeout(PATIENCE);
  });

  after(async () => {
    await browser?.close();
    await preview?.stop();
    await site?.remove();
  });

  beforeEach(() => open(POPPY));

  /** Opens a page and leaves a mark on its window, which goes when it is loaded again. */
  async function open(path) {
    await page.goto(preview.origin + path, { waitUntil: "load" });
    await page.evaluate(() => (window.marker = "here"));
  }

  const marker = () => page.evaluate(() => window.marker);

  /** Waits until the open page has a text, without touching it. */
  const shows = (text) => page.getByText(text).first().waitFor({ state: "attached" });

  /** Edits, waits until `shown` is, takes the edit back, and tells which pages were rendered again for it. */
  async function edited([file, from, to], shown, gone) {
    const earlier = await preview.renderedFor(ALL);
    const back = await site.edit(file, from, to);
    await shown();
    const later = await preview.renderedFor(ALL);
    assert.ok(later.snapshot > earlier.snapshot, "another site is shown");
    await back();
    await gone();
    return ALL.filter((route) => later.rendered[route] !== earlier.rendered[route]);
  }

  const showsAndNot = (text) => [
    () => shows(text),
    () => page.getByText(text).first().waitFor({ state: "detached" }),
  ];

  test("a template: its pages, and no others", async () => {
    const edit = ["templates/plant.html", '<article class="wrap specimen">', '<article class="wrap specimen"><p>A word more</p>'];
    assert.deepEqual(await edited(edit, ...showsAndNot("A word more")), [POPPY, LARCH]);
    assert.equal(await marker(), undefined, "it was loaded again");
  });

  test("a definition: the list that it makes", async () => {
    await open(HERBARIUM);
    const first = () => page.locator("main article a, main li a").first().textContent();
    const before = await first();
    const turned = () => until("another order", async () => (await first().catch(() => before)) !== before);
    const asBefore = () => until("the order as it was", async () => (await first().catch(() => "")) === before);
    const edit = ["content-queries/plants.toml", 'sort = "latin asc"', 'sort = "latin desc"'];
    assert.deepEqual(await edited(edit, turned, asBefore), [HERBARIUM]);
  });

  test("site.toml: what shows the words", async () => {
    const edit = ["site.toml", 'soil_label = "Soil"', 'soil_label = "What it stands in"'];
    const rendered = await edited(edit, ...showsAndNot("What it stands in"));
    assert.ok(rendered.includes(POPPY));
    assert.ok(!rendered.includes(JSON_OF_WALKS), "it has no words of the site");
  });

  test("a Markdown file: its page, and no other", async () => {
    await open(ABOUT);
    const text = await site.read("content/about.md");
    const line = text.trimEnd().split("\n").at(-1);
    const edit = ["content/about.md", line, `${line}\n\nAnd that is that.`];
    assert.deepEqual(await edited(edit, ...showsAndNot("And that is that.")), []);
  });

  test("a fragment in AEM: every page that shows it", async () => {
    const edit = [FRAGMENT, 'latin="Papaver alpinum"', 'latin="Papaver montanum"'];
    assert.deepEqual(await edited(edit, ...showsAndNot("Papaver montanum")), [POPPY, HERBARIUM]);
  });

  test("a style sheet: without loading the page again", async () => {
    const sheet = await site.read("static/css/site.css");
    const color = () => page.evaluate(() => getComputedStyle(document.querySelector("h1")).outlineColor);
    const red = "rgb(255, 0, 1)";
    await site.write("static/css/site.css", `${sheet}\nh1 { outline: 1px solid ${red}; }\n`);
    await until("the colour", async () => (await color()) === red);
    assert.equal(await marker(), "here");
    await site.write("static/css/site.css", sheet);
    await until("no colour", async () => (await color()) !== red);
    assert.equal(await marker(), "here");
  });

  test("where somebody has scrolled to", async () => {
    const top = await page.evaluate(() => {
      scrollTo({ top: 300, behavior: "instant" });
      return scrollY;
    });
    assert.ok(top > 100, `the page is long enough: ${top}`);
    const back = await site.edit("templates/plant.html", "</article>", "<p>At the end</p></article>");
    await shows("At the end");
    await until("the place", () => page.evaluate((top) => scrollY === top, top));
    await back();
    await page.getByText("At the end").waitFor({ state: "detached" });
  });

  const overlay = () => page.locator("frieze-overlay dialog");

  test("a broken template: the overlay, over the last good page", async () => {
    const template = await site.read("templates/plant.html");
    const line = 1 + template.split("\n").findIndex((line) => line.includes("{{ item.name }}</h1>"));
    const back = await site.edit("templates/plant.html", "{{ item.name }}</h1>", "{{ item.nmae }}</h1>");
    await overlay().waitFor({ state: "visible" });
    const told = await overlay().innerText();
    assert.match(told, new RegExp(`templates/plant\\.html:${line}:`));
    assert.match(told, /nmae/);
    assert.match(await page.locator("h1").first().innerText(), /Alpine poppy/, "the last good page");
    const { pages } = await preview.ask("problems");
    assert.ok(pages.some(({ route }) => route === POPPY));

    // With the keyboard alone: away, and there is the page.
    await page.keyboard.press("Escape");
    await overlay().waitFor({ state: "hidden" });
    await back();
    await until("no problem", async () => !(await preview.ask("problems")).pages.length);
    await until("a page without the overlay", async () => !(await overlay().isVisible()));
    assert.match(await page.locator("h1").first().innerText(), /Alpine poppy/);
  });

  test("a template that is none: the same, and the next good save clears it", async () => {
    const back = await site.edit("templates/plant.html", "{% endblock main %}", "{% endblokc main %}");
    await overlay().waitFor({ state: "visible" });
    assert.match(await overlay().innerText(), /templates\/plant\.html:\d+:\d+/);
    assert.match(await page.locator("h1").first().innerText(), /Alpine poppy/, "the last good page");
    const told = await preview.ask("site");
    assert.equal(told.errors, 1);
    assert.ok(told.site, "the last good site");
    await back();
    await overlay().waitFor({ state: "hidden" });
    assert.equal((await preview.ask("site")).errors, 0);
  });

  test("the overlay is for everybody", async () => {
    const back = await site.edit("templates/plant.html", "{% endblock main %}", "{% endblokc main %}");
    await overlay().waitFor({ state: "visible" });
    assert.deepEqual(await violations("frieze-overlay"), []);
    await back();
    await overlay().waitFor({ state: "hidden" });
  });

  test("the explorer, by keyboard", async () => {
    await page.goto(`${preview.origin}/_frieze/`);
    await page.getByRole("heading", { name: "Larch & Loam" }).waitFor();
    await page.keyboard.press("/");
    const field = page.getByRole("searchbox");
    await field.waitFor();
    await until("the field has the focus", () => page.evaluate(() => document.activeElement?.type === "search"));
    await page.keyboard.type("en/plants/alpine");
    const found = page.getByRole("link", { name: POPPY, exact: true });
    await until("one page", async () => (await page.locator("tbody tr").count()) === 1);
    assert.ok(await page.evaluate(() => document.activeElement?.type === "search"), "typing goes on");
    await found.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: POPPY }).waitFor();
    await page.getByRole("link", { name: "templates/plant.html" }).waitFor();
    await page.getByRole("link", { name: "content-queries/plants.toml" }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "plants" }).waitFor();
    const item = page.locator("details.item").first();
    await item.locator("> summary").focus();
    await page.keyboard.press("Enter");
    await item.locator(".tree .key", { hasText: "latin" }).first().waitFor();
  });

  test("the explorer follows what happens", async () => {
    await page.goto(`${preview.origin}/_frieze/#/problems`);
    const errors = page.locator("article.problem.error");
    await page.getByRole("heading", { level: 1, name: "Problems" }).waitFor();
    assert.equal(await errors.count(), 0);
    const back = await site.edit("templates/plant.html", "{% endblock main %}", "{% endblokc main %}");
    await errors.first().waitFor();
    assert.match(await errors.locator(".place").first().innerText(), /templates\/plant\.html:\d+:\d+/);
    await back();
    await errors.first().waitFor({ state: "detached" });
  });

  const VIEWS = ["", "queries", "queries/plants", "routes?q=herbarium", `page?path=${POPPY}`, "problems"];
  for (const view of VIEWS) {
    test(`the explorer is for everybody: ${view || "overview"}`, async () => {
      for (const [width, scheme] of [[1400, "light"], [360, "dark"]]) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: scheme });
        await page.goto(`${preview.origin}/_frieze/#/${view}`);
        await page.locator("main h1").waitFor();
        assert.deepEqual(await violations(), [], `${width} ${scheme}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${wide} px too wide at ${width}`);
      }
      await page.setViewportSize({ width: 900, height: 500 });
      await page.emulateMedia({ colorScheme: null });
    });
  }

  /** What axe finds, in the page or below an element. */
  async function violations(below) {
    // By its text: the explorer lets in no scripts but its own.
    await page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await page.evaluate((below) => globalThis.axe.run(below ?? document), below);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  }
});

const GENTIAN = "/content/dam/larch/en/plants/spring-gentian";
const QUERY = "sandbox/jcr_root/conf/larch/settings/graphql/persistentQueries/plants/_jcr_content/_jcr_data.binary";
const VARIATION = `<printed
                _x0040_variationCreationDate="{Long}1740000000000"
                jcr:mixinTypes="[cq:Taggable,dam:cfVariationNode]"
                jcr:primaryType="nt:unstructured"
                latin="Gentiana verna"
                name="Gentian, as printed"
                note="&lt;p>From the calendar.&lt;/p>"
                note_x0040_ContentType="text/html"
                slug="spring-gentian"/>`;

describe("frieze serve --tier author", { skip }, () => {
  let site, author, preview, browser, page;

  before(async () => {
    site = await copy();
    // A fragment that nobody has published, with a variation, which the query can be asked for.
    const file = `sandbox/jcr_root${GENTIAN}/.content.xml`;
    await site.edit(file, 'contentFragment="{Boolean}true"', 'contentFragment="{Boolean}true"\n        cq:lastReplicationAction="Deactivate"');
    await site.edit(file, "</data>", `${VARIATION}\n        </data>`);
    await site.edit(QUERY, "$locale: String!", "$locale: String!, $variation: String");
    await site.edit(QUERY, "_locale: $locale,", "_locale: $locale, variation: $variation,");
    const password = "a word of the test";
    author = await run(site, ["sandbox", "sandbox", "--tier", "author", "--port", "0", "--user", `editor:${password}`]);
    await site.edit("site.toml", 'sandbox = "sandbox"', `author = "${author.origin}"`);
    const auth = '[aem.auth.author]\nkind = "basic"\nuser = "editor"\npassword = "${AEM_PASSWORD}"\n';
    await site.write("site.toml", `${await site.read("site.toml")}\n${auth}`);
    preview = await serve(site, ["--tier", "author"], { AEM_PASSWORD: password });
    browser = await launch();
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
  });

  after(async () => {
    await browser?.close();
    await preview?.stop();
    await author?.stop();
    await site?.remove();
  });

  const heading = () => page.locator("h1").first().innerText();

  test("a fragment that is not published, in a variation", async () => {
    const response = await page.goto(`${preview.origin}/_frieze/preview${GENTIAN}?variation=printed`);
    assert.equal(response.status(), 200);
    assert.match(response.headers()["cache-control"] ?? "", /no-store/);
    assert.equal(await heading(), "Gentian, as printed");
    await page.goto(`${preview.origin}/_frieze/preview${GENTIAN}`);
    assert.equal(await heading(), "Spring gentian");
    const none = await fetch(`${preview.origin}/_frieze/preview${GENTIAN}-none`);
    assert.equal(none.status, 404);
    assert.doesNotMatch(await preview.get("/herbarium/spring-gentian/"), /as printed/, "it is kept nowhere");
  });

  test("the bar leads to AEM's editor", async () => {
    await page.goto(`${preview.origin}/herbarium/spring-gentian/`);
    const edit = page.locator("frieze-bar").getByRole("link", { name: "Open in AEM" });
    await edit.waitFor();
    assert.equal(await edit.getAttribute("href"), `${author.origin}/editor.html${GENTIAN}`);
  });
});
