// Every page of a built site, in a real browser. See README.md.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve, sep } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const ROOT = resolve(process.env.SITE ?? "../../public");
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const LOOKS = [
  { width: 1280, scheme: "light" },
  { width: 360, scheme: "dark" },
];

assert.ok(existsSync(join(ROOT, "index.html")), `${ROOT} has no index.html: build the site first`);
const paths = await pages(ROOT);

let server, browser;
/** Addresses already asked for, with their status. */
const statuses = new Map();

before(async () => {
  server = await serve(ROOT);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

describe(`${paths.length} pages`, { concurrency: 2 }, () => {
  for (const path of paths) {
    test(path, async () => ((await isRedirect(path)) ? follow(path) : check(path)));
  }
});

/** Whether a page only leads to another one, as former addresses do. */
async function isRedirect(path) {
  const page = await fetch(server.origin + path).then((response) => response.text());
  return /<meta http-equiv="refresh"/i.test(page);
}

/** Waits until a redirect has led to a page that is there. */
async function follow(path) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.origin + path, { waitUntil: "commit" });
    await page.waitForURL((url) => url.pathname !== decodeURI(path) && url.pathname !== path);
    await page.waitForLoadState();
    assert.ok(page.url().startsWith(server.origin), `leads to another host: ${page.url()}`);
    assert.equal(await statusOf(page.url()), 200, `leads to ${page.url()}`);
    assert.equal(await page.locator("h1").count(), 1, `nothing at ${page.url()}`);
  } finally {
    await context.close();
  }
}

/** Looks at one page; fails with everything that is wrong with it. */
async function check(path) {
  const problems = new Set();
  const context = await browser.newContext();
  try {
    await context.route(
      (url) => url.origin !== server.origin && url.protocol.startsWith("http"),
      (route) => {
        problems.add(`asks another host: ${route.request().url()}`);
        return route.abort();
      },
    );
    // Pictures come after the text, as they do over a network: whoever leaves no room for them is seen to jump.
    await context.route(
      (url) => url.origin === server.origin,
      async (route) => {
        if (route.request().resourceType() === "image") await setTimeout(150);
        await route.continue();
      },
    );
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") problems.add(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.add(`script: ${error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 400) problems.add(`${response.status()}: ${response.url()}`);
    });

    await page.goto(server.origin + path, { waitUntil: "load" });
    await loadImages(page);
    for (const problem of await page.evaluate(inspect)) problems.add(problem);
    for (const problem of await page.evaluate(shifts)) problems.add(problem);
    for (const link of await page.evaluate(links)) {
      const status = await statusOf(link);
      if (status >= 400) problems.add(`link to ${link.slice(server.origin.length)}: ${status}`);
    }
    for (const { width } of LOOKS) {
      await page.setViewportSize({ width, height: 800 });
      for (const problem of await page.evaluate(overflow)) problems.add(`${problem}, at ${width} px`);
    }
    await page.addScriptTag({ path: AXE });
    for (const { width, scheme } of LOOKS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      for (const { id, help, nodes } of violations) {
        for (const node of nodes) problems.add(`axe ${id} (${scheme}): ${help}: ${node.target.join(" ")}`);
      }
    }
  } finally {
    await context.close();
  }
  assert.equal(problems.size, 0, `\n  ${[...problems].join("\n  ")}`);
}

/** Every HTML file as the path it is served at. */
async function pages(root) {
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith(".html"))
    .map((file) => "/" + relative(root, join(file.parentPath, file.name)).split(sep).join("/"))
    .map((path) => path.replace(/(^|\/)index\.html$/, "$1").split("/").map(encodeURIComponent).join("/"))
    .sort();
}

/** The status of an address of the site, asked once. */
async function statusOf(address) {
  if (!statuses.has(address)) {
    statuses.set(address, fetch(address).then((response) => response.arrayBuffer().then(() => response.status)));
  }
  return statuses.get(address);
}

// The functions below run in the page.

/** Makes lazy images load now, and waits for all of them. */
function loadImages(page) {
  return page.evaluate(async () => {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  });
}

function inspect() {
  const problems = [];
  if (!document.documentElement.lang) problems.push("no lang on <html>");
  if (!document.title.trim()) problems.push("no title");
  if (document.querySelectorAll("h1").length !== 1) {
    problems.push(`${document.querySelectorAll("h1").length} h1 elements`);
  }
  for (const image of document.images) {
    const missing = ["alt", "width", "height"].filter((name) => !image.hasAttribute(name));
    if (missing.length) problems.push(`image without ${missing.join(", ")}: ${image.getAttribute("src")}`);
    if (!image.naturalWidth) problems.push(`image does not load: ${image.getAttribute("src")}`);
  }
  const ids = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (ids.has(id)) problems.push(`id twice: ${id}`);
    ids.add(id);
  }
  for (const anchor of document.querySelectorAll('a[href^="#"]')) {
    if (!ids.has(decodeURIComponent(anchor.hash.slice(1)))) problems.push(`nothing at ${anchor.hash}`);
  }
  return problems;
}

/** What moved while the page loaded, although nobody touched anything. */
async function shifts() {
  const entries = await new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => resolve(list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    // Without a shift nobody is called.
    setTimeout(() => resolve(observer.takeRecords()), 50);
  });
  return entries
    .filter((entry) => !entry.hadRecentInput && entry.value > 0.001)
    .map((entry) => {
      const moved = entry.sources.map(({ node }) => node?.localName ?? "?").join(", ");
      return `layout shift of ${entry.value.toFixed(3)}: ${moved}`;
    });
}

/** What of this site the page links to, without fragments. */
function links() {
  const found = [...document.querySelectorAll("a[href], link[href]")]
    .map((element) => new URL(element.getAttribute("href"), document.baseURI))
    .filter((url) => url.origin === location.origin)
    .map((url) => url.origin + url.pathname + url.search);
  return [...new Set(found)];
}

function overflow() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 3)
    .map((element) => `<${element.localName} class="${element.getAttribute("class") ?? ""}">`);
  return [`wider than the window: ${wide.join(", ") || "body"}`];
}
