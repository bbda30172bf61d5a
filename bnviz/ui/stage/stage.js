/*
 * The live stage: up to four linked Plotly charts and one transport, drawn and played here.
 *
 * Streamlit calls the default export again for each new run of the script and for each change of
 * theme. `data` is what payload() in stage.py returns: figures whose moving parts are "frames", one
 * value for each snapshot. All charts stand on the same snapshot. The server hears of the snapshot
 * only when the reader has settled on it, and of a pick.
 *
 *   Frames, decode, moves, at   a figure: decoded once, then resolved for one snapshot and theme
 *   Chart                       header, picks and plot of one figure
 *   Stage                       the snapshot, the transport, and when to draw what
 */

const RATE = 10; // snapshots a second at speed 1
const SETTLE_MS = 120; // quick key presses in the transport become one message

const stages = new WeakMap(); // parentElement -> Stage

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".bnstage");
  let stage = stages.get(parentElement);
  if (stage?.root !== root) {
    stage?.close();
    stage = new Stage(root);
    stages.set(parentElement, stage);
  }
  // Streamlit awaits this module for each message, so that two that come close together may arrive
  // in the wrong order; and it takes back the one that was overtaken, even after the other.
  if (data.serial < stage.data?.serial) return () => {};
  const call = ++stage.calls;
  stage.update(data, setStateValue);
  return () => {
    if (stage.calls !== call) return;
    stage.close();
    stages.delete(parentElement);
  };
}

/* ---- Plotly.js; requestPlotly() stands in library.js ---- */

let plotly; // a promise; one library for all stages

function loadPlotly(file) {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) {
      resolve(window.Plotly);
      return;
    }
    const script = requestPlotly(file);
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      plotly = undefined; // the next run tries again
      reject(new Error(`The charts cannot be drawn: ${script.src} could not be loaded.`));
    });
  });
  return plotly;
}

/* ---- Figures ---- */

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

/* One value for each snapshot. */
class Frames {
  constructor(spec) {
    if (Array.isArray(spec)) this.values = spec.map(decode);
    else if (spec.shape.length > 1) this.values = cut(numbers(spec), spec.shape);
    else this.values = Array.from(numbers(spec), (value) => (Number.isNaN(value) ? null : value));
  }
}

const isLeaf = (node) => node === null || typeof node !== "object" || ArrayBuffer.isView(node);
const keep = (text) => text;

function decode(node) {
  if (isLeaf(node)) return node;
  if (Array.isArray(node)) return node.map(decode);
  if ("frames" in node) return new Frames(node.frames);
  if ("bdata" in node) return cut(numbers(node), node.shape ? node.shape.split(",").map(Number) : []);
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

/* ---- One chart ---- */

function element(tag, className, attributes, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const TOUCH = matchMedia("(pointer: coarse)").matches; // there, fingers scroll the page
const CONFIG = {
  displaylogo: false,
  displayModeBar: TOUCH ? false : "hover",
  doubleClick: "reset",
  modeBarButtons: [["resetScale2d"], ["toImage"]],
};
let groups = 0; // of radio buttons; each needs a name of its own

class Chart {
  constructor(stage, id) {
    this.stage = stage;
    this.title = element("span");
    this.longest = element("span", "", { "aria-hidden": "true" }); // keeps the room it may need
    this.picks = element("div", "bnstage-picks");
    this.plot = element("div", "bnstage-plot", { role: "img" });
    const title = element("div", "bnstage-title", {}, this.longest, this.title);
    const header = element("figcaption", "", {}, title, this.picks);
    this.root = element("figure", "bnstage-chart", { "data-chart": id }, header, this.plot);
  }

  /* Take a new description; a figure that is as before is not drawn again. */
  set({ figure, alt, picks }) {
    const text = JSON.stringify(figure);
    if (text !== this.text) {
      this.text = text;
      this.figure = decode(figure);
      const { title, shapes, ...layout } = this.figure.layout ?? {};
      this.heavy = moves(this.figure.data) || moves(layout);
      this.moving = moves(this.figure);
      this.dirty = true;
      const titles = title?.text instanceof Frames ? title.text.values : [title?.text ?? ""];
      this.longest.textContent = titles.reduce((a, b) => (b.length > a.length ? b : a), "");
    }
    this.alt = decode(alt);
    const form = JSON.stringify(picks.map(({ value, ...rest }) => rest));
    if (form !== this.form) {
      this.form = form;
      this.inputs = picks.map((pick) => this[pick.kind](pick));
      this.picks.replaceChildren(...this.inputs.map((input) => input.root));
    }
    picks.forEach((pick, k) => this.inputs[k].set(this.stage.picked(pick)));
  }

  select({ name, label, options }) {
    const items = options.map(([value, text]) => element("option", "", { value }, text));
    const root = element("select", "", { "aria-label": label, "data-pick": name }, ...items);
    root.onchange = () => this.stage.pick(name, root.value);
    return { root, set: (value) => (root.value = value) };
  }

  /* Radio buttons, so that arrow keys and screen readers find what they know. */
  segments({ name, label, options }) {
    const radio = { type: "radio", name: `bnstage-${++groups}` };
    const radios = options.map(([value]) => element("input", "", { ...radio, value }));
    const items = options.map(([, text], k) =>
      element("label", "", {}, radios[k], element("span", "", {}, text)));
    const names = { role: "radiogroup", "aria-label": label, "data-pick": name };
    const root = element("div", "bnstage-segments", names, ...items);
    root.onchange = (event) => this.stage.pick(name, event.target.value);
    return { root, set: (value) => radios.forEach((radio) => (radio.checked = radio.value === value)) };
  }

  get due() {
    return this.dirty || (this.moving && this.shown !== this.stage.t);
  }

  /* The words of the present snapshot; they are there before Plotly is. */
  write() {
    const { t } = this.stage;
    this.title.textContent = at(this.figure.layout?.title?.text ?? "", t, keep);
    this.plot.setAttribute("aria-label", at(this.alt, t, keep));
  }

  async draw(Plotly, paint, template) {
    const { t } = this.stage;
    const { data, layout = {} } = at(this.figure, t, paint);
    const all = this.dirty || this.heavy;
    this.dirty = false;
    this.shown = t;
    if (all) {
      await Plotly.react(this.plot, data, {
        uirevision: "kept", // zoom survives new data
        dragmode: TOUCH ? false : "zoom",
        ...layout,
        template,
        title: undefined, // it stands in the header
        margin: { ...layout.margin, t: layout.meta?.top ?? 16 },
        width: this.plot.clientWidth,
        height: this.plot.clientHeight,
      }, CONFIG);
    } else if (layout.shapes) {
      await Plotly.relayout(this.plot, { shapes: layout.shapes }); // 0.4 ms, against 15 for all
    }
  }
}

/* ---- The stage ---- */

const ICONS = {
  back: "M4 3v10M13 3v10L6 8z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M12 3v10M3 3v10l7-5z",
};
const icon = (name) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
const button = (name, label) =>
  `<button type="button" data-do="${name}" aria-label="${label}">${icon(name)}</button>`;

const SHELL = `
  <div class="bnstage-panel">
    <div class="bnstage-transport" role="group" aria-label="Playback">
      <div class="bnstage-buttons">
        ${button("back", "One snapshot back")}${button("play", "Play")}
        ${button("forward", "One snapshot forward")}
      </div>
      <div class="bnstage-track"><input type="range" min="0" aria-label="Step"></div>
      <span class="bnstage-step" aria-hidden="true"></span>
      <select class="bnstage-speed" aria-label="Speed">
        <option value="0.5">0.5×</option><option value="1" selected>1×</option>
        <option value="2">2×</option><option value="4">4×</option>
      </select>
    </div>
    <div class="bnstage-grid"></div>
    <p class="bnstage-note" role="alert" hidden></p>
  </div>`;

class Stage {
  constructor(root) {
    this.root = root;
    root.innerHTML = SHELL;
    root.tabIndex = 0;
    const find = (selector) => root.querySelector(selector);
    this.grid = find(".bnstage-grid");
    this.range = find(".bnstage-track input");
    this.readout = find(".bnstage-step");
    this.speed = find(".bnstage-speed");
    this.button = find("[data-do=play]");
    this.note = find(".bnstage-note");
    this.charts = new Map(); // id -> Chart
    this.t = 0; // the snapshot shown
    this.playing = false;
    this.draws = 0;
    this.calls = 0;
    this.observer = new ResizeObserver(() => this.redraw());

    find("[data-do=back]").onclick = () => this.stepBy(-1);
    find("[data-do=forward]").onclick = () => this.stepBy(1);
    this.button.onclick = () => this.toggle();
    this.range.oninput = () => {
      this.setPlaying(false);
      this.scrubbing = true;
      this.show(Number(this.range.value));
    };
    this.range.onchange = () => this.settle();
    this.range.onpointerup = () => this.settle(); // no change event when it is back where it began
    root.onkeydown = (event) => {
      if (event.key !== " " || event.target.closest("button, select, input[type=radio]")) return;
      event.preventDefault(); // space would scroll the page
      this.toggle();
    };
  }

  /* New data, or the same data in another theme. */
  update(data, setStateValue) {
    if (this.visit !== data.visit) this.open(data);
    const here = this.data?.steps[this.t];
    this.data = data;
    this.send = (name, value) => setStateValue(name, { visit: data.visit, value });
    this.root.dataset.run = data.run;
    this.root.style.setProperty("--stage-height", `${data.height}px`);
    this.setTheme();
    this.setCharts(data.charts);
    const moving = data.running || [...this.charts.values()].some((chart) => chart.moving);
    this.root.dataset.still = data.nSteps === 0 || !moving; // then there is nothing to play
    const stay = (this.playing || this.scrubbing ? here : this.wanted) ?? null;
    this.show(stay === null ? this.last : this.nearest(stay));
    loadPlotly(data.plotly).then(
      async (library) => {
        // Else labels are measured in another font than they are drawn in.
        await document.fonts.load('14px "Source Sans"').catch(() => null);
        this.Plotly = library;
        this.note.hidden = true;
        this.schedule();
      },
      (error) => {
        this.note.textContent = error.message;
        this.note.hidden = false;
      },
    );
  }

  /* A link was followed: its step and its picks count, once. */
  open({ visit, step }) {
    clearTimeout(this.timer);
    this.setPlaying(false);
    this.scrubbing = false;
    this.visit = visit;
    this.wanted = step; // a step number; null follows the newest snapshot
    this.told = step ?? "newest";
    this.asked = {}; // picks that the server has not answered yet
  }

  get last() {
    return Math.max(this.data.steps.length - 1, 0);
  }

  nearest(step) {
    const far = (k) => Math.abs(this.data.steps[k] - step);
    return this.data.steps.reduce((best, _, k) => (far(k) < far(best) ? k : best), 0);
  }

  /* Figures come in light colours; in a dark page each known colour gives way to its partner. */
  setTheme() {
    const [r, g, b] = getComputedStyle(this.root).backgroundColor.match(/[\d.]+/g).map(Number);
    const theme = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
    const partner = (color) => this.data.dark[color.toUpperCase()] ?? color;
    const swap = (text) => (text.includes("#") ? text.replace(/#[0-9a-f]{6}/gi, partner) : text);
    this.paint = theme === "dark" ? swap : keep;
    this.template = at(this.data.template, 0, this.paint);
    if (theme !== this.root.dataset.theme) this.redraw();
    this.root.dataset.theme = theme;
  }

  setCharts(specs) {
    for (const [id, chart] of this.charts) {
      if (specs.some((spec) => spec.id === id)) continue;
      this.observer.unobserve(chart.plot);
      this.Plotly?.purge(chart.plot);
      this.charts.delete(id);
    }
    for (const spec of specs) {
      if (!this.charts.has(spec.id)) {
        const chart = new Chart(this, spec.id);
        this.charts.set(spec.id, chart);
        this.observer.observe(chart.plot);
      }
      this.charts.get(spec.id).set(spec);
    }
    const order = specs.map((spec) => this.charts.get(spec.id).root);
    const same = (node, k) => this.grid.children[k] === node;
    if (order.length !== this.grid.childElementCount || !order.every(same)) {
      this.grid.replaceChildren(...order);
    }
    this.grid.dataset.count = order.length;
  }

  /* ---- Where the reader is ---- */

  show(t) {
    const { steps, nSteps, running, labels } = this.data;
    this.t = Math.min(Math.max(t, 0), this.last);
    const text = labels[this.t] ?? `step ${steps[this.t] ?? 0} of ${nSteps}`;
    this.readout.textContent = text;
    this.range.setAttribute("aria-valuetext", text);
    this.range.max = this.last;
    this.range.value = this.t;
    // While the run goes on, the scrubber is as long as what there is to scrub.
    const done = running && nSteps ? (steps[this.last] ?? 0) / nSteps : 1;
    this.range.style.setProperty("--done", Math.min(done, 1));
    this.range.style.setProperty("--at", this.last ? this.t / this.last : 1);
    this.root.dataset.running = running;
    this.schedule();
  }

  /* The reader stays here; at the end of what there is, the stage follows again. */
  settle() {
    this.scrubbing = false;
    this.wanted = this.t === this.last ? null : this.data.steps[this.t];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const value = this.wanted ?? "newest";
      if (value !== this.told) this.send("step", value);
      this.told = value;
    }, SETTLE_MS);
  }

  stepBy(count) {
    this.setPlaying(false);
    this.show(this.t + count);
    this.settle();
  }

  toggle() {
    if (this.playing) {
      this.setPlaying(false);
      this.settle();
    } else if (this.last) {
      this.play();
    }
  }

  setPlaying(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    cancelAnimationFrame(this.ticking);
    this.button.innerHTML = icon(playing ? "pause" : "play");
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.root.dataset.playing = playing;
  }

  /* Paced by the clock: when drawing is slow, snapshots are left out, never queued. */
  play() {
    if (this.t === this.last) this.show(0);
    this.setPlaying(true);
    let before = performance.now();
    let owed = 0;
    const tick = (now) => {
      owed += (Math.min(Math.max(now - before, 0), 250) / 1000) * RATE * Number(this.speed.value);
      before = now;
      if (owed >= 1) this.show(this.t + Math.floor(owed));
      owed %= 1;
      if (this.t === this.last) this.toggle();
      else this.ticking = requestAnimationFrame(tick);
    };
    this.ticking = requestAnimationFrame(tick);
  }

  /* ---- Picks ---- */

  pick(name, value) {
    const all = this.data.charts.flatMap((chart) => chart.picks);
    this.asked[name] = { from: all.find((pick) => pick.name === name).value, to: value };
    this.send("choices", Object.fromEntries(all.map((pick) => [pick.name, this.picked(pick)])));
  }

  /* What to show as chosen: the reader's own choice until the server has answered it. */
  picked({ name, value }) {
    if (this.asked[name]?.from === value) return this.asked[name].to;
    delete this.asked[name];
    return value;
  }

  /* ---- Drawing: at most one round for each animation frame, and only what has changed ---- */

  get due() {
    return [...this.charts.values()].filter((chart) => chart.due);
  }

  redraw() {
    for (const chart of this.charts.values()) chart.dirty = true;
    this.schedule();
  }

  schedule() {
    if (this.due.length) this.root.dataset.ready = "false";
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  async draw() {
    this.frame = 0;
    if (this.closed || !this.data.steps.length) return;
    for (const chart of this.charts.values()) chart.write();
    if (!this.Plotly) return;
    const due = this.due.filter((chart) => chart.plot.clientWidth);
    await Promise.all(due.map((chart) => chart.draw(this.Plotly, this.paint, this.template)));
    if (due.length) this.root.dataset.draws = ++this.draws;
    this.root.dataset.step = this.data.steps[this.t];
    this.root.dataset.ready = !this.due.length;
  }

  close() {
    this.closed = true;
    this.setPlaying(false);
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    for (const chart of this.charts.values()) this.Plotly?.purge(chart.plot);
    this.root.replaceChildren();
  }
}
