// One page: what it is, and everything that it was made of.

import { bytes, count, empty, facts, h, link, milliseconds, number, path, section, to, toPage, toQuery } from "./dom.js";
import { problem } from "./problems.js";

export const title = ({ page }) => page.route;

export const load = async (ask, _, { path }) => ({ page: await ask("page", { path }) });

/** What pages can be made of: kind, heading. */
const KINDS = [
  ["template", "Templates"],
  ["markdown", "Markdown files"],
  ["definition", "Definition"],
  ["item", "Items"],
  ["query", "Items of other definitions"],
  ["fragment", "Fragments"],
  ["reference", "What items refer to"],
  ["link", "Addresses"],
  ["backlinks", "Who links here"],
  ["pages", "Folders of Markdown"],
  ["terms", "Taxonomies"],
  ["menu", "Menus"],
  ["text", "Strings"],
  ["asset", "Files of AEM"],
  ["static", "Static files"],
];

export function show({ page }) {
  const { item, rendered } = page;
  return [
    h("p", { class: "back" }, link("#/routes", null, "Routes")),
    h("h1", null, path(page.route)),
    h(
      "p",
      { class: "actions" },
      link(page.address, { class: "button main" }, "Open the page"),
      item?.edit && link(item.edit, { class: "button", rel: "noreferrer" }, "Edit in AEM"),
      item && link(to(`queries/${encodeURIComponent(item.definition)}`, { q: item.path }), { class: "button" }, "Show the item"),
    ),
    page.problems.length > 0 && section("Problems", page.problems.map(problem)),
    facts([
      ["Definition", page.definition && link(toQuery(page.definition.name), null, page.definition.file)],
      ["Item", item?.path && path(item.path)],
      ["Variation", item?.variation],
      ["Template", link(to("routes", { template: page.template }), null, page.template)],
      ["Language", item && item.language !== page.language ? `${page.language}, with an item in ${item.language}` : page.language],
      ["File", path(page.output)],
      ["Published at", path(page.permalink)],
      ["Formats", page.formats.length > 1 && page.formats.flatMap((one, at) => [at ? ", " : "", link(toPage(one.route), null, one.route)])],
      ["Rendered", `in ${milliseconds(rendered.took_ms)} for site ${number(rendered.for)}, ${bytes(rendered.bytes)}`],
    ]),
    section("Made of", made(page)),
  ];
}

function made({ kind, reads, reads_in_all, rendered, route }) {
  if (!reads.length) return empty("Nothing is known of it.");
  const groups = KINDS.map(([kind, name]) => [name, reads.filter((read) => read.kind === kind)]).filter(([, list]) => list.length);
  const more = reads_in_all - reads.length;
  // What looking at a Markdown page, or at one with warnings, tells besides is to be told each time.
  const isAnew = kind === "markdown" || rendered.warnings > 0;
  return [
    h("p", { class: "hint" }, isAnew ? "It is rendered again for every change of the site." : "Only a change that makes a difference to one of these renders the page again."),
    h("div", { class: "reads" }, groups.map(([name, list]) => group(name, list, route))),
    more > 0 && h("p", { class: "hint" }, `… and ${count(more, "other")}`),
  ];
}

function group(name, list, own) {
  const leads = ({ subject, route }) => route && route !== own && route !== subject;
  const one = (read) =>
    h(
      "li",
      null,
      subject(read),
      read.call && h("code", { class: "call" }, read.call),
      leads(read) && h("span", { class: "quiet" }, "→ ", link(toPage(read.route), null, path(read.route))),
    );
  return h(
    "section",
    { class: "group" },
    h("h3", null, name, " ", h("span", { class: "size" }, number(list.length))),
    h("ul", null, list.map(one)),
  );
}

/** What was read, with the way to all that has to do with it. */
function subject({ kind, subject, route }) {
  const name = subject.replace(/^templates\//, "");
  const file = /^content-queries\/(.+)\.toml$/.exec(subject);
  if (kind === "template") return link(to("routes", { template: name }), { title: "Pages that are made with it" }, path(subject));
  if (kind === "definition" && file) return link(toQuery(file[1]), null, path(subject));
  if (kind === "query") return link(toQuery(subject), null, subject);
  return route === subject ? link(toPage(route), null, path(subject)) : path(subject);
}
