// Elements made in one call, for the page and for drawings. A drawing is an image with a text that says what
// it shows.

type Attributes = Readonly<Record<string, string | number>>;

/** @param content children, or text */
export function html<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...content);
  return element;
}

export function svg(name: string, attributes: Attributes = {}, ...content: (Node | string)[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...content);
  return element;
}

/** A drawing of `width` × `height` units; `title` is what a screen reader says. */
export function drawing(title: string, width: number, height: number, ...content: Node[]): SVGElement {
  const size = { viewBox: `0 0 ${width} ${height}`, width, height };
  return svg("svg", { ...size, role: "img", "aria-label": title }, ...content);
}

/** What is wider than the page scrolls by itself, and can be reached by keyboard. */
export function scrolling(label: string, content: Node): HTMLElement {
  return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, content);
}

/** The element of the page with this id. */
export function byId<Type extends Element = HTMLElement>(id: string): Type {
  return document.querySelector(`#${id}`) as unknown as Type;
}

/** A number for reading: four significant digits. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return "missing";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2);
  return Number(value.toPrecision(4)).toLocaleString("en");
}

export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** How wide a chart may be in a panel of the results, so that its text keeps its size on a phone. */
export function chartWidth(): number {
  const { clientWidth } = byId("results");
  const columns = getComputedStyle(document.querySelector(".panels") as Element).gridTemplateColumns.split(
    " ",
  ).length;
  return Math.max(270, Math.min(640, Math.floor((clientWidth - 16 * (columns - 1)) / columns) - 36));
}
