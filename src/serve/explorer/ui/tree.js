// A JSON value as a tree of what can be opened.

import { h, number } from "./dom.js";

/** Levels that are open from the start. */
const OPEN = 1;

/** The tree of `{ value, cut }`. */
export function tree({ value, cut }) {
  const rest = new Map(cut.map(({ at, rest }) => [at, rest]));
  return h("div", { class: "tree" }, members(value, "", 0, rest));
}

function members(value, at, depth, rest) {
  if (value === null || typeof value !== "object") return scalar(value, rest.get(at));
  const isList = Array.isArray(value);
  const all = isList ? value.map((member, index) => [String(index), member]) : Object.entries(value);
  const list = all.map(([name, member]) => h("li", null, node(name, member, `${at}/${escaped(name)}`, depth, rest, isList)));
  const more = rest.get(at);
  return h("ul", null, list, more && h("li", { class: "cut" }, `… and ${number(more)} more`));
}

function node(name, value, at, depth, rest, inList) {
  const label = h("span", { class: inList ? "index" : "key" }, name);
  const size = value !== null && typeof value === "object" ? Object.keys(value).length + (rest.get(at) ?? 0) : 0;
  if (!size) return [label, " ", scalar(value, rest.get(at))];
  const words = Array.isArray(value) ? `[${number(size)}]` : `{${number(size)}}`;
  const details = h("details", { open: depth < OPEN, "data-key": at }, h("summary", null, label, " ", h("span", { class: "size" }, words)));
  // What nobody opens is not made.
  const fill = () => details.childElementCount === 1 && details.append(members(value, at, depth + 1, rest));
  if (depth < OPEN) fill();
  details.addEventListener("toggle", fill);
  return details;
}

function scalar(value, more) {
  if (typeof value === "string") {
    const text = h("span", { class: "string" }, value || h("span", { class: "none" }, "empty"));
    return more ? h("span", null, text, h("span", { class: "cut" }, ` … and ${number(more)} more characters`)) : text;
  }
  if (value === null) return h("span", { class: "none" }, "null");
  if (typeof value === "object") return h("span", { class: "none" }, Array.isArray(value) ? "[]" : "{}");
  return h("span", { class: typeof value }, String(value));
}

const escaped = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");
