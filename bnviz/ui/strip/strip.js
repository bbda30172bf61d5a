/*
 * The strip: both networks as they are at the step that the stage shows.
 *
 * Streamlit calls the default export again for each new run of the script and for each change of
 * theme; `data` is what payload() in strip.py returns. The stage tells of each step that it shows
 * with the event "bnstage-shows", so the strip moves while it plays. The server hears only of what
 * the reader chooses here: a digit, or the mode of the maps.
 */

const strips = new WeakMap(); // parentElement -> Strip

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".bnstrip");
  let strip = strips.get(parentElement);
  if (strip?.root !== root) {
    strip?.close();
    strip = new Strip(root);
    strips.set(parentElement, strip);
  }
  // As with the stage, two messages that come close together may arrive in the wrong order.
  if (data.number < strip.data?.number) return () => {};
  strip.hear(data, setStateValue);
  const call = ++strip.calls;
  return () => {
    if (strip.calls !== call) return;
    strip.close();
    strips.delete(parentElement);
  };
}

const FOLDED = "bnviz.strip.folded"; // kept in the browser

class Strip {
  constructor(root) {
    this.root = root;
    this.calls = 0;
    this.follow = (event) => this.show(event.detail);
    document.addEventListener("bnstage-shows", this.follow);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
  }

  hear(data, setStateValue) {
    this.send = (name, value) => setStateValue(name, { visit: data.visit, value });
    if (this.data?.plane !== data.plane) this.build(data);
    this.data = data;
    this.networks = data.networks.map((one) => ({
      ...one,
      units: bytes(one.units),
      outputs: bytes(one.outputs),
      map: bytes(one.map),
    }));
    if (data.unit && data.unit.name === (this.asked ?? data.unit.name)) this.chosen = data.unit.at;
    if (!data.unit && this.asked === undefined) this.chosen = null;
    if (data.unit?.name === this.asked || (!data.unit && this.asked === null)) this.asked = undefined;
    const stage = document.querySelector(".bnstage");
    this.show(Number(stage?.dataset.shows ?? data.steps.at(-1)));
  }

  /* The HTML, once for digits and once for points. */
  build(data) {
    const rows = data.networks.map(
      ({ name, norm }) => `
      <div class="bnstrip-network" data-norm="${norm}">
        <span class="bnstrip-name">${name}</span>
        ${
          data.plane
            ? '<canvas class="bnstrip-map" role="img"></canvas>'
            : '<canvas class="bnstrip-units" role="img"></canvas><canvas class="bnstrip-out" role="img"></canvas>'
        }
        <span class="bnstrip-word"></span>
      </div>`,
    );
    const aside = data.plane
      ? '<div class="bnstrip-modes" role="group" aria-label="Mode of the maps"></div>'
      : `<div class="bnstrip-input">
          <canvas class="bnstrip-digit" role="img"></canvas>
          <div><div class="bnstrip-offered" role="group" aria-label="Digits"></div>
          <button type="button" data-do="draw">Draw one</button></div>
        </div>`;
    this.root.innerHTML = `<details class="bnstrip-fold"><summary>The two networks
        <span class="bnstrip-note"></span></summary>
      <div class="bnstrip-body">${aside}<div class="bnstrip-networks">${rows.join("")}</div></div>
      <section class="bnstrip-scope" hidden></section>
    </details>`;
    const fold = this.find(".bnstrip-fold");
    const kept = localStorage.getItem(FOLDED);
    fold.open = kept === null ? window.innerWidth > 640 : kept === "false";
    fold.ontoggle = () => this.draw();
    this.find("summary").onclick = () => localStorage.setItem(FOLDED, String(fold.open));
    if (data.plane) return;
    this.scope = new Microscope(this.find(".bnstrip-scope"), (...by) => this.go(...by));
    this.find(".bnstrip-scope").onkeydown = (event) => this.press(event);
    for (const cells of this.root.querySelectorAll(".bnstrip-units")) {
      cells.tabIndex = 0;
      cells.onclick = (event) => this.open(this.layout.at(event.offsetX, event.offsetY));
      cells.onkeydown = (event) => this.press(event);
      cells.onfocus = () => {
        this.chosen ??= [0, 0];
        this.draw();
      };
    }
    this.pad = new Pad(this.find(".bnstrip-digit"), (text) => this.send("digit", text));
    this.find("[data-do=draw]").onclick = () => {
      this.pad.clear();
      this.drawing = true;
      this.draw();
      this.find(".bnstrip-digit").focus();
    };
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  /* Arrows go to the neighbour: left and right by unit, up and down by layer. */
  press(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (event.target.closest("button, summary") && !(event.key in moves)) return;
    if (event.key in moves) this.go(...moves[event.key]);
    else if (event.key === "Enter") this.open(this.chosen);
    else if (event.key === "Escape") this.open(null);
    else return;
    event.preventDefault();
  }

  /* Move by layers and units; without a number close the microscope. */
  go(layers, units) {
    if (layers === undefined) return this.open(null);
    const { depth, units: width } = this.data;
    const all = depth * width;
    const [layer, unit] = this.chosen ?? [0, 0];
    const to = (layer + layers) * width + unit + units;
    if (to < 0 || to >= all) return;
    const near = [Math.floor(to / width), to % width];
    if (this.data.unit || this.asked) this.open(near);
    else {
      this.chosen = near;
      this.draw();
    }
  }

  /* Ask for a unit; null closes. Quick presses become one question. */
  open(at) {
    this.chosen = at;
    this.asked = at && at.map((k) => k + 1).join(".");
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.send("unit", this.asked ?? ""), 80);
    this.draw();
  }

  show(step) {
    this.step = step;
    if (!this.data) return;
    this.t = Math.max(0, this.data.steps.findLastIndex((one) => one <= step));
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    if (!this.data || !this.find(".bnstrip-fold")?.open) return;
    const style = getComputedStyle(this.root);
    const [r, g, b] = style.backgroundColor.match(/[\d.]+/g).map(Number);
    this.theme = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
    this.paper = [r, g, b];
    this.root.dataset.step = this.data.steps[this.t];
    if (this.data.plane) this.drawMaps();
    else this.drawNetworks(style);
  }

  /* Why there is nothing to draw of a network at this step; "" if there is something. */
  lost(network, codes, size) {
    if (!network.kept) return "too large to keep at each step; choose a smaller width or depth";
    if (network.diverged !== null && this.data.steps[this.t] >= network.diverged) {
      return `diverged at step ${network.diverged}`;
    }
    return codes.length < (this.t + 1) * size ? "…" : "";
  }

  drawNetworks(style) {
    const { depth, units, width, digit, label, offered, ends, relu } = this.data;
    const ink = this.data.ink[this.theme];
    const text = style.color;
    const colors = {
      text,
      muted: `color-mix(in srgb, ${text} 45%, ${style.backgroundColor})`,
      faint: `color-mix(in srgb, ${text} 8%, ${style.backgroundColor})`,
      font: style.fontFamily,
    };
    const palette = ramp(this.data.colors[this.theme]);
    this.pad.ink = ink;
    const canvas = this.find(".bnstrip-digit");
    canvas.tabIndex = this.drawing ? 0 : -1;
    canvas.dataset.pad = Boolean(this.drawing);
    canvas.setAttribute("aria-label", this.drawing
      ? "Pad: arrow keys move, space draws" : `the digit on show${label === null ? "" : `, a ${label}`}`);
    if (this.drawing) this.pad.draw();
    else drawDigit(canvas, this.data.pixels, 64, ink);
    this.drawOffered(offered, digit, ink);
    // Beside the units stand the bars and, where there is room, the name.
    const whole = this.find(".bnstrip-networks").clientWidth;
    this.layout = new Layout(depth, units, Math.max(whole - (window.innerWidth > 640 ? 196 : 112), 120));
    for (const network of this.networks) {
      const row = this.find(`[data-norm=${network.norm}]`);
      const word = row.querySelector(".bnstrip-word");
      const lost = this.lost(network, network.units, depth * units);
      const [cells, bars] = row.querySelectorAll("canvas");
      cells.hidden = bars.hidden = Boolean(lost);
      word.textContent = lost;
      if (lost) continue;
      drawUnits(cells, this.layout, network.units, this.t, palette, this.chosen, text);
      const [best, share] = drawOutputs(bars, network.outputs, this.t, label, colors, this.layout.height + 2);
      const place = this.chosen ? `; layer ${this.chosen[0] + 1}, unit ${this.chosen[1] + 1}` : "";
      cells.setAttribute("aria-label", `${network.name}: ${depth} layers of ${units} units${place}`);
      const said = `says ${best}, ${Math.round(100 * share)} %`;
      bars.setAttribute("aria-label", said);
      bars.title = said;
    }
    const { unit } = this.data;
    this.find(".bnstrip-scope").hidden = !unit;
    if (unit) this.scope.show(unit, this.data.steps[this.t], this.t, ink);
    const first = width > units ? `, the first ${units} of ${width} units` : "";
    const [low, high] = ends;
    this.find(".bnstrip-note").textContent =
      `layers 1 to ${depth}${first}, eval mode; orange ${low}${relu ? " and below" : ""}, ` +
      `blue ${high}${relu ? " and above" : ""}`;
  }

  drawOffered(offered, digit, ink) {
    const place = this.find(".bnstrip-offered");
    if (!place.childElementCount) {
      place.replaceChildren(...offered.map((levels, k) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(document.createElement("canvas"));
        button.dataset.digit = k;
        button.setAttribute("aria-label", `digit ${k}`);
        button.onclick = () => {
          this.drawing = false;
          this.send("digit", String(k));
        };
        return button;
      }));
    }
    [...place.children].forEach((button, k) => {
      drawDigit(button.firstChild, offered[k], 22, ink);
      button.setAttribute("aria-pressed", String(k) === digit);
    });
  }

  drawMaps() {
    const { side, modes, mode } = this.data;
    const classes = this.data.classes[this.theme].map(rgb);
    for (const network of this.networks) {
      const row = this.find(`[data-norm=${network.norm}]`);
      const lost = this.lost(network, network.map, side * side);
      row.querySelector(".bnstrip-word").textContent = lost;
      const canvas = row.querySelector("canvas");
      canvas.setAttribute("aria-label", `${network.name}: ${lost || "the class of each place"}`);
      drawMap(canvas, lost ? null : network.map, this.t, this.data, classes, this.paper, 112);
    }
    const place = this.find(".bnstrip-modes");
    place.replaceChildren(...modes.map(([value, name]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.setAttribute("aria-pressed", value === mode);
      button.onclick = () => this.send("map", value);
      return button;
    }));
    this.find(".bnstrip-note").textContent = mode === "train"
      ? "with BN, each place is normalized by mean and variance of the next training batch"
      : "with BN, each place is normalized by the running statistics";
  }

  close() {
    document.removeEventListener("bnstage-shows", this.follow);
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.root.replaceChildren();
  }
}
