// What is wrong, over the page: the message, where it is, the lines around it, and what to do.

import { host, make } from "./element.js";

const STYLE = `
  dialog {
    box-sizing: border-box;
    width: min(62rem, calc(100vw - 2rem));
    max-height: calc(100vh - 4rem);
    padding: 0;
    border: 1px solid var(--line);
    border-top: 4px solid var(--wrong);
    border-radius: 8px;
    background: var(--paper);
    color: var(--ink);
    box-shadow: 0 12px 48px rgb(0 0 0 / 35%);
    overflow: auto;
  }
  dialog::backdrop { background: rgb(0 0 0 / 40%); }
  .head {
    position: sticky; top: 0;
    display: flex; align-items: center; justify-content: space-between; gap: 1rem;
    padding: 0.75rem 1.25rem;
    background: var(--paper);
    border-bottom: 1px solid var(--line);
  }
  h1 { margin: 0; font-size: 1rem; }
  .head button {
    padding: 0.2rem 0.7rem;
    border: 1px solid var(--line); border-radius: 6px;
    background: var(--raised);
  }
  ol { margin: 0; padding: 0; list-style: none; }
  li { padding: 1rem 1.25rem; }
  li + li { border-top: 1px solid var(--line); }
  h2 { margin: 0 0 0.25rem; font-size: 1.05rem; line-height: 1.35; overflow-wrap: anywhere; color: var(--wrong); }
  li[data-severity="warning"] h2 { color: var(--warning); }
  p { margin: 0.25rem 0; overflow-wrap: anywhere; }
  .place, pre { font: 13px/1.6 ui-monospace, Menlo, Consolas, monospace; }
  .place { color: var(--faint); }
  pre { position: relative; margin: 0.75rem 0; padding: 0.5rem 0; overflow-x: auto; border-radius: 6px; background: var(--raised); }
  pre > span { display: block; min-width: max-content; padding: 0 1rem 0 0; }
  pre > .meant { background: var(--marked); }
  i {
    display: inline-block; width: 3.5em; margin-right: 1em;
    text-align: right; font-style: normal; color: var(--faint); user-select: none;
  }
  mark { background: none; color: var(--wrong); font-weight: 700; text-decoration: underline wavy 1px; text-underline-offset: 3px; }
  .label { padding-left: 1em; color: var(--wrong); }
  b { font-weight: 600; }
  .note { color: var(--faint); }
  .help b { color: var(--link); }
  .foot { margin: 0; padding: 0.6rem 1.25rem; border-top: 1px solid var(--line); color: var(--faint); font-size: 13px; }
`;

let dialog = null;
let shown = "";
let latest = [];

export const overlay = {
  // Shows problems; those that somebody has closed stay closed until they are others.
  show(problems) {
    const text = JSON.stringify(problems);
    latest = problems;
    if (text === shown) return;
    shown = text;
    overlay.open();
  },

  open() {
    dialog ??= create();
    fill(dialog, latest);
    if (!dialog.open) dialog.showModal();
    // On a narrow screen, what is meant may be beyond the edge of its line.
    for (const mark of dialog.querySelectorAll("mark")) {
      const excerpt = mark.closest("pre");
      excerpt.scrollLeft = mark.offsetLeft + mark.offsetWidth - excerpt.clientWidth + 24;
    }
    dialog.scrollTop = 0;
  },

  clear() {
    shown = "";
    latest = [];
    // Closing gives the focus back to where it was.
    dialog?.close();
  },
};

function create() {
  const element = make("dialog", { "aria-labelledby": "title" });
  host("frieze-overlay", STYLE).append(element);
  return element;
}

function fill(dialog, problems) {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const title = errors === 1 ? "One error" : `${errors} errors`;
  const close = make("button", { type: "button", click: () => dialog.close() }, "Close (Esc)");
  dialog.replaceChildren(
    make("div", { class: "head" }, make("h1", { id: "title" }, title), close),
    make("ol", {}, ...problems.map(problemOf)),
    make("p", { class: "foot" }, "The page below is the last good one. This goes by itself when the error is mended."),
  );
}

function problemOf(problem) {
  const notes = problem.notes.map((note) => line("note", "note", note));
  if (problem.repeats > 0) notes.push(line("note", "note", `the same happened ${problem.repeats} more times`));
  const help = problem.help.map((help) => line("help", "help", help));
  return make(
    "li",
    { "data-severity": problem.severity },
    make("h2", {}, problem.message),
    problem.file ? make("p", { class: "place" }, placeOf(problem)) : null,
    problem.excerpt?.length ? excerptOf(problem) : null,
    ...notes,
    ...help,
  );
}

function placeOf({ file, line, column }) {
  return [file, line, column].filter((part) => part !== null).join(":");
}

function excerptOf({ excerpt, label }) {
  const last = excerpt.findLast((line) => line.mark);
  const lines = excerpt.map((line) => lineOf(line, line === last ? label : null));
  // Who scrolls by keyboard has to be able to reach it.
  return make("pre", { tabindex: "0" }, ...lines);
}

function lineOf({ number, text, mark }, label) {
  const digits = make("i", {}, String(number));
  if (!mark) return make("span", {}, digits, text);
  // Places count characters as people do, not halves of them.
  const letters = [...text];
  const part = (from, to) => letters.slice(from, to).join("");
  return make(
    "span",
    { class: "meant" },
    digits,
    part(0, mark[0]),
    make("mark", {}, part(mark[0], mark[1]) || " "),
    part(mark[1]),
    label ? make("span", { class: "label" }, label) : null,
  );
}

function line(kind, word, text) {
  return make("p", { class: kind }, make("b", {}, `${word}: `), text);
}
