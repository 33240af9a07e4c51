// All pages, to be searched.

import { bytes, count, empty, h, link, milliseconds, number, pager, path, table, to, toPage, toQuery } from "./dom.js";
import { search } from "./search.js";

export const title = "Routes";

export async function load(ask, _, parameters) {
  const { q, definition, language, template, kind, offset } = parameters;
  const [routes, queries, { site }] = await Promise.all([
    ask("routes", { q, definition, language, template, kind, offset }),
    ask("queries"),
    ask("site"),
  ]);
  return { routes, queries: queries.queries, site, parameters };
}

export function show({ routes, queries, site, parameters }) {
  const definitions = queries.filter((query) => query.pages).map(({ name }) => [name, name]);
  const languages = site.languages.map(({ code, name }) => [code, name]);
  const kinds = [["item", "Items"], ["list", "Lists"], ["terms", "Terms"], ["markdown", "Markdown"], ["error", "Error page"]];
  const choices = {
    definition: { label: "Definition", options: [["", "All definitions"], ...definitions] },
    kind: { label: "Kind", options: [["", "All kinds"], ...kinds] },
  };
  if (languages.length > 1) choices.language = { label: "Language", options: [["", "All languages"], ...languages] };
  return [
    h("h1", null, title),
    search({
      label: "Search by route or by path in AEM",
      parameters,
      address: (more) => to("routes", { ...parameters, offset: 0, ...more }),
      choices,
    }),
    parameters.template &&
      h("p", { class: "hint" }, "Made with ", h("code", null, parameters.template), ". ", link(to("routes", { ...parameters, template: "" }), null, "Any template")),
    h("div", { id: "results" }, list(routes, parameters)),
  ];
}

function list(routes, parameters) {
  const words = routes.total === routes.all ? count(routes.all, "page") : `${number(routes.total)} of ${count(routes.all, "page")}`;
  const told = h("p", { class: "hint", role: "status" }, words);
  if (!routes.total) return [told, empty("No page fits.")];
  return [
    told,
    table("Routes", [
      ["Route", (one) => link(toPage(one.route), null, path(one.route))],
      ["Made of", (one) => (one.subject ? h("span", { class: "quiet" }, path(one.subject)) : one.kind)],
      ["Definition", (one) => one.definition && link(toQuery(one.definition), null, one.definition)],
      ["Template", (one) => h("code", null, one.template)],
      ["Rendered", (one) => one.rendered && state(one.rendered), "figure"],
      ["Preview", (one) => link(one.address, { class: "open", "aria-label": `Open ${one.route}` }, "Open")],
    ], routes.routes),
    pager(routes, (offset) => to("routes", { ...parameters, offset })),
  ];
}

function state({ errors, took_ms, bytes: size }) {
  if (errors) return h("span", { class: "bad" }, "failed");
  return h("span", { title: bytes(size) }, milliseconds(took_ms));
}
