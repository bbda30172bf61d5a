/*
 * The dragged batch: one dot a value on the line of x; below it what the layer makes of each.
 *
 * Streamlit calls the default export again for each new run of the script and for each change of
 * theme; `data` is what payload() in drag.py returns. The stage tells which step it shows with the
 * event "bnstage-shows": what is not known there yet is pale, and the term of the step is lit. The
 * server hears of the values when a dot rests.
 */

const KEYS_REST_MS = 400;
const ROW = 46; // px from one line to the next
const TERMS = ["mu", "variance", "xhat", "y"]; // each is known from the step after it
const drags = new WeakMap(); // parentElement -> Drag

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".bndrag");
  let drag = drags.get(parentElement);
  if (drag?.root !== root) {
    drag?.close();
    drag = new Drag(root);
    drags.set(parentElement, drag);
  }
  if (data.number < drag.data?.number) return () => {}; // an older message that comes later
  drag.hear(data, setStateValue);
  const call = ++drag.calls;
  return () => {
    if (drag.calls !== call) return;
    drag.close();
    drags.delete(parentElement);
  };
}

class Drag {
  constructor(root) {
    this.root = root;
    this.calls = 0;
    this.chosen = 0; // the sample whose terms are written
    const terms = TERMS.map((term) => `<span data-term="${term}"></span>`).join("");
    root.innerHTML = `<svg></svg><p class="bndrag-terms" aria-live="polite">${terms}</p>`;
    this.svg = root.querySelector("svg");
    this.svg.onpointermove = (event) => this.move(event);
    this.svg.onpointerup = this.svg.onpointercancel = () => this.rest();
    this.follow = (event) => this.light(event.detail);
    document.addEventListener("bnstage-shows", this.follow);
    this.observer = new ResizeObserver(() => this.layOut());
    this.observer.observe(root);
  }

  hear(data, setStateValue) {
    this.send = (value) => setStateValue("values", { visit: data.visit, value });
    this.data = data;
    if (this.held !== undefined || this.resting) return; // the reader is ahead of the server
    this.x = [...data.values];
    this.chosen = Math.min(this.chosen, this.x.length - 1);
    this.layOut();
    this.light(Number(document.querySelector(".bnstage")?.dataset.shows ?? 9));
  }

  /* Fit the lines to the batch; they stay as they are while a dot moves. */
  layOut() {
    if (!this.data || !this.root.clientWidth || this.held !== undefined) return;
    const { divide } = this.data;
    const ends = [34, this.root.clientWidth - 16];
    const out = batchNorm(this.x, this.data);
    const bound = Math.max(1, Math.sqrt(this.x.length - 1));
    const hats = divide === "var" ? [0, ...out.xHat] : [-bound, bound];
    this.lines = [
      new NumberLine(this.x, 0.2, ...ends),
      new NumberLine(hats, 0.12, ...ends),
      new NumberLine([...out.y, -1, 1], 0.12, ...ends),
    ];
    this.build(bound);
    this.draw();
  }

  /* The lines with their ticks, once; then only dots and guides move. */
  build(bound) {
    const focused = this.dots?.indexOf(document.activeElement) ?? -1;
    this.svg.replaceChildren();
    this.svg.setAttribute("height", 3 * ROW + 4);
    const alone = this.x.length < 2;
    ["x", "x̂", "y"].forEach((name, row) => this.axis(name, row, alone && row > 0));
    this.band = this.shape("rect", { class: "bndrag-band", y: 6, height: 24 });
    this.guide = this.shape("line", { class: "bndrag-mean", y1: 2, y2: 34 });
    if (this.data.divide === "std" && !alone) {
      for (const end of [-bound, bound]) {
        const x = this.lines[1].place(end);
        this.shape("line", { class: "bndrag-bound", x1: x, x2: x, y1: ROW + 8, y2: ROW + 28 });
      }
    }
    this.out = [1, 2].map((row) =>
      alone ? [] : this.x.map(() => this.shape("circle", { class: "bndrag-out", cy: row * ROW + 18, r: 4.5, "data-row": row })));
    this.dots = this.x.map((_, k) => this.dot(k));
    this.dots[focused]?.focus();
  }

  shape(name, attributes, text = "") {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    this.svg.append(node);
    return node;
  }

  axis(name, row, empty) {
    const line = this.lines[row];
    const y = row * ROW + 18;
    this.shape("text", { class: "bndrag-name", x: 0, y: y + 5, "data-row": row }, name);
    this.shape("line", { class: "bndrag-axis", x1: line.left, x2: line.right, y1: y, y2: y });
    for (const value of empty ? [] : line.ticks) {
      const x = line.place(value);
      this.shape("line", { class: "bndrag-axis", x1: x, x2: x, y1: y, y2: y + 5 });
      this.shape("text", { class: "bndrag-tick", x, y: y + 20 }, told(value));
    }
    if (empty) this.shape("text", { class: "bndrag-tick", x: line.left + 90, y: y - 4 }, "refused: a batch of one");
  }

  dot(k) {
    const label = `sample ${k + 1}`;
    const node = this.shape("circle", {
      class: "bndrag-dot", cy: 18, r: 8, tabindex: 0, role: "slider", "aria-label": label,
      "aria-valuemin": this.lines[0].low, "aria-valuemax": this.lines[0].high,
    });
    node.onpointerdown = (event) => {
      if (event.button) return;
      this.svg.setPointerCapture(event.pointerId);
      this.held = this.chosen = k;
      this.grip = this.lines[0].place(this.x[k]) - this.across(event);
      node.focus({ preventScroll: true });
      event.preventDefault();
      this.draw();
    };
    node.onfocus = () => {
      this.chosen = k;
      this.draw();
    };
    node.onkeydown = (event) => this.press(event, k);
    return node;
  }

  across(event) {
    return event.clientX - this.svg.getBoundingClientRect().left;
  }

  move(event) {
    if (this.held === undefined) return;
    this.x[this.held] = this.lines[0].value(this.across(event) + this.grip);
    this.draw();
  }

  rest() {
    if (this.held === undefined) return;
    this.held = undefined;
    this.tell();
  }

  press(event, k) {
    const ways = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    if (!(event.key in ways)) return;
    event.preventDefault();
    const [line] = this.lines;
    const steps = ways[event.key] * (event.shiftKey ? 10 : 1);
    this.x[k] = line.value(line.place(line.rounded(this.x[k] + steps * line.step)));
    this.draw();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.tell(), KEYS_REST_MS);
  }

  tell() {
    clearTimeout(this.resting);
    this.resting = 0;
    this.layOut();
    this.send(this.x.join());
  }

  draw() {
    if (!this.lines) return;
    const out = batchNorm(this.x, this.data);
    const [line] = this.lines;
    const sigma = Math.sqrt(out.variance);
    this.guide.setAttribute("x1", line.place(out.mu));
    this.guide.setAttribute("x2", line.place(out.mu));
    this.band.setAttribute("x", line.place(out.mu - sigma));
    this.band.setAttribute("width", Math.max(1, line.place(out.mu + sigma) - line.place(out.mu - sigma)));
    this.dots.forEach((node, k) => {
      node.setAttribute("cx", line.place(this.x[k]));
      node.setAttribute("aria-valuenow", this.x[k]);
      node.dataset.chosen = k === this.chosen;
    });
    [out.xHat, out.y].forEach((values, row) => this.out[row].forEach((node, k) => {
      const place = this.lines[row + 1].place(values[k]);
      node.setAttribute("cx", Math.max(24, Math.min(this.lines[0].right + 12, place)));
      node.dataset.chosen = k === this.chosen;
    }));
    Object.assign(this.root.dataset, { values: this.x.join(), xhat: out.xHat.join(), y: out.y.join() });
    this.write(out);
  }

  /* The terms, with the numbers of the chosen sample. */
  write(out) {
    const { x, chosen: k, data } = this;
    const few = (values, sign) => (values.length > 3 ? [...values.slice(0, 2), "…"] : values).join(sign);
    const n = x.length;
    const under = `${told(out.variance)} + ${told(data.eps)}`;
    const below = data.divide === "var" ? `(${under})` : `√(${under})`;
    const texts = {
      mu: `μ = (${few(x.map(bracket), " + ")}) / ${n} = ${told(out.mu)}`,
      variance: `σ² = (${few(x.map((value) => `(${told(value)} − ${bracket(out.mu)})²`), " + ")}) / ${n} = ${told(out.variance)}`,
      xhat: `x̂ = (${told(x[k])} − ${bracket(out.mu)}) / ${below} = ${told(out.xHat[k])}`,
      y: `y = ${bracket(out.scale)} · ${bracket(out.xHat[k])} + ${bracket(out.shift)} = ${told(out.y[k])}`,
    };
    if (n < 2) Object.assign(texts, { xhat: "x̂: refused, a batch of one", y: "" });
    for (const [term, text] of Object.entries(texts)) {
      this.root.querySelector(`[data-term=${term}]`).textContent = text;
    }
  }

  /* Show what is known at a step of the stage, and light the term that it computes. */
  light(step) {
    this.root.dataset.step = step;
    TERMS.forEach((term, k) => {
      const node = this.root.querySelector(`[data-term=${term}]`);
      node.dataset.known = step > k;
      node.dataset.lit = step === k + 1;
    });
  }

  close() {
    clearTimeout(this.resting);
    document.removeEventListener("bnstage-shows", this.follow);
    this.observer.disconnect();
    this.root.replaceChildren();
  }
}
