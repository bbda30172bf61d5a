/*
 * The live stage: up to four linked Plotly charts and one transport, drawn and played here.
 *
 * Streamlit calls the default export again for each new run of the script and for each change of
 * theme. `data` is a message: what payload() in stage.py returns, figures whose moving parts are
 * "frames", one value for each snapshot, or what has changed of it. All charts stand on the same
 * snapshot. The server hears of the snapshot only when the reader has settled on it, of a pick, and
 * of a message that cannot be read for want of one before it.
 *
 * stage.py joins nine files to one script:
 *
 *   library.js   asks for Plotly.js
 *   message.js   messages, put together to what the stage shows
 *   figure.js    a figure: decoded once, then resolved for one snapshot and theme
 *   move.js      moves what Plotly has drawn, while snapshots follow each other
 *   chart.js     header, picks and plot of one figure
 *   shell.js     the HTML of the stage
 *   transport.js the buttons, the scrubber and the clock
 *   opening.js   the run plays once in front of a reader who has just come
 *   stage.js     messages, the snapshot shown, and when to draw what
 */

const SETTLE_MS = 120; // quick key presses in the transport become one message
const REST_MS = 150; // after this long on one snapshot, Plotly draws what was moved
const LACK_MS = 150; // a message whose base is on its way waits this long
const FRAME_MS = 8; // of drawing, after which the next chart waits for the next frame

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
  const overtaken = data.serial < stage.newest;
  stage.hear(data, setStateValue);
  if (overtaken) return () => {};
  const call = ++stage.calls;
  return () => {
    if (stage.calls !== call) return;
    stage.close();
    stages.delete(parentElement);
  };
}

class Stage {
  constructor(root) {
    this.root = root;
    root.innerHTML = SHELL;
    root.tabIndex = 0;
    const find = (selector) => root.querySelector(selector);
    this.grid = find(".bnstage-grid");
    this.transport = new Transport(this);
    this.note = find(".bnstage-note");
    this.charts = new Map(); // id -> Chart
    this.t = 0; // the snapshot shown
    this.letters = new Letterbox();
    this.newest = -1; // the highest number of a message so far
    this.draws = 0; // frames in which something was drawn
    this.turns = 0;
    this.calls = 0;
    this.observer = new ResizeObserver(() => this.redraw((chart) => !chart.fits));
  }

  /* A message, or the same one again in another theme. */
  hear(message, setStateValue) {
    this.newest = Math.max(this.newest, message.serial);
    this.send = (name, value) => setStateValue(name, { visit: this.visit, value });
    this.letters.take(message);
    clearTimeout(this.lack);
    const { lacking } = this.letters;
    if (lacking) {
      const report = { visit: lacking.visit, value: lacking.serial };
      this.lack = setTimeout(() => setStateValue("lacks", report), LACK_MS);
    }
    if (this.letters.data) this.update(this.letters.data);
  }

  update(data) {
    if (this.visit !== data.visit) this.open(data);
    const here = this.data?.steps[this.t];
    this.data = data;
    for (const chart of this.charts.values()) chart.turn = 0; // the nearest one is drawn first
    this.root.dataset.run = data.run;
    this.root.style.setProperty("--stage-height", `${data.height}px`);
    this.setTheme();
    this.setCharts(data.charts);
    const moving = data.running || [...this.charts.values()].some((chart) => chart.moving);
    this.root.dataset.still = data.nSteps === 0 || !moving; // then there is nothing to play
    const stay = (this.transport.busy ? here : this.wanted) ?? null;
    this.show(stay === null ? this.last : this.nearest(stay));
    loadPlotly(data.plotly).then(
      async (library) => {
        // Else labels are measured in another font than they are drawn in.
        await document.fonts.load('14px "Source Sans"').catch(() => null);
        this.Plotly = library;
        this.note.hidden = true;
        if (data.opens && moving && data.step === null) this.opening ??= new Opening(this);
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
    this.transport.halt();
    this.visit = visit;
    this.wanted = step; // a step number; null follows the newest snapshot
    this.sent = step ?? "newest";
    this.asked = {}; // picks that the server has not answered yet
  }

  get last() {
    return Math.max(this.data.steps.length - 1, 0);
  }

  nearest(step) {
    const far = (k) => Math.abs(this.data.steps[k] - step);
    return this.data.steps.reduce((best, _, k) => (far(k) < far(best) ? k : best), 0);
  }

  setTheme() {
    const theme = themeOf(this.root);
    this.paint = painter(theme, this.data.dark);
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
    this.rest();
    const text = labels[this.t] ?? `step ${steps[this.t] ?? 0} of ${nSteps}`;
    // While the run goes on, the scrubber is as long as what there is to scrub.
    const done = running && nSteps ? (steps[this.last] ?? 0) / nSteps : 1;
    this.transport.write(text, Math.min(done, 1));
    this.root.dataset.running = running;
    this.root.dataset.shows = steps[this.t] ?? 0; // what stands beside the stage follows it
    document.dispatchEvent(new CustomEvent("bnstage-shows", { detail: steps[this.t] ?? 0 }));
    this.schedule();
  }

  /* Wait until snapshots have ceased to follow each other; then Plotly draws what was moved. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = 0;
      this.schedule();
    }, REST_MS);
  }

  /* The reader stays here; at the end of what there is, the stage follows again. */
  settle() {
    this.wanted = this.t === this.last ? null : this.data.steps[this.t];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const value = this.wanted ?? "newest";
      if (value !== this.sent) this.send("step", value);
      this.sent = value;
    }, SETTLE_MS);
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

  /* ---- Drawing: at most once in an animation frame, and only what has changed ---- */

  redraw(which = () => true) {
    for (const chart of this.charts.values()) chart.dirty ||= which(chart);
    this.schedule();
  }

  schedule() {
    if (!this.isReady) this.root.dataset.ready = "false";
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  get isReady() {
    return [...this.charts.values()].every((chart) => !chart.behind && !chart.rough);
  }

  /* The charts that Plotly has to draw. */
  get due() {
    const rests = !this.resting && !this.transport.playing;
    return [...this.charts.values()].filter(
      (chart) => chart.plot.clientWidth && (chart.behind || (chart.rough && rests)));
  }

  /* The same in order: who has waited longest, then who is nearest to the reader. */
  get queue() {
    const { due } = this;
    const far = new Map(due.map((chart) => [chart, chart.distance]));
    return due.sort((a, b) => a.turn - b.turn || far.get(a) - far.get(b));
  }

  async draw() {
    this.frame = 0;
    if (this.closed || !this.data.steps.length) return;
    const charts = [...this.charts.values()];
    for (const chart of charts) chart.write();
    if (!this.Plotly || this.drawing) return; // who draws now looks again afterwards
    let drawn = charts.filter((chart) => chart.behind && chart.move()).length;
    this.drawing = true;
    const end = performance.now() + FRAME_MS;
    try {
      for (const chart of this.queue) {
        chart.turn = ++this.turns;
        drawn++;
        await chart.draw(this.Plotly, this.paint, this.template);
        if (this.closed || performance.now() > end) break;
      }
    } finally {
      this.drawing = false;
    }
    if (this.closed) return;
    if (drawn) this.root.dataset.draws = ++this.draws;
    this.root.dataset.step = this.data.steps[this.t];
    this.root.dataset.ready = this.isReady;
    if (this.due.length) this.schedule();
  }

  close() {
    this.closed = true;
    this.transport.setPlaying(false);
    this.opening?.end();
    for (const timer of [this.timer, this.resting, this.lack]) clearTimeout(timer);
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    for (const chart of this.charts.values()) this.Plotly?.purge(chart.plot);
    this.root.replaceChildren();
  }
}
