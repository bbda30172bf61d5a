/* The points of a sketch: each has a height, a whole number from 0 to top. Before the first touch
   there is none; after it, points that were never touched are as high as the nearest touched one. */

class Ink {
  constructor(n, levels) {
    this.n = n;
    this.letters = levels;
    this.top = levels.length - 1;
    this.clear();
  }

  clear() {
    this.heights = null;
    this.touched = new Set();
    this.at = 0; // the point that the keys move
  }

  get text() {
    return this.heights ? this.heights.map((height) => this.letters[height]).join("") : "";
  }

  set text(text) {
    if (text.length !== this.n) return;
    this.heights = [...text].map((letter) => this.letters.indexOf(letter));
    this.touched = new Set(this.heights.keys());
  }

  put(k, height) {
    this.heights ??= new Array(this.n).fill(0);
    this.heights[k] = Math.max(0, Math.min(this.top, Math.round(height)));
    this.touched.add(k);
    this.at = k;
    const touched = [...this.touched];
    for (let j = 0; j < this.n; j++) {
      if (this.touched.has(j)) continue;
      const near = touched.reduce((a, b) => (Math.abs(b - j) < Math.abs(a - j) ? b : a));
      this.heights[j] = this.heights[near];
    }
  }

  /* Move the chosen point up or down; the first time it begins in the middle. */
  lift(by) {
    this.put(this.at, (this.heights?.[this.at] ?? Math.floor(this.top / 2)) + by);
  }

  choose(k) {
    this.at = Math.max(0, Math.min(this.n - 1, k));
  }
}
