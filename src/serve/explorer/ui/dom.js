// Elements and words. Whatever comes from the site becomes text, never markup.

/** An element. Attributes that are null or false are left out; functions are listeners. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A link, unless the address is none that a link may have. */
export function link(address, attributes, ...children) {
  const fine = /^(#|\/(?!\/)|https?:\/\/)/.test(address ?? "");
  return fine ? h("a", { ...attributes, href: address }, ...children) : h("span", attributes, ...children);
}

/** An address of the explorer: `to("routes", { q: "walks" })`. */
export function to(view, parameters = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "" && value !== 0) query.set(key, value);
  }
  return `#/${view}${query.size ? `?${query}` : ""}`;
}

export const toQuery = (name) => to(`queries/${encodeURIComponent(name)}`);
export const toPage = (route) => to("page", { path: route });

/** A path that may break after its slashes. */
export function path(text) {
  const parts = String(text).split(/(?<=[/])/);
  return h("span", { class: "path" }, parts.flatMap((part) => [part, h("wbr")]));
}

const numbers = new Intl.NumberFormat("en");
export const number = (value) => numbers.format(value);
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at += 1) value /= 1024;
  return `${at && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

export function milliseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function age(seconds) {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

/** Names and values, of those that have one. */
export function facts(rows) {
  const told = rows.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return told.length > 0 && h("dl", { class: "facts" }, told.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

/** A table that becomes a list of cards where there is no room. `columns`: [name, cell, class]. */
export function table(label, columns, rows) {
  const head = columns.map(([name, , kind]) => h("th", { scope: "col", role: "columnheader", class: kind }, name));
  const row = (value) =>
    h("tr", { role: "row" }, columns.map(([name, cell, kind]) => h("td", { role: "cell", "data-name": name, class: kind }, cell(value) || "–")));
  return h(
    "div",
    { class: "scroll" },
    // Said by its roles as well: as a list of cards it is none for some readers.
    h(
      "table",
      { role: "table", "aria-label": label },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
      h("tbody", { role: "rowgroup" }, rows.map(row)),
    ),
  );
}

/** A heading with what belongs to it. */
export function section(title, ...children) {
  return h("section", null, h("h2", null, title), ...children);
}

export const empty = (text) => h("p", { class: "empty" }, text);

/** Where a window of a list is, and the ways to the ones beside it. */
export function pager(window, address) {
  const { offset, limit, total, next } = window;
  const shown = Math.min(offset + limit, total);
  if (!total || (offset === 0 && next === null)) return null;
  const way = (name, at) =>
    at === null ? h("span", { class: "button", "aria-disabled": "true" }, name) : link(address(at), { class: "button" }, name);
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages of the list" },
    way("Previous", offset > 0 ? Math.max(0, offset - limit) : null),
    h("span", null, offset < total ? `${number(offset + 1)} to ${number(shown)} of ${number(total)}` : `${number(total)} in all`),
    way("Next", next),
  );
}
