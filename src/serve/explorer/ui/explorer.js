// The explorer: which view is shown, and when it is shown anew.

import { empty, h, link } from "./dom.js";
import * as overview from "./overview.js";
import * as page from "./page.js";
import * as problems from "./problems.js";
import * as queries from "./queries.js";
import * as query from "./query.js";
import * as routes from "./routes.js";

const VIEWS = { "": overview, queries, routes, page, problems };

/** Milliseconds that several changes are waited for together. */
const PAUSE = 100;

const main = document.getElementById("main");
const state = document.getElementById("state");

/** The address that is shown, and what it was made of: what is the same is not made anew. */
let shown = { address: null, text: null };
/** Counts attempts: only the last one is shown. */
let attempt = 0;

/** Asks the preview. */
async function ask(name, parameters = {}) {
  const known = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const response = await fetch(`api/${name}?${new URLSearchParams(known)}`);
  const told = await response.json();
  if (!response.ok) throw Object.assign(new Error(told.error), { status: response.status });
  return told;
}

/** What the address asks for: `#/queries/walks?q=x`. */
function wanted() {
  const [way, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = way.split("/");
  const part = rest.length ? decoded(rest.join("/")) : null;
  const view = name === "queries" && part ? query : VIEWS[name];
  return { name, part, view, parameters: Object.fromEntries(new URLSearchParams(search ?? "")) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Shows what the address asks for, if that is not what is shown already. */
async function show() {
  const { name, part, view, parameters } = wanted();
  const address = `${name}/${part ?? ""}`;
  const own = (attempt += 1);
  let made, title, text;
  try {
    if (!view) throw new Error("There is no such page of the explorer.");
    const told = await view.load(ask, part, parameters);
    text = JSON.stringify([location.hash, told]);
    title = typeof view.title === "function" ? view.title(told) : view.title;
    made = () => view.show(told);
  } catch (error) {
    const isGone = error instanceof TypeError;
    text = `${location.hash} ${error.message}`;
    title = isGone ? "No preview" : "Not found";
    const words = isGone ? "The preview does not answer. Start it again with `frieze serve`." : error.message;
    made = () => [h("h1", null, title), empty(words), link("#/", null, "Overview")];
  }
  if (own !== attempt || text === shown.text) return;
  const isSame = address === shown.address;
  const hadAny = shown.address !== null;
  shown = { address, text };
  replace(made().flat(Infinity).filter(Boolean), isSame);
  document.title = `${title} · Frieze`;
  for (const entry of document.querySelectorAll("[data-view]")) {
    const isHere = entry.dataset.view === (name === "page" ? "routes" : name);
    if (isHere) entry.setAttribute("aria-current", "page");
    else entry.removeAttribute("aria-current");
  }
  if (!isSame && hadAny) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

/** Puts a view in the place of another; where it is the same one, everything that somebody did to it stays. */
function replace(made, isSame) {
  if (!isSame) return main.replaceChildren(...made);
  const open = new Set([...main.querySelectorAll("details[data-key]")].filter((one) => one.open).map(key));
  const closed = new Set([...main.querySelectorAll("details[data-key]")].filter((one) => !one.open).map(key));
  const { id, selectionStart, selectionEnd, value } = document.activeElement ?? {};
  const top = scrollY;
  main.replaceChildren(...made);
  for (const details of main.querySelectorAll("details[data-key]")) {
    if (open.has(key(details))) details.open = true;
    if (closed.has(key(details))) details.open = false;
  }
  const focused = id && main.querySelector(`#${CSS.escape(id)}`);
  if (focused) {
    focused.focus({ preventScroll: true });
    if (focused.type === "search") {
      // What was typed meanwhile is newer than the address.
      focused.value = value;
      focused.setSelectionRange(selectionStart, selectionEnd);
    }
  }
  scrollTo(0, top);
}

/** What an element is known by: its own key below those around it. */
function key(element) {
  const keys = [];
  for (let at = element; at; at = at.parentElement.closest("details[data-key]")) keys.unshift(at.dataset.key);
  return keys.join("\n");
}

/** What the head of the page says of the preview. */
async function head() {
  const { working, site, errors } = await ask("site");
  document.getElementById("title").textContent = site?.title || "Frieze";
  const badge = document.getElementById("count");
  const wrong = errors + (site?.failed ?? 0);
  badge.hidden = !wrong;
  badge.textContent = String(wrong);
  say(working ? "working" : wrong ? "broken" : "fine", working ? "Working …" : wrong ? "Last good site" : "Up to date");
}

function say(kind, words) {
  if (state.textContent === words) return;
  state.className = `state ${kind}`;
  state.textContent = words;
}

let timer;
/** Something may be different. */
function changed() {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

function look() {
  show();
  head().catch(() => say("gone", "No preview"));
}

function follow() {
  const events = new EventSource("events?page=/_frieze/");
  for (const name of ["change", "style", "problems", "fine", "working", "open"]) {
    events.addEventListener(name, changed);
  }
  events.addEventListener("error", changed);
}

addEventListener("hashchange", show);
// Looking at a page renders it, and tells nobody.
addEventListener("focus", changed);
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const field = document.getElementById("search");
  if (field) return field.select();
  location.hash = "#/routes";
  const waiting = new MutationObserver(() => {
    const field = document.getElementById("search");
    if (!field) return;
    waiting.disconnect();
    field.focus();
  });
  waiting.observe(main, { childList: true });
});
// The skip link's own address is none of a view.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

look();
follow();
