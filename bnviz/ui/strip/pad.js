/* The pad: 8 times 8 pixels, drawn with mouse, finger or keys. What is drawn is told as 64 levels. */

class Pad {
  constructor(canvas, told) {
    this.canvas = canvas;
    this.told = told;
    this.clear();
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.paint(event);
    };
    canvas.onpointermove = (event) => {
      if (event.buttons) this.paint(event);
    };
    canvas.onpointerup = () => this.tell();
    canvas.onkeydown = (event) => this.press(event);
  }

  clear() {
    this.levels = new Array(64).fill(0);
    this.at = 27;
  }

  get text() {
    return this.levels.map((level) => level.toString(16)).join("");
  }

  /* A stroke is soft: it leaves full ink under it and some beside. */
  stroke(x, y) {
    for (let k = 0; k < 64; k++) {
      const far = Math.hypot((k % 8) + 0.5 - x, Math.floor(k / 8) + 0.5 - y);
      const level = Math.round(15 * Math.max(0, Math.min(1, 1.45 - far)));
      this.levels[k] = Math.max(this.levels[k], level);
    }
  }

  paint(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (8 * (event.clientX - box.left)) / box.width;
    const y = (8 * (event.clientY - box.top)) / box.height;
    this.stroke(x, y);
    this.draw();
  }

  press(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 };
    if (event.key in moves) {
      const to = this.at + moves[event.key];
      const wraps = Math.abs(moves[event.key]) === 1 && to >> 3 !== this.at >> 3;
      if (to >= 0 && to < 64 && !wraps) this.at = to;
      this.draw();
    } else if (event.key === " " || event.key === "Enter") {
      this.levels[this.at] = this.levels[this.at] ? 0 : 15;
      this.draw();
      this.tell();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  tell() {
    if (this.levels.some(Boolean)) this.told(this.text);
  }

  draw() {
    drawDigit(this.canvas, this.text, 64, this.ink);
    if (document.activeElement !== this.canvas) return;
    const pen = this.canvas.getContext("2d");
    pen.strokeStyle = "#888888";
    pen.strokeRect((this.at % 8) * 8 + 0.5, Math.floor(this.at / 8) * 8 + 0.5, 7, 7);
  }
}
