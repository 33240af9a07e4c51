// All definitions.

import { age, bytes, h, link, milliseconds, number, table, toQuery } from "./dom.js";

export const title = "Queries";

export const load = (ask) => ask("queries");

export function show({ queries }) {
  const sum = (one, name) => one.languages.reduce((sum, asked) => sum + asked[name], 0);
  const oldest = (one) => Math.max(-1, ...one.languages.map((asked) => asked.age ?? -1));
  return [
    h("h1", null, title),
    table("Definitions", [
      ["Name", (one) => link(toQuery(one.name), null, one.name)],
      ["Asks", (one) => h("code", null, one.asks)],
      ["How often", (one) => one.often],
      ["Items", (one) => number(one.items), "figure"],
      ["Pages", (one) => number(one.pages), "figure"],
      ["Requests", (one) => number(sum(one, "requests")), "figure"],
      ["Received", (one) => bytes(sum(one, "bytes")), "figure"],
      ["Took", (one) => one.took_ms !== null && milliseconds(one.took_ms), "figure"],
      ["Age", (one) => oldest(one) >= 0 && age(oldest(one)), "figure"],
    ], queries),
  ];
}
