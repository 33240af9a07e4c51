// The site as a whole.

import { age, bytes, count, empty, facts, h, link, milliseconds, number, path, section, table, to, toPage } from "./dom.js";
import { problem } from "./problems.js";

export const title = "Overview";

/** Pages told that took longest. */
const SLOWEST = 8;

export async function load(ask) {
  const [about, problems] = await Promise.all([ask("site"), ask("problems")]);
  return { about, problems, renders: about.site && (await ask("renders")) };
}

export function show({ about, problems, renders }) {
  const { site } = about;
  if (!site) {
    return [
      h("h1", null, "There is no site yet"),
      problems.problems.length ? problems.problems.map(problem) : empty("It is being made."),
    ];
  }
  return [
    h("h1", null, site.title || "Overview"),
    about.errors > 0 && h("p", { class: "alarm", role: "alert" }, link("#/problems", null, `${count(about.errors, "problem")} since the last save.`), " The last good site is shown."),
    tiles(about, site, problems),
    h("div", { class: "columns" }, section("Content", content(site)), section("Languages", languages(site))),
    section("Rendered", rendered(site, renders)),
  ];
}

function tiles(about, site, problems) {
  const wrong = about.errors + problems.pages.length;
  const tile = (address, value, name, more, kind) =>
    link(address, { class: `tile ${kind ?? ""}` }, h("strong", null, number(value)), h("span", null, name), h("small", null, more));
  return h(
    "div",
    { class: "tiles" },
    tile("#/routes", site.pages, "pages", `${number(site.rendered)} rendered so far`),
    tile("#/queries", site.items, "items", `of ${count(site.definitions, "definition")}`),
    tile("#/queries", site.content.requests, "requests", `${bytes(site.content.bytes)} received`),
    tile("#/problems", wrong, wrong === 1 ? "problem" : "problems", count(about.warnings, "warning"), wrong ? "bad" : "good"),
  );
}

function content({ origin, tier, environment, base_url, content, snapshot }) {
  const { answers } = content;
  const kept = answers.kept + answers.unchanged;
  return facts([
    ["AEM", [origin.kind === "sandbox" ? "the sandbox over " : "", path(origin.name)]],
    ["Tier", tier],
    ["Environment", environment],
    ["Credentials", origin.auth],
    ["Published at", link(base_url, { rel: "noreferrer" }, path(base_url))],
    ["Answers", `${number(answers.new)} new, ${number(kept)} as before${answers.stale ? `, ${number(answers.stale)} stale` : ""}`],
    ["Age", content.age === null ? "AEM does not say" : `up to ${age(content.age)} in caches on the way`],
    ["Retries", content.retries || null],
    ["Changes seen", number(snapshot - 1)],
  ]);
}

function languages({ languages }) {
  return table("Languages", [
    ["Language", (one) => [link(one.home, null, one.name), one.default && h("span", { class: "quiet" }, " (default)")]],
    ["Code", (one) => h("code", null, one.code)],
    ["Pages", (one) => link(to("routes", { language: one.code }), null, "show")],
  ], languages);
}

function rendered(site, { snapshot, anew, total, renders }) {
  if (!total) {
    return empty(["Pages are rendered when somebody looks at them. ", link(site.home, null, "Look at the first one"), "."]);
  }
  const slowest = [...renders].sort((a, b) => b.rendered.took_ms - a.rendered.took_ms).slice(0, SLOWEST);
  return [
    h("p", { class: "hint" }, `${anew === total ? "All" : number(anew)} of ${count(total, "page")} rendered for the present site, number ${number(snapshot)}${anew === total ? "" : "; the others are as they were"}. Those that took longest:`),
    table("Pages that took longest", [
      ["Page", ({ route }) => link(toPage(route), null, path(route))],
      ["Took", ({ rendered }) => milliseconds(rendered.took_ms), "figure"],
      ["Size", ({ rendered }) => bytes(rendered.bytes), "figure"],
      ["For site", ({ rendered }) => number(rendered.for), "figure"],
    ], slowest),
  ];
}
