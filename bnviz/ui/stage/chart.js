/* One chart of the stage: header, picks and plot of one figure. */

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

const AROUND = 64; // px above and below the axes of a plot
const LETTER = 6.2; // px of a letter of an axis title

class Chart {
  constructor(stage, id) {
    this.stage = stage;
    this.title = element("span");
    this.longest = element("span", "", { "aria-hidden": "true" }); // keeps the room it may need
    this.picks = element("div", "bnstage-picks");
    this.plot = element("div", "bnstage-plot", { role: "img" });
    this.name = element("div", "bnstage-name");
    this.look = element("p", "bnstage-look");
    const title = element("div", "bnstage-title", {}, this.longest, this.title);
    const header = element("figcaption", "", {}, this.name, title, this.picks);
    this.root = element("figure", "bnstage-chart", { "data-chart": id }, header, this.plot, this.look);
    this.root.onpointerenter = () => (this.pointed = true);
    this.root.onpointerleave = () => (this.pointed = false);
    this.turn = 0; // when Plotly drew it last
  }

  /* Take a new description; what is as before is not drawn again. */
  set({ figure, alt, picks, name, look }) {
    this.name.textContent = name;
    this.look.textContent = look;
    if (figure !== this.source) {
      const before = this.source;
      this.source = figure;
      this.figure = decode(figure);
      this.moving = moves(this.figure);
      this.light = canMove(this.figure);
      this.heavy = moves(this.figure.data) || moves({ ...this.figure.layout, title: 0, shapes: 0 });
      if (!sameDrawing(figure, before)) this.dirty = true;
      const { title } = this.figure.layout ?? {};
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

  /* Whether something else is on the screen than what the stage stands on. */
  get behind() {
    return this.dirty || (this.moving && this.shown !== this.stage.t);
  }

  /* Whether what Plotly drew is as large as its place. */
  get fits() {
    const { clientWidth, clientHeight } = this.plot;
    return this.width === clientWidth && this.height === clientHeight;
  }

  /* How near the reader is: 0 points at it, 1 sees it, 2 would have to scroll. */
  get distance() {
    if (this.pointed || this.root.matches(":focus-within")) return 0;
    const { top, bottom } = this.plot.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight ? 1 : 2;
  }

  /* The words of the present snapshot; they are there before Plotly is. */
  write() {
    const { t } = this.stage;
    this.title.textContent = at(this.figure.layout?.title?.text ?? "", t, keep);
    this.plot.setAttribute("aria-label", at(this.alt, t, keep));
  }

  /* Show the present snapshot by moving what is there; false if Plotly has to draw it. */
  move() {
    const { t } = this.stage;
    if (this.dirty || !this.light || !moveTo(this.plot, this.figure, t)) return false;
    this.shown = t;
    this.rough = true; // Plotly does not know yet
    this.plot.dataset.rough = true;
    return true;
  }

  async draw(Plotly, paint, template) {
    const { t } = this.stage;
    const { data, layout = {} } = at(this.figure, t, paint);
    const all = this.dirty || this.heavy;
    this.dirty = this.rough = false;
    delete this.plot.dataset.rough;
    this.shown = t;
    if (all) {
      const { clientWidth: width, clientHeight: height } = this.plot;
      Object.assign(this, { width, height });
      await Plotly.react(this.plot, data, {
        uirevision: "kept", // zoom survives new data
        dragmode: TOUCH ? false : "zoom",
        ...layout,
        ...shortened(layout, height),
        template,
        title: undefined, // it stands in the header
        margin: { ...layout.margin, t: layout.meta?.top ?? 16 },
        width,
        height,
      }, CONFIG);
    } else if (layout.shapes) {
      await Plotly.relayout(this.plot, { shapes: layout.shapes }); // 1 ms, against 20 for all
    }
  }
}

/* The vertical axes whose title is longer than the axis: of those only what the quantity is called,
   without its unit in brackets. */
function shortened(layout, height) {
  const axes = {};
  for (const [name, axis] of Object.entries(layout)) {
    const text = axis?.title?.text;
    if (!name.startsWith("yaxis") || typeof text !== "string") continue;
    const [low, high] = axis.domain ?? [0, 1];
    const room = (height - AROUND) * (high - low);
    if (text.length * LETTER <= room) continue;
    axes[name] = { ...axis, title: { ...axis.title, text: text.split(" (")[0] } };
  }
  return axes;
}

/* Whether two figures differ in their titles at most; equal parts are the same objects. */
function sameDrawing(a, b) {
  if (!b || a.data !== b.data) return false;
  const [one, other] = [{ ...a.layout, title: 0 }, { ...b.layout, title: 0 }];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => one[key] === other[key]);
}
