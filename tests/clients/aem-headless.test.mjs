// Adobe's own clients against the sandbox: what a project uses with AEM works here unchanged.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import BrowserClient from "@adobe/aem-headless-client-js";
import NodeClient from "@adobe/aem-headless-client-nodejs";
import { TOKEN, serve } from "./server.mjs";

const ENDPOINT = "content/_cq_graphql/larch/endpoint.json";
const FIELDS = "{ _path title }";
const NO_RETRIES = { maxRetries: 0, initialDelayInMillis: 1 };

const CLIENTS = {
  "aem-headless-client-nodejs": (config) => new NodeClient(config),
  "aem-headless-client-js": (config) => new BrowserClient({ fetch: globalThis.fetch, ...config }),
};
const CREDENTIALS = { basic: ["admin", "admin"], bearer: TOKEN };

let author, publish;

before(async () => {
  [author, publish] = await Promise.all([
    serve("--tier", "author", "--token", TOKEN),
    serve("--tier", "publish"),
  ]);
});

after(() => Promise.all([author?.close(), publish?.close()]));

for (const [name, client] of Object.entries(CLIENTS)) {
  for (const [kind, auth] of Object.entries(CREDENTIALS)) {
    describe(`${name}, author tier, ${kind} authentication`, () => {
      let aem;
      before(() => {
        aem = client({ serviceURL: author.origin, endpoint: ENDPOINT, auth });
      });

      test("lists persisted queries", async () => {
        const list = await aem.listPersistedQueries({}, NO_RETRIES);
        const larch = list.find(({ configurationName }) => configurationName === "larch");
        const names = larch.queries.map(({ path }) => path.shortForm);
        assert.ok(names.includes("/larch/stories"), names.join());
        assert.match(larch.queries[0].data.query, /^[^]*\{/);
      });

      test("runs an ad hoc query", async () => {
        const { data } = await aem.runQuery("{ placeList { items { _path title } } }", {}, NO_RETRIES);
        assert.ok(data.placeList.items.length > 2);
      });

      test("runs an ad hoc query with variables", async () => {
        const query = "query ($n: Int) { placeList(limit: $n) { items { _path } } }";
        const { data } = await aem.runQuery({ query, variables: { n: 2 } }, {}, NO_RETRIES);
        assert.equal(data.placeList.items.length, 2);
      });

      test("pages through a list by cursor and gets each fragment once", async () => {
        const paths = [];
        let pages = 0;
        const walk = aem.runPaginatedQuery("place", FIELDS, { pageSize: 3 }, {}, {}, NO_RETRIES);
        for await (const page of walk) {
          pages += 1;
          paths.push(...page.map(({ _path }) => _path));
        }
        const { data } = await aem.runQuery("{ placeList { items { _path } } }", {}, NO_RETRIES);
        const all = data.placeList.items.map(({ _path }) => _path);
        assert.ok(pages > 1, `${pages} pages`);
        assert.deepEqual(paths.toSorted(), all.toSorted());
      });

      test("asks for one fragment by path", async () => {
        const { data } = await aem.runQuery("{ placeList(limit: 1) { items { _path } } }", {}, NO_RETRIES);
        const [{ _path }] = data.placeList.items;
        const found = [];
        for await (const item of aem.runPaginatedQuery("place", FIELDS, {}, { _path }, {}, NO_RETRIES)) {
          found.push(item);
        }
        assert.equal(found.length, 1);
        assert.equal(found[0]._path, _path);
      });

      test("runs a persisted query by GET and by POST", async () => {
        const variables = { locale: "fr", limit: 2 };
        const got = await aem.runPersistedQuery("larch/stories", variables, {}, NO_RETRIES);
        const posted = await aem.runPersistedQuery("larch/stories", variables, { method: "POST" }, NO_RETRIES);
        assert.equal(got.data.storyList.items.length, 2);
        assert.ok(got.data.storyList.items.every(({ _path }) => _path.startsWith("/content/dam/larch/fr/")));
        assert.deepEqual(posted, got);
      });

      test("introspects the schema", async () => {
        const { data } = await aem.runQuery("{ __schema { queryType { fields { name } } } }", {}, NO_RETRIES);
        const names = data.__schema.queryType.fields.map((field) => field.name);
        for (const field of ["placeList", "placePaginated", "placeByPath"]) {
          assert.ok(names.includes(field), field);
        }
      });

      test("tells an error of a query with its message", async () => {
        const wrong = aem.runQuery("{ placeList { items { nme } } }", {}, NO_RETRIES);
        await assert.rejects(wrong, (error) => error.code === "RESPONSE_ERROR" && /'nme'/.test(error.message));
      });

      test("tells an unknown persisted query as an error of the API", async () => {
        const unknown = aem.runPersistedQuery("larch/nothing-of-that-name", {}, {}, NO_RETRIES);
        await assert.rejects(unknown, (error) => error.code === "API_ERROR" && error.sdkDetails.status === 404);
      });
    });
  }

  describe(`${name}, refused`, () => {
    test("author wants the right credentials", async () => {
      for (const auth of [undefined, ["admin", "wrong"], "another-token"]) {
        const aem = client({ serviceURL: author.origin, endpoint: ENDPOINT, auth });
        await assert.rejects(
          aem.listPersistedQueries({}, NO_RETRIES),
          (error) => error.code === "RESPONSE_ERROR" && error.sdkDetails.status === 401,
        );
      }
    });

    test("publish runs persisted queries, and blocks the rest", async () => {
      const aem = client({ serviceURL: publish.origin, endpoint: ENDPOINT });
      const { data } = await aem.runPersistedQuery("larch/places", {}, {}, NO_RETRIES);
      assert.ok(data.placeList.items.length > 2);
      const blocked = (error) => error.code === "RESPONSE_ERROR" && error.sdkDetails.status === 404;
      await assert.rejects(aem.listPersistedQueries({}, NO_RETRIES), blocked);
      await assert.rejects(aem.runQuery("{ placeList { items { _path } } }", {}, NO_RETRIES), blocked);
    });
  });
}
