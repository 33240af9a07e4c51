// One definition: what it asks, what came, and the items as trees.

import { age, bytes, count, empty, facts, h, link, milliseconds, number, pager, path, section, table, to, toPage, toQuery } from "./dom.js";
import { search } from "./search.js";
import { tree } from "./tree.js";

export const title = ({ query }) => query.name;

export async function load(ask, name, parameters) {
  const { q, language, offset } = parameters;
  const [query, items] = await Promise.all([
    ask("queries/query", { name }),
    ask("queries/items", { name, q, language, offset }),
  ]);
  return { query, items, parameters, ask };
}

export function show({ query, items, parameters, ask }) {
  return [
    h("p", { class: "back" }, link("#/queries", null, "Queries")),
    h("h1", null, query.name),
    facts([
      ["File", path(query.file)],
      ["Asks", h("code", null, query.asks)],
      ["How often", query.often],
      ["Paging", query.paging],
      ["Freshness", query.freshness],
      ["Makes", query.makes],
      ["Pages", query.pages > 0 && link(to("routes", { definition: query.name }), null, count(query.pages, "page"))],
      ["Follows", query.for_each && link(toQuery(query.for_each), null, query.for_each)],
      ["Followed by", query.followed_by.length > 0 && query.followed_by.flatMap((name, at) => [at ? ", " : "", link(toQuery(name), null, name)])],
      ["Took", query.took_ms !== null && milliseconds(query.took_ms)],
    ]),
    section("Requests", asked(query), query.requests.length > 0 && requests(query)),
    query.text && section("Text", h("pre", { tabindex: "0", "aria-label": "The query" }, query.text)),
    section("Items", filters(query, parameters), list(query, items, parameters, ask)),
  ];
}

function asked({ languages }) {
  if (!languages.length) return empty("It was not asked.");
  const answers = ({ answers }) => {
    const told = ["new", "unchanged", "kept", "stale"].filter((name) => answers[name]);
    return told.map((name) => `${number(answers[name])} ${name}`).join(", ");
  };
  return table("What was asked", [
    ["Language", (one) => one.language ?? "all"],
    ["Items", (one) => number(one.items), "figure"],
    ["Requests", (one) => `${number(one.requests)}${one.retries ? ` (${count(one.retries, "retry", "retries")})` : ""}`, "figure"],
    ["Received", (one) => bytes(one.bytes), "figure"],
    ["Answers", answers],
    ["Age", (one) => one.age !== null && age(one.age), "figure"],
  ], languages);
}

function requests({ requests }) {
  const line = (one) =>
    one.error
      ? h("li", { class: "bad" }, one.error)
      : h("li", null, h("b", null, one.method), " ", path(one.path), one.method === "POST" && h("code", { class: "variables" }, JSON.stringify(one.variables)));
  return h("ul", { class: "requests", "aria-label": "First requests" }, requests.map(line));
}

function filters(query, parameters) {
  const languages = query.languages.map((one) => one.language).filter(Boolean);
  const address = (more) => to(`queries/${encodeURIComponent(query.name)}`, { ...parameters, offset: 0, ...more });
  const choices = languages.length > 1 && [["", "All languages"], ...languages.map((code) => [code, code])];
  return search({
    label: "Search items by path or title",
    parameters,
    address,
    choices: choices ? { language: { label: "Language", options: choices } } : {},
  });
}

function list(query, items, parameters, ask) {
  if (!items.total) return empty(parameters.q || parameters.language ? "No item fits." : "There are no items.");
  return h(
    "div",
    { id: "results" },
    h("p", { class: "hint", role: "status" }, count(items.total, "item")),
    h("ul", { class: "items" }, items.items.map((item) => h("li", null, one(query, item, ask)))),
    pager(items, (offset) => to(`queries/${encodeURIComponent(query.name)}`, { ...parameters, offset })),
  );
}

function one(query, item, ask) {
  const name = item.title || item.path?.split("/").at(-1) || `item ${number(item.number + 1)}`;
  const details = h(
    "details",
    { class: "item", "data-key": `item ${item.number} ${item.path}` },
    h("summary", null, h("b", null, name), " ", item.path && h("span", { class: "quiet" }, path(item.path)), h("span", { class: "tag" }, item.language), item.variation && h("span", { class: "tag" }, item.variation)),
  );
  details.addEventListener("toggle", async () => {
    if (!details.open || details.childElementCount > 1) return;
    const about = facts([
      ["Page", item.page && link(toPage(item.page.route), null, path(item.page.route))],
      ["Asked for", item.parent && path(item.parent)],
    ]);
    const body = h("div", { class: "body" }, about);
    details.append(body);
    try {
      const whole = await ask("queries/item", { name: query.name, number: item.number });
      body.append(whole.error ? h("p", { class: "bad" }, whole.error) : tree(whole.tree));
    } catch (error) {
      body.append(h("p", { class: "bad" }, error.message));
    }
  });
  return details;
}
