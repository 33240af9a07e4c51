// GraphiQL and the page at `/` in a real browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const WITHIN = { timeout: 20_000 };

let author, publish, open, browser;

before(async () => {
  [author, publish, open] = await Promise.all([
    serve("--tier", "author"),
    serve("--tier", "publish"),
    serve("--tier", "publish", "--ad-hoc"),
  ]);
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
  await Promise.all([author?.close(), publish?.close(), open?.close()]);
});

/** Opens a page, and fails afterwards with whatever was wrong around it. */
async function visit(server, path, look) {
  const problems = [];
  const context = await browser.newContext({
    httpCredentials: { username: "admin", password: "admin", origin: author.origin },
    viewport: { width: 1280, height: 900 },
  });
  try {
    await context.route(
      (url) => url.protocol.startsWith("http") && url.origin !== server.origin,
      (route) => {
        problems.push(`asks another host: ${route.request().url()}`);
        return route.abort();
      },
    );
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
    await page.goto(server.origin + path);
    await look(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(problems, []);
}

/** Replaces what is in the query editor, as a person would. */
async function type(page, query) {
  await page.locator(".graphiql-query-editor .CodeMirror").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(query);
}

/** The result, once it is there. */
async function result(page) {
  const text = () => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue();
  await page.waitForFunction(text, undefined, WITHIN);
  return JSON.parse(await page.evaluate(text));
}

for (const path of ["/graphiql?configuration=larch", "/aem/graphiql.html"]) {
  test(`${path}: a typed query is run`, () =>
    visit(author, path, async (page) => {
      await type(page, '{ placeList(_locale: "en", limit: 2) { items { _path title } } }');
      await page.keyboard.press("Control+Enter");
      const { data, errors } = await result(page);
      assert.equal(errors, undefined);
      assert.equal(data.placeList.items.length, 2);
      assert.ok(data.placeList.items.every(({ title }) => title));
    }));
}

test("introspection fills the documentation and the suggestions", () =>
  visit(author, "/graphiql", async (page) => {
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByRole("link", { name: "QueryType" }).click(WITHIN);
    await page.locator(".graphiql-doc-explorer").getByText("storyPaginated").first().waitFor(WITHIN);

    await type(page, "{ ");
    await page.keyboard.type("placeP", { delay: 30 });
    await page.keyboard.press("Control+Space");
    await page.locator(".CodeMirror-hints").getByText("placePaginated").waitFor(WITHIN);
  }));

test("a stored query opens with variables that find something", () =>
  visit(author, "/graphiql", async (page) => {
    await page.getByLabel("Stored query").selectOption("person-by-path");
    await page.waitForURL(/query=person-by-path/);
    await page.getByRole("button", { name: /Execute query/ }).click(WITHIN);
    const { data } = await result(page);
    assert.ok(data.personByPath.item._path.startsWith("/content/dam/larch/"));
  }));

test("publish with ad hoc queries open answers as author does", () =>
  visit(open, "/graphiql", async (page) => {
    assert.equal(await page.getByRole("status").count(), 0);
    await type(page, "{ personList { items { name } } }");
    await page.keyboard.press("Control+Enter");
    const { data } = await result(page);
    assert.ok(data.personList.items.length > 1);
  }));

test("publish says that it blocks ad hoc queries", () =>
  visit(publish, "/graphiql", (page) => page.getByText("blocks ad hoc queries").waitFor(WITHIN)));

test("the page at / runs a stored query in place", () =>
  visit(publish, "/", async (page) => {
    await page.getByRole("link", { name: "Try person-by-path" }).click();
    const form = page.locator("form[data-path$='/person-by-path']");
    await form.locator("output").getByText(/^200 · /).waitFor(WITHIN);
    const { data } = JSON.parse(await form.locator(".answer").textContent());
    const link = await form.locator(".url").textContent();
    const path = encodeURIComponent(`;path=${data.personByPath.item._path}`);
    assert.equal(link, `/graphql/execute.json/larch/person-by-path${path};`);

    await page.getByRole("link", { name: "Try stories" }).focus();
    await page.keyboard.press("Enter");
    const stories = page.locator("form[data-path$='/stories']");
    const count = async () => {
      await stories.locator("output").getByText(/^200 · /).waitFor(WITHIN);
      return JSON.parse(await stories.locator(".answer").textContent()).data.storyList.items.length;
    };
    assert.ok((await count()) > 1);
    await stories.getByLabel(/^limit/).fill("1");
    assert.equal(await stories.locator(".answer").isVisible(), false, "no answer beside other variables");
    await stories.getByRole("button", { name: "Run" }).press("Enter");
    assert.equal(await count(), 1);
    assert.ok(await stories.locator(".answer").isVisible());
  }));

test("the page at / shows the answer that was asked for last, whichever comes last", () =>
  visit(publish, "/", async (page) => {
    // The first request is held back until the answer to the second is there.
    let first, sendFirst;
    await page.route(/\/stories/, async (route) => {
      if (first) return route.continue();
      first = route.request();
      await new Promise((send) => (sendFirst = send));
      // It may have been given up in the meantime.
      await route.continue().catch(() => {});
    });
    const ended = new Promise((done) => {
      for (const end of ["requestfinished", "requestfailed"]) {
        page.on(end, (request) => request === first && done());
      }
    });
    const stories = page.locator("form[data-path$='/stories']");
    const asked = page.waitForRequest(/\/stories/);
    await page.getByRole("link", { name: "Try stories" }).click();
    await asked;
    await stories.getByLabel(/^limit/).fill("1");
    await stories.getByRole("button", { name: "Run" }).click();
    await stories.locator("output").getByText(/^200 · /).waitFor(WITHIN);
    const shown = await stories.locator(".answer").textContent();
    assert.equal(JSON.parse(shown).data.storyList.items.length, 1);

    sendFirst();
    await ended;
    // If it were shown, it would be by the time that a later answer is.
    await page.getByRole("link", { name: "Try person-by-path" }).click();
    await page.locator("form[data-path$='/person-by-path'] output").getByText(/^200 · /).waitFor(WITHIN);
    assert.equal(await stories.locator(".answer").textContent(), shown);
  }));
