// The preview's part in a page: hears what becomes of the page, and shows it.
//
// The server tells by events (see `follow.rs`): `change`, `style`, `problems`, `fine`, `working`. A page that nobody
// sees hears nothing: browsers have few connections for one host, and what was missed is told when it is seen again.

import { bar } from "./client/bar.js";
import { keepPlace, returnToPlace } from "./client/place.js";
import { overlay } from "./client/overlay.js";

const SOONEST = 300;
const LATEST = 5000;
const MARK = "\u2717 ";

const script = document.getElementById("frieze-preview");
const { page } = script.dataset;
const isOwn = script.hasAttribute("data-own");
let { version } = script.dataset;
let stream = null;
let pause = SOONEST;
let retry;

const heard = {
  change() {
    keepPlace();
    location.reload();
  },
  style(change) {
    version = change.version;
    swapStyleSheets(change.sheets);
  },
  problems(problems) {
    markTitle(true);
    bar.problems(problems.length);
    // Our own pages say themselves what is wrong.
    if (!isOwn) overlay.show(problems);
  },
  fine() {
    markTitle(false);
    bar.problems(0);
    overlay.clear();
  },
  working() {
    bar.working();
  },
};

function listen() {
  quiet();
  stream = new EventSource(`/_frieze/events?${new URLSearchParams({ page, version })}`);
  for (const [name, react] of Object.entries(heard)) {
    stream.addEventListener(name, (event) => react(JSON.parse(event.data)));
  }
  stream.onopen = () => {
    pause = SOONEST;
    bar.connected(true);
  };
  // Not left to the browser: it would ask for the version that the page had at first, and gives up where it is refused.
  stream.onerror = () => {
    quiet();
    bar.connected(false);
    retry = setTimeout(listen, pause);
    pause = Math.min(pause * 2, LATEST);
  };
}

function quiet() {
  clearTimeout(retry);
  stream?.close();
  stream = null;
}

function attend() {
  if (document.hidden) quiet();
  else if (!stream) listen();
}

function markTitle(isWrong) {
  const title = document.title.startsWith(MARK) ? document.title.slice(MARK.length) : document.title;
  document.title = isWrong ? MARK + title : title;
}

// Puts style sheets in the place of others without a moment between them.
function swapStyleSheets(sheets) {
  const links = [...document.querySelectorAll('link[rel~="stylesheet" i][href]')];
  const own = links.filter((link) => new URL(link.href).origin === location.origin);
  const pairs = own.flatMap((link) => {
    const sheet = sheets.find(([old]) => new URL(old, location.href).pathname === new URL(link.href).pathname);
    return sheet ? [[link, sheet[1]]] : [];
  });
  // What no page links to is imported by something that it links to.
  const all = pairs.length > 0 ? pairs : own.map((link) => [link, link.href]);
  for (const [link, address] of all) replaceLink(link, address);
}

function replaceLink(link, address) {
  const next = link.cloneNode();
  const url = new URL(address, location.href);
  url.searchParams.set("frieze", Date.now().toString(36));
  next.href = url.href;
  next.onload = () => link.remove();
  next.onerror = () => next.remove();
  link.after(next);
}

returnToPlace();
bar.start(page);
document.addEventListener("visibilitychange", attend);
addEventListener("pagehide", quiet);
addEventListener("pageshow", attend);
addEventListener("online", attend);
attend();
