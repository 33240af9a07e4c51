// GraphiQL over the endpoints of the sandbox. The page says in a JSON block which configurations there are, whether
// ad hoc queries get through, and the text of the stored queries.

import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./page.css";

const page = JSON.parse(document.getElementById("sandbox").textContent);
const asked = new URLSearchParams(location.search);
const configuration =
  page.configurations.find(({ name }) => name === asked.get("configuration")) ?? page.configurations[0];
const stored = configuration?.queries.find(({ name }) => name === asked.get("query"));

/** Tabs and history of one configuration are of no use in another. */
const storage = {
  prefix: `${configuration?.name}:`,
  getItem(key) {
    return localStorage.getItem(this.prefix + key);
  },
  setItem(key, value) {
    localStorage.setItem(this.prefix + key, value);
  },
  removeItem(key) {
    localStorage.removeItem(this.prefix + key);
  },
  clear() {
    for (const key of this.keys()) {
      localStorage.removeItem(key);
    }
  },
  get length() {
    return this.keys().length;
  },
  keys() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
  },
};

const WELCOME = `# Ctrl-Space suggests fields.
# Ctrl-Enter runs the query.

${configuration?.example ?? "{\n  __typename\n}\n"}`;

/** A link instead of state: what is open can be bookmarked, and the back button works. */
function open(changes) {
  const search = new URLSearchParams({ configuration: configuration.name, ...changes });
  location.search = search.toString();
}

/** Posts a query. What is no JSON, as the page of a Dispatcher, is told as an error rather than as a syntax error. */
async function fetcher(query) {
  const response = await fetch(configuration.endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(query),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `${configuration.endpoint} answers ${response.status}, and no JSON` }] };
  }
}

function Pickers() {
  return (
    <div className="pickers">
      <label>
        Configuration
        <select
          value={configuration.name}
          onChange={(event) => open({ configuration: event.target.value })}
        >
          {page.configurations.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Stored query
        <select
          value={stored?.name ?? ""}
          onChange={(event) => event.target.value && open({ query: event.target.value })}
        >
          <option value="">Open…</option>
          {configuration.queries.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <a href="/">Sandbox</a>
    </div>
  );
}

function Page() {
  if (!configuration) {
    return <p className="notice">The package has no GraphQL endpoint, so there is nothing to query.</p>;
  }
  return (
    <>
      {page.open ? null : (
        <p className="notice" role="status">
          The {page.tier} tier blocks ad hoc queries, as AEM’s Dispatcher does by default, so nothing can be run here.
          Serve the author tier, or open ad hoc queries.
        </p>
      )}
      <GraphiQL
        fetcher={fetcher}
        schema={page.open ? undefined : null}
        storage={storage}
        query={stored?.text}
        variables={stored?.variables}
        defaultQuery={WELCOME}
        isHeadersEditorEnabled={false}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>
          <Pickers />
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

document.title = configuration ? `GraphiQL: ${configuration.name}` : "GraphiQL";
createRoot(document.getElementById("graphiql")).render(<Page />);
