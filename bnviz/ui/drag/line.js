/* A number line: where a value stands on it, and its ticks. */

class NumberLine {
  /* From the lowest to the highest value, with room beside them for dots that are dragged. */
  constructor(values, room, left, right) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const span = high - low || Math.max(1, Math.abs(high));
    Object.assign(this, { low: low - room * span, high: high + room * span, left, right });
    this.step = 10 ** Math.floor(Math.log10((this.high - this.low) / 100));
  }

  place(value) {
    return this.left + ((value - this.low) / (this.high - this.low)) * (this.right - this.left);
  }

  /* The value at a place, no finer than the eye can tell, and on the line. */
  value(place) {
    const share = (place - this.left) / (this.right - this.left);
    return this.rounded(this.low + Math.max(0, Math.min(1, share)) * (this.high - this.low));
  }

  rounded(value) {
    const digits = Math.max(0, -Math.floor(Math.log10(this.step)));
    return Number((Math.round(value / this.step) * this.step).toFixed(digits));
  }

  get ticks() {
    const rough = (this.high - this.low) / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const every = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough);
    const first = Math.ceil(this.low / every);
    const last = Math.floor(this.high / every);
    return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * every);
  }
}
