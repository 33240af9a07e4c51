// What is wrong, with the lines that are meant.

import { count, empty, h, link, path, section, toPage } from "./dom.js";

export const title = "Problems";

export const load = (ask) => ask("problems");

export function show({ problems, warnings, pages }) {
  if (!problems.length && !warnings.length && !pages.length) {
    return [h("h1", null, title), empty("Nothing is wrong: the site is as its files and its content are.")];
  }
  return [
    h("h1", null, title),
    problems.length > 0 &&
      section("The site", h("p", { class: "hint" }, "What you see is the last site that could be made. The next good save brings a new one."), problems.map(problem)),
    pages.map((page) => section(link(toPage(page.route), null, path(page.route)), page.problems.map(problem))),
    warnings.length > 0 && section("Warnings", warnings.map(problem)),
  ];
}

/** One of them. */
export function problem(told) {
  const place = told.file && [told.file, told.line, told.column].filter((part) => part !== null).join(":");
  return h(
    "article",
    { class: `problem ${told.severity}` },
    h("h3", null, h("span", { class: "severity" }, told.severity), " ", told.message),
    place && h("p", { class: "place" }, path(place)),
    told.excerpt?.length > 0 && excerpt(told.excerpt, told.label),
    told.notes.map((note) => remark("note", note)),
    told.repeats > 0 && remark("note", `the same happened ${count(told.repeats, "more time")}`),
    told.help.map((help) => remark("help", help)),
  );
}

const remark = (kind, text) => h("p", { class: `remark ${kind}` }, h("b", null, `${kind}: `), text);

function excerpt(lines, label) {
  const marked = lines.filter((line) => line.mark);
  const last = marked[marked.length - 1];
  const rows = lines.map((line) => {
    const row = h("span", { class: line.mark ? "line meant" : "line" }, h("span", { class: "number" }, String(line.number)));
    const text = [...line.text];
    const [from, to] = line.mark ?? [text.length, text.length];
    // A place past the end of a line is a mark as well.
    const marked = text.slice(from, to).join("") || " ";
    row.append(text.slice(0, from).join(""));
    if (line.mark) row.append(h("mark", null, marked), text.slice(to).join(""));
    if (line === last && label) row.append(h("span", { class: "label" }, label));
    return [row, "\n"];
  });
  return h("pre", { class: "excerpt", tabindex: "0", "aria-label": "Excerpt of the file" }, h("code", null, rows));
}
