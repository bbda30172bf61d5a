/* One chart of the stage: header, picks and plot of one figure. */

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
