// The bar at the corner of a page: where its content is edited, and what it was made of.

import { host, make } from "./element.js";
import { overlay } from "./overlay.js";

const KEY = "frieze:bar";

const STYLE = `
  nav {
    position: fixed; inset: auto 12px 12px auto; z-index: 2147483646;
    display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.9rem;
    max-width: calc(100vw - 24px); box-sizing: border-box;
    padding: 0.3rem 0.4rem 0.3rem 0.8rem;
    border: 1px solid var(--line); border-radius: 999px;
    background: var(--paper); color: var(--ink);
    box-shadow: 0 2px 12px rgb(0 0 0 / 18%);
    font-size: 13px;
  }
  nav.closed { padding: 0; opacity: 0.75; }
  nav.closed:hover, nav.closed:focus-within { opacity: 1; }
  nav.closed > :not(.toggle, .wrong) { display: none; }
  a { text-decoration: none; }
  a:hover { text-decoration: underline; }
  span { color: var(--faint); }
  .source a { font: 12px ui-monospace, Menlo, Consolas, monospace; color: var(--ink); }
  @media (max-width: 40rem) {
    .source { display: none; }
  }
  button { padding: 0.1rem 0.6rem; border: 0; border-radius: 999px; background: none; }
  button:hover { background: var(--raised); }
  .wrong { background: var(--marked); color: var(--wrong); font-weight: 600; }
  .state::before {
    content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 0.4em;
    border-radius: 50%; background: light-dark(#2a7e43, #6fcf8b);
  }
  .state[data-state="working"]::before { background: light-dark(#b8860b, #f5c469); }
  .state[data-state="lost"]::before { background: var(--wrong); }
`;

const WORDS = {
  idle: ["Preview", "This page reloads when its sources change"],
  working: ["Working", "A newer site is being made"],
  lost: ["Waiting", "The preview does not answer; the page tries again by itself"],
};

const state = make("b", { class: "state", role: "status" });
const wrong = make("button", { type: "button", class: "wrong", hidden: "", click: () => overlay.open() });
const toggle = make("button", { type: "button", class: "toggle", click: () => setOpen(nav.classList.contains("closed")) });
const nav = make("nav", { "aria-label": "Preview" }, state, wrong, toggle);

export const bar = {
  async start(page) {
    setState("idle");
    setOpen(remembered() !== "closed");
    host("frieze-bar", STYLE).append(nav);
    const parts = partsOf(page, await about(page));
    wrong.before(...parts);
  },

  connected(isConnected) {
    setState(isConnected ? "idle" : "lost");
  },

  working() {
    setState("working");
  },

  problems(count) {
    setState("idle");
    wrong.hidden = count === 0;
    wrong.textContent = count === 1 ? "1 problem" : `${count} problems`;
  },
};

function setState(name) {
  const [word, title] = WORDS[name];
  state.dataset.state = name;
  state.textContent = word;
  state.title = title;
}

function setOpen(isOpen) {
  nav.classList.toggle("closed", !isOpen);
  toggle.textContent = isOpen ? "\u00d7" : "\u25c2";
  toggle.setAttribute("aria-label", isOpen ? "Close the preview's bar" : "Open the preview's bar");
  toggle.setAttribute("aria-expanded", String(isOpen));
  try {
    localStorage.setItem(KEY, isOpen ? "open" : "closed");
  } catch {
    // It is asked again on the next page.
  }
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

// What the explorer knows of a page; nothing where it is none of the site's.
async function about(page) {
  try {
    const answer = await fetch(`/_frieze/api/page?${new URLSearchParams({ path: page })}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function partsOf(page, about) {
  const explorer = make("a", { href: about ? `/_frieze/#/page?${new URLSearchParams({ path: page })}` : "/_frieze/" }, "Explore");
  if (!about) return [explorer];
  return [
    about.item?.path ? editor(about.item) : null,
    source("template ", about.template, `routes?${new URLSearchParams({ template: about.template })}`),
    about.definition ? source("query ", about.definition.name, `queries/${encodeURIComponent(about.definition.name)}`) : null,
    explorer,
  ].filter((part) => part !== null);
}

// Something that the page is made of, and where the explorer shows it.
function source(word, name, view) {
  return make("span", { class: "source" }, word, make("a", { href: `/_frieze/#/${view}` }, name));
}

// Where an item is edited; its path to be copied, where no author host is known.
function editor({ path, edit }) {
  if (edit) return make("a", { href: edit, target: "_blank", rel: "noreferrer", title: path }, "Open in AEM");
  const copy = make("button", { type: "button", title: `${path}\n(no author host is known: name it as [aem] author)` }, "Copy path in AEM");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(path);
    copy.textContent = "Copied";
  });
  return copy;
}
