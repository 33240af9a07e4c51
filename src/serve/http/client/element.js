// Elements of our own: built without HTML text, so that nothing of a message is ever markup, and apart from the page's
// styles. Pages that forbid styles in their HTML allow these.

// <name attribute="value">children</name>
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// An element at the end of the page with a tree and styles of its own.
export function host(name, style) {
  const element = document.createElement(name);
  const root = element.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(COLOURS + style);
  root.adoptedStyleSheets = [sheet];
  document.documentElement.append(element);
  return root;
}

const COLOURS = `
  :host {
    all: initial;
    color-scheme: light dark;
    --paper: light-dark(#ffffff, #1f2227);
    --raised: light-dark(#f4f3f0, #2a2e35);
    --ink: light-dark(#22252a, #e8e6e1);
    --faint: light-dark(#5d6470, #a3abb8);
    --line: light-dark(#d8d5cf, #414752);
    --wrong: light-dark(#b3131f, #ff8a80);
    --marked: light-dark(#fde8e6, #4a2526);
    --link: light-dark(#0b6e66, #5cc8bd);
    --warning: light-dark(#8a5a00, #f5c469);
    font: 15px/1.5 system-ui, sans-serif;
    color: var(--ink);
  }
  @media print {
    :host { display: none; }
  }
  a { color: var(--link); }
  button { font: inherit; color: inherit; cursor: pointer; }
  :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`;
