// The page at `/`: the models in service, their inputs, and a form to try one row. Static, without a
// package and without markup made from data: the script sets text only.

/** The page; it loads `/page.js`. */
export const pageHtml: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>coppice: models</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1rem; }
  label { display: block; font-size: .85rem; overflow-wrap: anywhere; }
  input, select, button { font: inherit; box-sizing: border-box; }
  label input, label select { width: 100%; }
  button { margin: 1rem 0; padding: .3rem 1.2rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8888; padding: .5rem; }
  .error { color: #c0392b; }
</style>
</head>
<body>
<h1>coppice: models in service</h1>
<p><a href="/openapi.json">OpenAPI description</a> · <a href="/metrics">metrics</a></p>
<form id="access"><label>Bearer token, if the server asks for one
  <input id="token" type="password" autocomplete="off"></label><button>Show models</button></form>
<p id="message" role="status"></p>
<main id="models"></main>
<script src="/page.js" defer></script>
</body>
</html>
`;

/** The script of the page. */
export const pageScript: string = `"use strict";
const byId = (id) => document.getElementById(id);
const element = (name, text, parent) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
};
async function call(path, body) {
  const headers = { "Content-Type": "application/json" };
  if (byId("token").value) headers.Authorization = "Bearer " + byId("token").value;
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(path, init);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}
function field(feature, parent) {
  const label = element("label", feature.name, parent);
  if (Array.isArray(feature.categories)) {
    const select = element("select", undefined, label);
    element("option", "missing", select);
    for (const category of feature.categories) element("option", String(category), select);
    return () => feature.categories[select.selectedIndex - 1] ?? null;
  }
  const input = element("input", undefined, label);
  input.type = "number";
  input.step = "any";
  input.placeholder = "missing";
  return () => (input.value === "" ? null : Number(input.value));
}
function showModel(meta, parent) {
  const { parameters } = meta;
  element("h2", meta.name + ", version " + parameters.version, parent);
  element("p", parameters.objective + ", " + parameters.trees + " trees, " + parameters.features.length + " features", parent);
  const form = element("form", undefined, parent);
  const fields = element("div", undefined, form);
  fields.className = "fields";
  const values = parameters.features.map((feature) => [feature.name, field(feature, fields)]);
  element("button", "Predict", form);
  const out = element("pre", "", parent);
  out.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    out.hidden = false;
    try {
      const row = Object.fromEntries(values.map(([name, value]) => [name, value()]));
      const path = "/v2/models/" + encodeURIComponent(meta.name) + "/versions/" + encodeURIComponent(parameters.version);
      out.className = "";
      out.textContent = JSON.stringify(await call(path + "/rows", { rows: [row] }), null, 2);
    } catch (error) {
      out.className = "error";
      out.textContent = error.message;
    }
  });
}
async function showModels() {
  const models = byId("models");
  const message = byId("message");
  models.replaceChildren();
  message.className = "";
  try {
    const list = (await call("/v2/models")).models;
    message.textContent = list.length === 0 ? "No model is loaded." : "";
    for (const { name, version } of list) {
      const path = "/v2/models/" + encodeURIComponent(name) + "/versions/" + encodeURIComponent(version);
      showModel(await call(path), element("section", undefined, models));
    }
  } catch (error) {
    message.className = "error";
    message.textContent = error.message;
  }
}
byId("access").addEventListener("submit", (event) => { event.preventDefault(); void showModels(); });
void showModels();
`;
