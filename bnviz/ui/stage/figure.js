/* A figure: decoded once, then resolved for one snapshot and theme. */

const TYPES = {
  f4: Float32Array, i4: Int32Array, i2: Int16Array, i1: Int8Array, u2: Uint16Array, u1: Uint8Array,
};

function numbers({ dtype, bdata, lo, hi }) {
  const text = atob(bdata);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); // 10 times Uint8Array.from
  const values = new TYPES[dtype](bytes.buffer);
  if (lo === undefined) return values;
  // Levels from 0 to 65534 between lo and hi; 65535 stands for a missing value.
  const levels = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    levels[i] = values[i] === 65535 ? NaN : lo + ((hi - lo) * values[i]) / 65534;
  }
  return levels;
}

/* Cut a flat typed array into nested rows; no value is copied. */
function cut(values, [rows, ...rest]) {
  if (!rest.length) return values;
  const size = values.length / rows;
  return Array.from({ length: rows }, (_, k) => cut(values.subarray(k * size, k * size + size), rest));
}

const array = (spec) => cut(numbers(spec), spec.shape ? spec.shape.split(",").map(Number) : []);

/* One value for each snapshot. */
class Frames {
  constructor(spec) {
    if (Array.isArray(spec)) this.values = spec.map(decode);
    else this.values = spec.bdata.map((bdata, k) => array({ ...spec, bdata, lo: spec.lo?.[k], hi: spec.hi?.[k] }));
  }
}

const isLeaf = (node) => node === null || typeof node !== "object" || ArrayBuffer.isView(node);
const keep = (text) => text;

const decoded = new WeakMap(); // part of a message -> what it says

/* Decode each part of a message once: what has not changed gives the same arrays again. */
function decode(node) {
  if (isLeaf(node)) return node;
  if (!decoded.has(node)) decoded.set(node, decodeAnew(node));
  return decoded.get(node);
}

function decodeAnew(node) {
  if (Array.isArray(node)) return node.map(decode);
  if ("frames" in node) return new Frames(node.frames);
  if ("bdata" in node) return array(node);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, decode(value)]));
}

function moves(node) {
  return !isLeaf(node) && (node instanceof Frames || Object.values(node).some(moves));
}

/* A fresh copy at snapshot t, as Plotly writes into what it is given, in the colours of the present
   theme. Numbers are not copied: by that Plotly sees what has not changed. */
function at(node, t, paint) {
  if (typeof node === "string") return paint(node);
  if (isLeaf(node)) return node;
  if (node instanceof Frames) return at(node.values[t], t, paint);
  if (Array.isArray(node)) return node.map((value) => at(value, t, paint));
  const copy = {};
  for (const key in node) copy[key] = at(node[key], t, paint);
  return copy;
}

/* Whether the ground of an element is light or dark. */
function themeOf(root) {
  const [r, g, b] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
}

/* Figures come in light colours; in a dark page each known colour gives way to its partner. */
function painter(theme, dark) {
  const partner = (color) => dark[color.toUpperCase()] ?? color;
  const swap = (text) => (text.includes("#") ? text.replace(/#[0-9a-f]{6}/gi, partner) : text);
  return theme === "dark" ? swap : keep;
}
