// A field to search with, and choices beside it. The address has what was chosen, so that it can be kept and sent.

import { h } from "./dom.js";

/** Milliseconds without a key until the search begins. */
const PAUSE = 150;

/** `choices`: name to `{ label, options: [[value, words]] }`; `address` gives that of other parameters. */
export function search({ label, parameters, address, choices }) {
  let timer;
  const field = h("input", {
    id: "search",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: `${label} ( / )`,
    "aria-label": label,
    value: parameters.q ?? "",
    input: () => {
      clearTimeout(timer);
      timer = setTimeout(() => location.replace(address({ q: field.value })), PAUSE);
    },
  });
  const selects = Object.entries(choices).map(([name, { label, options }]) => {
    const option = ([value, words]) => h("option", { value, selected: value === (parameters[name] ?? "") }, words);
    const changed = ({ target }) => location.replace(address({ [name]: target.value }));
    return h("select", { id: `choice-${name}`, "aria-label": label, change: changed }, options.map(option));
  });
  const submit = (event) => event.preventDefault();
  return h("form", { class: "search", role: "search", submit }, field, selects);
}
