// Rich text that tries to run something, on a built site, in a real browser. See ../hostile/README.md.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const here = import.meta.dirname;
const builds = ["release", "debug"].map((build) => resolve(here, "../../target", build, "frieze"));
const { FRIEZE_BIN } = process.env;
const binary = FRIEZE_BIN ? resolve(FRIEZE_BIN) : builds.find((path) => existsSync(path));
const corpus = JSON.parse(await readFile(resolve(here, "../hostile/corpus.json"), "utf8"));
/** Texts of one page. */
const SHARE = 40;

/** Texts that a template prints as they are, and what has to be noticed of them: that something would be. */
const UNSAFE = {
  "script": ["<script>canary(1)</script>", /^canary: /],
  "handler": ["<img src=x: onerror=canary(1)>", /^canary: /],
  "mouse": ["<a onmouseover=canary(1)>x</a>", /^canary: /],
  "focus": ["<input onfocus=canary(1)>", /^canary: /],
  "entity": ["<iframe srcdoc='&lt;script>parent.canary(1)&lt;/script>'></iframe>", /^canary: /],
  "variable": ["<a id=canary_address href='https://canary.invalid/x.js'>x</a>", /^canary: .*address/],
  "elsewhere": ["<script src=https://canary.invalid/x.js></script>", /^asks for /],
  "style": ["<style>@import 'https://canary.invalid/x.css';</style>", /^asks for /],
  "frame": ["<iframe src='https://canary.invalid/'></iframe>", /^asks for /],
  "dialog": ["<script>alert(1)</script>", /^dialog: /],
  "address": ["<a href='java&Tab;script:canary(1)'>x</a>", /^leads to /],
  "attribute": ["<p style='position:fixed'>x</p>", /^style=/],
};

const FILES = {
  "site.toml": `base_url = "https://site.example"
[aem]
publish = "\${AEM}"
configuration = "hostile"
[guard]
min_items_ratio = 0
`,
  "content-queries/texts.toml": `persisted = "texts"
paging = "none"
[pages]
route = "/{{ item.slug }}/"
template = "texts.html"
`,
  "templates/texts.html": `<!doctype html><html lang="en"><meta charset="utf-8"><title>Texts</title><link rel="icon" href="data:,">
<script>window.fired = []; window.canary = (...what) => window.fired.push(what);</script>
<main>{% for text in item.texts %}<section>
{%- if item.unsafe %}{{ text | safe }}{% else %}{{ text | rich_text }}{% endif -%}
</section>
{% endfor %}</main>
<script>if (/^\\w+:/.test(window.canary_address)) canary("an address: " + window.canary_address);</script></html>
`,
  // Components get the same texts as arguments.
  "templates/rich-text/link.html": `{% component RichTextLink(href, text, title="", class="") -%}
<a href="{{ href }}" title="{{ title }}" class="{{ class }}" data-text="{{ text }}">{{ body }}</a>
{%- endcomponent RichTextLink %}
`,
};

/** The corpus in shares: HTML, JSON, and all HTML in one text. */
function items() {
  const texts = [...corpus.html, ...corpus.json, corpus.html.join("\n")];
  const shares = [];
  for (let start = 0; start < texts.length; start += SHARE) {
    const slug = `page-${shares.length + 1}`;
    shares.push(item(slug, texts.slice(start, start + SHARE), false));
  }
  return shares;
}

function item(slug, texts, unsafe) {
  return { _path: `/content/dam/hostile/${slug}`, slug, texts, unsafe };
}

function unsafeItems() {
  return Object.entries(UNSAFE).map(([name, [text]]) => item(`unsafe-${name}`, [text], true));
}

const skip = binary ? false : "there is no binary: build frieze, or name one in FRIEZE";

describe("hostile rich text", { skip }, () => {
  let folder, aem, site, browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "frieze-hostile-"));
    for (const [name, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const answer = JSON.stringify({ data: { textList: { items: [...items(), ...unsafeItems()] } } });
    aem = createServer((request, response) => {
      const found = request.url.startsWith("/graphql/execute.json/hostile/texts");
      response.writeHead(found ? 200 : 404, { "content-type": found ? "application/json" : "text/html" });
      response.end(found ? answer : "<html></html>");
    });
    await new Promise((done) => aem.listen(0, "127.0.0.1", done));
    await build();
    site = await serve(join(folder, "public"));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
  });

  after(async () => {
    await browser?.close();
    await site?.close();
    aem?.closeAllConnections();
    aem?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** Runs the binary; this process has to answer it meanwhile. */
  async function build() {
    const { port } = aem.address();
    const child = spawn(binary, ["build"], {
      cwd: folder,
      env: { PATH: process.env.PATH, AEM: `http://127.0.0.1:${port}` },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let report = "";
    child.stderr.on("data", (data) => (report += data));
    const code = await new Promise((done) => child.on("close", done));
    assert.equal(code, 0, report);
    assert.match(report, /the element `<script>`/);
  }

  /** Opens a page, does all that a visitor might, and gives what nobody should be able to do with a text. */
  async function problems(slug) {
    const found = [];
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on("dialog", (dialog) => {
      found.push(`dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
    page.on("pageerror", (error) => found.push(`script: ${error.message}`));
    context.on("page", (other) => other !== page && found.push(`opens ${other.url()}`));
    await context.route(
      (url) => url.hostname.includes("canary"),
      // A link is the author's right; an image is asked for at once, and may be.
      (route) => {
        if (route.request().resourceType() !== "image") found.push(`asks for ${route.request().url()}`);
        return route.abort();
      },
    );
    await page.goto(`${site.origin}/${slug}/`, { waitUntil: "load" });
    const address = page.url();
    // Everything that waits for a visitor: the mouse, the keyboard, time.
    await page.evaluate(async () => {
      for (const element of document.querySelectorAll("main *")) {
        for (const name of ["mouseover", "mouseenter", "focus", "blur", "error", "load", "toggle", "animationstart"]) {
          element.dispatchEvent(new Event(name, { bubbles: true }));
        }
      }
      for (const image of document.images) image.loading = "eager";
      await new Promise((done) => setTimeout(done, 200));
    });
    found.push(...(await page.evaluate(inspect)));
    if (page.url() !== address) found.push(`is at ${page.url()}`);
    await context.close();
    return found;
  }

  for (const { slug } of items()) {
    test(slug, async () => assert.deepEqual(await problems(slug), []));
  }

  // What finds nothing on any page proves nothing.
  for (const [name, [text, expected]] of Object.entries(UNSAFE)) {
    test(`${text} is noticed where it is let through`, async () => {
      const found = await problems(`unsafe-${name}`);
      assert.ok(found.some((problem) => expected.test(problem)), JSON.stringify(found));
    });
  }
});

/** Runs in the page. */
function inspect() {
  const problems = window.fired.map((what) => `canary: ${JSON.stringify(what)}`);
  const texts = document.querySelectorAll("section").length;
  if (!texts) problems.push("no texts");
  for (const element of document.querySelectorAll("main *")) {
    if (/^(script|style|iframe|object|embed|svg|math|form|base|meta|link|template)$/.test(element.localName)) {
      problems.push(`<${element.localName}>`);
    }
    for (const { name, value } of element.attributes) {
      if (/^on|^style$|^srcdoc$|^formaction$/.test(name)) problems.push(`${name}="${value}"`);
    }
  }
  for (const link of document.querySelectorAll("main a[href]")) {
    if (!/^(https?|mailto|tel|sms|ftp|geo):$/.test(link.protocol)) problems.push(`leads to ${link.href}`);
  }
  return problems;
}
