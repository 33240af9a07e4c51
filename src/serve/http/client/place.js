// Where somebody is on a page: kept over a reload, so that work goes on where it was.

const KEY = "frieze:place";
// Later than this, it is another visit.
const FRESH = 10_000;

export function keepPlace() {
  const open = [...document.querySelectorAll("details")].map((details) => details.open);
  const place = {
    address: location.pathname + location.search,
    time: Date.now(),
    x: scrollX,
    y: scrollY,
    open,
    focus: pathOf(document.activeElement),
  };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // No room, or not allowed: the page begins at its top.
  }
}

export function returnToPlace() {
  const place = takePlace();
  if (!place || place.address !== location.pathname + location.search) return;
  if (Date.now() - place.time > FRESH) return;
  const details = document.querySelectorAll("details");
  // Others than before cannot be told apart.
  if (details.length === place.open.length) details.forEach((one, at) => (one.open = place.open[at]));
  if (place.focus) find(place.focus)?.focus({ preventScroll: true });
  scroll(place);
}

function takePlace() {
  try {
    const text = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Once now, and once when pictures have their size, unless somebody has scrolled.
function scroll({ x, y }) {
  const go = () => scrollTo({ left: x, top: y, behavior: "instant" });
  go();
  let isMoved = false;
  const moved = () => (isMoved = true);
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(kind, moved, { once: true, passive: true });
  }
  if (document.readyState !== "complete") addEventListener("load", () => isMoved || go(), { once: true });
}

// A selector for one element, from the next one with an id on.
function pathOf(element) {
  const steps = [];
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    if (at.id) return [`#${CSS.escape(at.id)}`, ...steps].join(" > ");
    const place = [...(at.parentElement?.children ?? [])].indexOf(at) + 1;
    steps.unshift(`${CSS.escape(at.localName)}:nth-child(${place})`);
  }
  return steps.length > 0 ? ["body", ...steps].join(" > ") : null;
}

function find(path) {
  try {
    return document.querySelector(path);
  } catch {
    return null;
  }
}
