// The OpenAPI document of this box as a page. Nothing of it is put in as HTML.

function element(name, values = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Text with `code` and **strong** in it.
function words(text) {
  return text.split(/(`[^`]*`|\*\*[^*]*\*\*)/).map((part) => {
    if (part.startsWith("`")) return element("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return element("strong", {}, part.slice(2, -2));
    return part;
  });
}

const paragraphs = (text) => text.split("\n\n").map((part) => element("p", {}, ...words(part)));

class Reader {
  constructor(document) {
    this.document = document;
  }

  named(schema) {
    const name = schema.$ref.split("/").pop();
    return [name, this.document.components.schemas[name]];
  }

  // What a value may be, in a line.
  kind(schema) {
    if (schema.$ref) return this.named(schema)[0];
    if (schema.anyOf) return schema.anyOf.map((one) => this.kind(one)).join(" or ");
    if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.type === "array") return `list of ${schema.items ? this.kind(schema.items) : "anything"}`;
    return schema.type || "anything";
  }

  limits(schema) {
    const keys = ["minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "maxItems", "pattern", "default"];
    const plain = schema.anyOf ? Object.assign({}, ...schema.anyOf, schema) : schema;
    return keys.filter((key) => key in plain && plain[key] !== null).map((key) => `${key} ${JSON.stringify(plain[key])}`).join(", ");
  }

  row(name, schema, needed) {
    const told = [schema.description || "", this.limits(schema)].filter(Boolean).join(" · ");
    return element("tr", {},
      element("td", {}, element("code", {}, name), needed ? " *" : ""),
      element("td", {}, this.kind(schema)),
      element("td", {}, ...words(told)));
  }

  // The fields of a schema, and of those that it is made of.
  tables(schema, seen = new Set()) {
    const inner = schema.anyOf || (schema.items ? [schema.items] : []);
    if (inner.length) return inner.flatMap((one) => this.tables(one, seen));
    let title = "";
    if (schema.$ref) {
      [title, schema] = this.named(schema);
      if (seen.has(title)) return [];
      seen.add(title);
    }
    if (!schema.properties) return [];
    const fields = Object.entries(schema.properties);
    const rows = fields.map(([name, one]) => this.row(name, one, (schema.required || []).includes(name)));
    return [
      title ? element("p", {}, element("strong", {}, title), schema.description ? ` ${schema.description}` : "") : null,
      element("table", {}, element("tbody", {}, ...rows)),
      ...fields.flatMap(([, one]) => this.tables(one, seen)),
    ].filter((one) => one !== null);
  }

  content(title, content) {
    return Object.entries(content || {}).flatMap(([type, { schema }]) => [
      element("h3", {}, `${title} · ${type}`),
      ...(schema ? this.tables(schema) : []),
    ]);
  }

  operation(path, method, told) {
    const parameters = (told.parameters || []).map((one) =>
      this.row(`${one.name} (${one.in})`, { ...one.schema, description: one.description }, one.required));
    const answers = Object.entries(told.responses);
    const refusals = answers.filter(([status]) => Number(status) >= 300);
    return element("details", { id: told.operationId, "data-words": `${method} ${path} ${told.summary}`.toLowerCase() },
      element("summary", {},
        element("span", { class: `method ${method}` }, method.toUpperCase()),
        element("code", {}, path),
        ` ${told.summary}`,
        element("span", { class: "need" }, told["x-need"])),
      ...paragraphs(told.description),
      ...(parameters.length ? [element("h3", {}, "Parameters"), element("table", {}, element("tbody", {}, ...parameters))] : []),
      ...this.content("Body", told.requestBody && told.requestBody.content),
      ...answers.filter(([status]) => Number(status) < 300).flatMap(([status, one]) => this.content(`Answer ${status}`, one.content)),
      element("h3", {}, "Otherwise"),
      element("table", {}, element("tbody", {}, ...refusals.map(([status, one]) =>
        element("tr", {}, element("td", {}, status), element("td", {}, ...words(one.description)))))));
  }

  problems() {
    const codes = new Map();
    for (const methods of Object.values(this.document.paths)) {
      for (const told of Object.values(methods)) {
        for (const [status, one] of Object.entries(told.responses)) {
          for (const [, code, title] of one.description.matchAll(/`([A-Z_]+)`: ([^;]*)/g)) codes.set(code, [status, title]);
        }
      }
    }
    return element("table", {}, element("tbody", {}, ...[...codes].sort().map(([code, [status, title]]) =>
      element("tr", { id: code }, element("td", {}, element("code", {}, code)), element("td", {}, status), element("td", {}, title)))));
  }

  page() {
    const sections = this.document.tags.map(({ name }) => {
      const operations = Object.entries(this.document.paths).flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(([, told]) => told.tags.includes(name))
          .map(([method, told]) => this.operation(path, method, told)));
      return element("section", {}, element("h2", {}, name), ...operations);
    });
    return [...paragraphs(this.document.info.description), ...sections,
      element("section", {}, element("h2", {}, "Codes of refusals"), this.problems())];
  }
}

function filter(text) {
  for (const one of document.querySelectorAll("details")) {
    one.classList.toggle("hidden", !one.dataset.words.includes(text.toLowerCase()));
  }
  for (const one of document.querySelectorAll("section")) {
    const all = [...one.querySelectorAll("details")];
    one.classList.toggle("hidden", all.length > 0 && all.every((each) => each.classList.contains("hidden")));
  }
}

const main = document.getElementById("main");
try {
  const reply = await fetch("/api/openapi.json");
  if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
  main.replaceChildren(...new Reader(await reply.json()).page());
  document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
  const wanted = location.hash && document.getElementById(location.hash.slice(1));
  if (wanted) {
    if (wanted.tagName === "DETAILS") wanted.open = true;
    wanted.scrollIntoView();
  }
} catch (error) {
  main.replaceChildren(element("p", {}, `The document cannot be read: ${error.message}`));
}
