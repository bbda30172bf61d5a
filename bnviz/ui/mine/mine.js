/*
 * The reader's digit: chosen or drawn at the left, and the pictures that a lab shows of it.
 *
 * Streamlit calls the default export again for each new run of the script and for each change of
 * theme; `data` is what mine.py sends. The server hears of another digit.
 */

const mines = new WeakMap(); // parentElement -> Mine

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".bnmine");
  let mine = mines.get(parentElement);
  if (mine?.root !== root) {
    mine = new Mine(root);
    mines.set(parentElement, mine);
  }
  if (data.number < mine.data?.number) return; // an older message that comes later
  mine.send = (value) => setStateValue("digit", { visit: data.visit, value });
  mine.show(data);
}

class Mine {
  constructor(root) {
    this.root = root;
    root.innerHTML = `<div class="bnmine-input"><canvas class="bnmine-digit" role="img"></canvas>
      <div><div class="bnmine-offered" role="group" aria-label="Digits"></div>
      <button type="button" data-do="draw">Draw one</button></div></div>
      <div class="bnmine-pictures"></div>`;
    this.canvas = root.querySelector(".bnmine-digit");
    this.pad = new Pad(this.canvas, (text) => this.send(text));
    root.querySelector("[data-do=draw]").onclick = () => {
      this.pad.clear();
      this.drawing = true;
      this.show(this.data);
      this.canvas.focus();
    };
  }

  show(data) {
    this.data = data;
    const { digit, pixels, offered, pictures } = data;
    const [r, g, b] = getComputedStyle(this.root).backgroundColor.match(/[\d.]+/g).map(Number);
    const ink = data.ink[0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light"];
    if (digit.length < 64 && !this.drawing) this.pad.clear();
    this.drawing ||= digit.length === 64;
    this.pad.ink = ink;
    this.canvas.dataset.pad = Boolean(this.drawing);
    this.canvas.tabIndex = this.drawing ? 0 : -1;
    this.canvas.setAttribute("aria-label", this.drawing
      ? "Your drawing: arrows move, space sets a pixel" : "Your digit");
    this.canvas.style.pointerEvents = this.drawing ? "" : "none";
    if (this.drawing) {
      if (digit.length === 64 && !this.pad.levels.some(Boolean)) this.pad.levels = [...digit].map((c) => parseInt(c, 16));
      this.pad.draw();
    } else drawDigit(this.canvas, pixels, 64, ink);
    this.root.querySelector(".bnmine-offered").replaceChildren(...offered.map((levels, k) => {
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      button.type = "button";
      button.append(canvas);
      drawDigit(canvas, levels, 22, ink);
      button.setAttribute("aria-label", `digit ${k}`);
      button.setAttribute("aria-pressed", String(k) === digit);
      button.onclick = () => {
        this.drawing = false;
        this.send(String(k));
      };
      return button;
    }));
    this.root.querySelector(".bnmine-pictures").replaceChildren(...pictures.map(([levels, words, marked]) => {
      const figure = document.createElement("figure");
      const canvas = document.createElement("canvas");
      const caption = document.createElement("figcaption");
      figure.dataset.marked = marked;
      caption.textContent = words;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", words || (marked ? "marked neighbour" : "neighbour"));
      figure.append(canvas, caption);
      drawDigit(canvas, levels, words ? 48 : 32, ink);
      return figure;
    }));
  }
}
