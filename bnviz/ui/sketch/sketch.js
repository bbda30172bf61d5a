/*
 * The sketch: empty axes, and points on them that a mouse, a finger or the keys move.
 *
 * Streamlit calls the default export again for each new run of the script and for each change of
 * theme; `data` is what payload() in sketch.py returns. The server hears of the sketch when a stroke
 * ends, or when the keys have rested.
 */

const KEYS_REST_MS = 300;
const sketches = new WeakMap(); // parentElement -> Sketch

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".bnsketch");
  let sketch = sketches.get(parentElement);
  if (sketch?.root !== root) {
    sketch?.close();
    sketch = new Sketch(root);
    sketches.set(parentElement, sketch);
  }
  sketch.hear(data, setStateValue);
  const call = ++sketch.calls;
  return () => {
    if (sketch.calls !== call) return;
    sketch.close();
    sketches.delete(parentElement);
  };
}

class Sketch {
  constructor(root) {
    this.root = root;
    this.calls = 0;
    root.innerHTML = `<div class="bnsketch-plot"></div>
      <div class="bnsketch-ink" tabindex="0" role="slider" aria-label="Your sketch" aria-valuemin="0">
        <svg></svg></div>
      <div class="bnsketch-foot"><span class="bnsketch-value"></span>
        <button type="button">Clear</button></div>`;
    this.plot = root.querySelector(".bnsketch-plot");
    this.area = root.querySelector(".bnsketch-ink");
    this.area.onpointerdown = (event) => this.begin(event);
    this.area.onpointermove = (event) => this.stroke(event);
    this.area.onpointerup = this.area.onpointercancel = () => this.end();
    this.area.onkeydown = (event) => this.press(event);
    this.area.onfocus = () => this.draw();
    this.area.onblur = () => this.draw();
    root.querySelector("button").onclick = () => {
      this.ink.clear();
      this.draw();
      this.tell();
    };
    this.observer = new ResizeObserver(() => this.layOut());
    this.observer.observe(root);
  }

  hear(data, setStateValue) {
    this.send = (value) => setStateValue("text", { visit: data.visit, value });
    const anew = this.data?.visit !== data.visit || this.data.x.join() !== data.x.join();
    this.data = data;
    if (anew) {
      this.ink = new Ink(data.x.length, data.levels);
      this.ink.text = data.text;
    }
    this.root.style.setProperty("--height", `${data.height}px`);
    loadPlotly(data.plotly).then((library) => {
      this.Plotly = library;
      this.layOut();
    });
  }

  /* Let Plotly draw the axes, and lay the ink exactly over them. */
  async layOut() {
    if (!this.Plotly || !this.plot.clientWidth) return;
    const { axes, given, template, dark, x } = this.data;
    const paint = painter(themeOf(this.root), dark);
    const { xaxis, yaxis } = at(decode(axes), 0, paint);
    const size = { width: this.plot.clientWidth, height: this.plot.clientHeight };
    const margin = { t: 10, r: 16 };
    const layout = { xaxis, yaxis, margin, ...size, template: at(template, 0, paint) };
    await this.Plotly.react(this.plot, at(decode(given), 0, paint), layout, { staticPlot: true });
    const { xaxis: across, yaxis: up } = this.plot._fullLayout;
    this.width = across._length;
    this.height = up._length;
    this.places = x.map((value) => across.d2p(value));
    const { style } = this.area;
    style.left = `${across._offset}px`;
    style.top = `${up._offset}px`;
    style.width = `${this.width}px`;
    style.height = `${this.height}px`;
    this.draw();
  }

  draw() {
    if (!this.places) return;
    const { heights, at: chosen, top } = this.ink;
    const y = (k) => this.height * (1 - (heights?.[k] ?? Math.floor(top / 2)) / top);
    const points = this.places.map((x, k) => [x, y(k)]);
    const focused = document.activeElement === this.area;
    const dots = points.map(([x, up], k) => `<circle cx="${x}" cy="${up}" r="4.5"
      data-chosen="${focused && k === chosen}"/>`);
    this.area.dataset.empty = heights === null;
    this.area.firstElementChild.innerHTML = `<polyline points="${points.join(" ")}"/>${dots.join("")}`;
    this.root.querySelector("button").disabled = heights === null;
    this.root.dataset.text = this.ink.text;
    this.write();
  }

  /* Say which point is chosen and how high it is. */
  write() {
    const { heights, at: k, top } = this.ink;
    const place = `${this.data.at} ${this.data.x[k]}`;
    const words = heights ? `${place}: ${this.value(heights[k])}` : "";
    const how = "Draw with the mouse or a finger, or move points with the arrow keys.";
    this.root.querySelector(".bnsketch-value").textContent = words || how;
    this.area.setAttribute("aria-valuemax", top);
    this.area.setAttribute("aria-valuenow", heights?.[k] ?? 0);
    this.area.setAttribute("aria-valuetext", words || `${place}: nothing drawn`);
  }

  value(height) {
    const [low, high] = this.data.axes.yaxis.range;
    const place = low + ((high - low) * height) / this.ink.top;
    const value = this.data.log ? 10 ** place : place;
    const [digits, power] = value.toExponential(1).split("e");
    if (Math.abs(power) < 4 || !value) return String(Number(value.toPrecision(2))).replace("-", "−");
    const raised = [...String(Number(power))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");
    return `${Math.round(digits)}×10${raised}`;
  }

  begin(event) {
    if (!this.places || event.button) return;
    this.area.setPointerCapture(event.pointerId);
    this.area.focus({ preventScroll: true });
    event.preventDefault();
    this.last = null;
    this.drawing = true;
    this.stroke(event);
  }

  /* Every point between the last place of the pointer and this one follows the stroke. */
  stroke(event) {
    if (!this.drawing) return;
    const box = this.area.getBoundingClientRect();
    const now = [event.clientX - box.left, (1 - (event.clientY - box.top) / this.height) * this.ink.top];
    const near = this.places.reduce(
      (best, x, k) => (Math.abs(x - now[0]) < Math.abs(this.places[best] - now[0]) ? k : best), 0);
    const before = this.last ?? now;
    const [from, to] = before[0] <= now[0] ? [before, now] : [now, before];
    this.places.forEach((x, k) => {
      if (x <= from[0] || x >= to[0]) return;
      this.ink.put(k, from[1] + ((to[1] - from[1]) * (x - from[0])) / (to[0] - from[0]));
    });
    if (!this.last || Math.abs(this.places[near] - now[0]) < 12) this.ink.put(near, now[1]);
    this.last = now;
    this.draw();
  }

  end() {
    if (!this.drawing) return;
    this.drawing = false;
    this.tell();
  }

  press(event) {
    const { ink } = this;
    const far = event.shiftKey ? 5 : 1;
    const does = {
      ArrowLeft: () => ink.choose(ink.at - 1),
      ArrowRight: () => ink.choose(ink.at + 1),
      Home: () => ink.choose(0),
      End: () => ink.choose(ink.n - 1),
      ArrowUp: () => ink.lift(far),
      ArrowDown: () => ink.lift(-far),
      PageUp: () => ink.lift(5),
      PageDown: () => ink.lift(-5),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
    this.draw();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.tell(), KEYS_REST_MS);
  }

  tell() {
    clearTimeout(this.resting);
    if (this.ink.text === this.told) return;
    this.told = this.ink.text;
    this.send(this.told);
  }

  close() {
    clearTimeout(this.resting);
    this.observer.disconnect();
    this.Plotly?.purge(this.plot);
    this.root.replaceChildren();
  }
}
