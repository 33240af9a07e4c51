"use strict";

// Runs a stored query in place. The URL is written as Adobe's JavaScript client writes it: all variables encoded at
// once, and one literal ";" behind them.
for (const form of document.querySelectorAll("form[data-path]")) {
  const link = form.querySelector(".url a");
  const status = form.querySelector("output");
  const answer = form.querySelector(".answer");
  form.querySelector(".actions").hidden = false;

  const update = () => {
    let variables = "";
    for (const { dataset, value, required } of form.querySelectorAll("input")) {
      if (value !== "" || required) {
        variables += `;${dataset.variable}=${value}`;
      }
    }
    const url = form.dataset.path + encodeURIComponent(variables) + (variables && ";");
    link.setAttribute("href", url);
    link.firstElementChild.textContent = url;
    const again = form.closest("li").querySelector(".try");
    again.setAttribute("href", url);
  };

  // An answer is shown beside the variables that it was asked for with, or not at all: answers may come in another order
  // than they were asked for, and after the variables were changed.
  let last;
  const clear = () => {
    last?.abort();
    status.textContent = "";
    answer.hidden = true;
  };
  form.addEventListener("input", () => {
    clear();
    update();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear();
    last = new AbortController();
    const { signal } = last;
    status.textContent = "…";
    const started = performance.now();
    try {
      const response = await fetch(link.getAttribute("href"), { cache: "no-store", signal });
      const text = await response.text();
      const took = Math.round(performance.now() - started);
      let shown = text;
      let errors = 0;
      try {
        const parsed = JSON.parse(text);
        errors = parsed.errors?.length ?? 0;
        shown = JSON.stringify(parsed, null, 2);
      } catch {
        // Not JSON: shown as it is.
      }
      const size = new Intl.NumberFormat("en").format(new Blob([text]).size);
      status.textContent =
        `${response.status} · ${size} bytes · ${took} ms` + (errors ? ` · ${errors} errors` : "");
      answer.textContent = shown;
    } catch (error) {
      if (signal.aborted) return;
      status.textContent = "no answer";
      answer.textContent = String(error);
    }
    answer.hidden = false;
  });

  form.querySelector(".copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(new URL(link.getAttribute("href"), location.href).href);
      status.textContent = "copied";
    } catch {
      status.textContent = "the browser did not allow copying";
    }
  });
}

// "Try" opens the query and runs it; with a modifier key it stays a link.
for (const link of document.querySelectorAll(".try")) {
  link.addEventListener("click", (event) => {
    const details = link.parentElement.querySelector("details");
    const form = details.querySelector("form");
    if (!form || event.metaKey || event.ctrlKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    details.open = true;
    form.requestSubmit();
  });
}
