/* The microscope: one unit, the next training batch as dots on a number line, and its numbers. */

const SVG = "http://www.w3.org/2000/svg";
function shape(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

/* The unit at a snapshot, out of its course; null if the course is not there. */
function passing(unit, t) {
  if (!unit.course) return null;
  const n = unit.labels.length;
  const all = new Float32Array(bytes(unit.course).buffer);
  const size = 2 * (n + 2);
  const at = Math.min(t, all.length / size - 1) * size;
  const known = (value) => (Number.isFinite(value) ? value : null);
  return unit.modes.map(({ name }, k) => {
    const row = [...all.subarray(at + k * (n + 2), at + (k + 1) * (n + 2))].map(known);
    const [mean, deviation] = row.slice(n);
    const said = [mean, deviation && deviation ** 2].map(
      (value) => value?.toPrecision(4).replace("-", "−") ?? "too large",
    );
    return { name, x: row.slice(0, n), mean, deviation, statistics: `μ = ${said[0]}, σ² = ${said[1]}` };
  });
}

class Microscope {
  constructor(root, go) {
    this.root = root;
    this.row = 0; // the example of the batch that the formula is about
    root.innerHTML = `<div class="bnstrip-head"><strong></strong>
        <button type="button" data-go="-1,0" aria-label="Layer before">« layer</button>
        <button type="button" data-go="0,-1" aria-label="Unit before">‹ unit</button>
        <button type="button" data-go="0,1" aria-label="Next unit">unit ›</button>
        <button type="button" data-go="1,0" aria-label="Next layer">layer »</button>
        <button type="button" data-go="" aria-label="Close the microscope">Close</button></div>
      <div class="bnstrip-line"></div>
      <div class="bnstrip-modes2"></div>
      <details class="bnstrip-batch"><summary>The examples of the batch</summary><div></div></details>`;
    for (const button of root.querySelectorAll("[data-go]")) {
      button.onclick = () => go(...(button.dataset.go ? button.dataset.go.split(",").map(Number) : []));
    }
    root.tabIndex = -1;
    root.querySelector("details").ontoggle = () => this.drawBatch();
  }

  /* The step on show may be one that the run plays through: then the line moves, and the formula
     waits until the reader settles on a step. */
  show(unit, step, t, ink) {
    const another = this.unit?.name !== unit.name;
    this.unit = unit;
    this.ink = ink;
    this.passing = step === unit.step ? null : passing(unit, t);
    if (step !== unit.step && !this.passing) step = unit.step;
    this.root.dataset.passing = Boolean(this.passing);
    this.root.dataset.step = step;
    this.row = Math.min(this.row, unit.labels.length - 1);
    const [layer, place] = unit.name.split(".");
    this.root.querySelector("strong").textContent =
      `Layer ${layer}, unit ${place}, with BN, step ${step}: the next training batch of ${unit.labels.length}`;
    this.root.dataset.unit = unit.name;
    if (another) this.root.setAttribute("aria-label", `layer ${layer}, unit ${place}`);
    this.draw();
    this.drawBatch();
  }

  draw() {
    const { labels } = this.unit;
    const modes = this.passing ?? this.unit.modes;
    const place = this.root.querySelector(".bnstrip-line");
    const width = Math.max(280, place.clientWidth);
    const all = modes.flatMap(({ x, mean, deviation }) => [...x, mean - deviation, mean + deviation]);
    const finite = all.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const at = (x) => 84 + ((x - low) / (high - low || 1)) * (width - 100);
    place.replaceChildren();
    const svg = shape("svg", { width, height: 92, role: "img" }, place);
    svg.setAttribute("aria-label", `${labels.length} values from ${low.toPrecision(3)} to ${high.toPrecision(3)}`);
    modes.forEach(({ name, x, mean, deviation }, k) => {
      const y = 18 + 36 * k;
      shape("text", { x: 0, y: y + 4, class: "bnstrip-small" }, svg).textContent = name;
      shape("line", { x1: at(low), x2: at(high), y1: y, y2: y, class: "bnstrip-axis" }, svg);
      if (mean !== null) shape("rect", {
        x: at(mean - deviation), width: Math.max(1, at(mean + deviation) - at(mean - deviation)),
        y: y - 9, height: 18, class: "bnstrip-band",
      }, svg);
      if (mean !== null) shape("line", { x1: at(mean), x2: at(mean), y1: y - 12, y2: y + 12, class: "bnstrip-mean" }, svg);
      x.forEach((value, row) => {
        if (value === null) return;
        const dot = shape("circle", {
          cx: at(value), cy: y, r: row === this.row ? 5.5 : 3.5, class: "bnstrip-dot",
          "data-chosen": row === this.row, "data-row": row,
        }, svg);
        dot.onclick = () => this.choose(row);
      });
    });
    const ends = [[low, "start"], [high, "end"]];
    for (const [value, anchor] of ends) {
      shape("text", { x: at(value), y: 88, "text-anchor": anchor, class: "bnstrip-small" }, svg)
        .textContent = value.toPrecision(3).replace("-", "−");
    }
    this.root.querySelector(".bnstrip-modes2").replaceChildren(...modes.map((mode, k) => {
      const node = document.createElement("div");
      const which = this.passing ? "" : `, example ${this.row + 1}, a ${labels[this.row]}`;
      const own = k ? "its running statistics now" : "of this batch";
      const rest = this.passing ? ["\u00a0"] : [mode.affine, ...mode.lines[this.row]];
      const lines = [`${mode.statistics} (${own})`, ...rest];
      node.innerHTML = "<b></b><p></p><p></p><p></p><p></p>";
      node.querySelector("b").textContent = `${mode.name}${which}`;
      node.querySelectorAll("p").forEach((p, i) => (p.textContent = lines[i]));
      node.dataset.mode = mode.name;
      return node;
    }));
  }

  choose(row) {
    this.row = row;
    this.draw();
    this.drawBatch();
  }

  drawBatch() {
    const fold = this.root.querySelector("details");
    if (!fold.open || !this.unit) return;
    fold.querySelector("div").replaceChildren(...this.unit.pictures.map((levels, row) => {
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      button.type = "button";
      button.setAttribute("aria-label", `example ${row + 1}, a ${this.unit.labels[row]}`);
      button.setAttribute("aria-pressed", row === this.row);
      button.append(canvas);
      drawDigit(canvas, levels, 22, this.ink);
      button.onclick = () => this.choose(row);
      return button;
    }));
  }
}
