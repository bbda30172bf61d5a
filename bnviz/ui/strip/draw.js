/* How the strip draws: colours, pictures of a digit, a network, a map. */

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const mix = (a, b, share) => a.map((value, k) => Math.round(value + (b[k] - value) * share));
const css = (color) => `rgb(${color.join(" ")})`;

/* The 256 colours of a diverging ramp. */
function ramp(colors) {
  const [low, middle, high] = colors.map(rgb);
  return Array.from({ length: 256 }, (_, k) => {
    const share = (k - 127.5) / 127.5;
    return css(share < 0 ? mix(middle, low, -share) : mix(middle, high, share));
  });
}

/* A canvas of this size in CSS pixels, sharp on any screen. */
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/* 64 levels as a picture of 8 times 8 pixels. */
function drawDigit(canvas, levels, size, ink) {
  const pen = sized(canvas, size, size);
  const [paper, full] = ink.map(rgb);
  const cell = size / 8;
  for (let k = 0; k < 64; k++) {
    pen.fillStyle = css(mix(paper, full, parseInt(levels[k], 16) / 15));
    pen.fillRect((k % 8) * cell, Math.floor(k / 8) * cell, cell + 0.5, cell + 0.5);
  }
}

/* Where the units of a network stand: a block of eight rows for each layer. */
class Layout {
  constructor(depth, units, room) {
    this.rows = Math.min(8, units);
    this.columns = Math.ceil(units / this.rows);
    this.depth = depth;
    this.units = units;
    const wanted = room / (depth * (this.columns + 1.6));
    this.cell = Math.max(3, Math.min(7, Math.floor(wanted)));
    this.pitch = Math.min(room / depth, this.cell * (this.columns + 3));
    this.pitch = Math.max(this.pitch, this.cell * (this.columns + 1));
    this.width = this.pitch * depth;
    this.height = this.cell * this.rows;
  }
  place(layer, unit) {
    const column = Math.floor(unit / this.rows);
    return [layer * this.pitch + column * this.cell, (unit % this.rows) * this.cell];
  }
  /* The unit nearest to a point. */
  at(x, y) {
    const layer = Math.max(0, Math.min(this.depth - 1, Math.floor(x / this.pitch)));
    const column = Math.floor((x - layer * this.pitch) / this.cell);
    const row = Math.max(0, Math.min(this.rows - 1, Math.floor(y / this.cell)));
    const across = Math.max(0, Math.min(this.columns - 1, column));
    return [layer, Math.min(this.units - 1, across * this.rows + row)];
  }
}

function drawUnits(canvas, layout, codes, t, colors, chosen, edge) {
  const pen = sized(canvas, layout.width, layout.height + 2);
  const { depth, units, cell } = layout;
  for (let layer = 0; layer < depth; layer++) {
    for (let unit = 0; unit < units; unit++) {
      const [x, y] = layout.place(layer, unit);
      pen.fillStyle = colors[codes[(t * depth + layer) * units + unit]];
      pen.fillRect(x, y, cell - (cell > 4 ? 1 : 0.5), cell - (cell > 4 ? 1 : 0.5));
    }
  }
  if (chosen) {
    const [x, y] = layout.place(...chosen);
    pen.strokeStyle = edge;
    pen.lineWidth = 1.5;
    pen.strokeRect(x - 0.75, y - 0.25, cell + 0.5, cell + 0.5);
  }
}

/* Ten bars; the true class stands out by its number. */
function drawOutputs(canvas, outputs, t, label, colors, size) {
  const pen = sized(canvas, 96, size);
  const high = size - 13;
  let best = 0;
  for (let k = 0; k < 10; k++) if (outputs[t * 10 + k] > outputs[t * 10 + best]) best = k;
  for (let k = 0; k < 10; k++) {
    const share = outputs[t * 10 + k] / 255;
    pen.fillStyle = colors.faint;
    pen.fillRect(k * 9.6, 0, 7.6, high);
    pen.fillStyle = k === best ? colors.text : colors.muted;
    pen.fillRect(k * 9.6, high * (1 - share), 7.6, high * share);
    pen.fillStyle = k === label ? colors.text : colors.muted;
    pen.font = `${k === label ? "bold " : ""}10px ${colors.font}`;
    pen.textAlign = "center";
    pen.fillText(k, k * 9.6 + 3.8, size - 3);
    if (k === label) pen.fillRect(k * 9.6, size - 1.5, 7.6, 1.5);
  }
  return [best, outputs[t * 10 + best] / 255];
}

/* Class by colour, confidence by how strong it is; the training points on it. */
function drawMap(canvas, codes, t, { side, levels, points }, classes, paper, size) {
  const pen = sized(canvas, size, size);
  const cell = size / side;
  for (let k = 0; codes && k < side * side; k++) {
    const code = codes[t * side * side + k];
    const sure = (code % levels) / (levels - 1);
    pen.fillStyle = css(mix(paper, classes[Math.floor(code / levels)], 0.08 + 0.57 * sure));
    pen.fillRect((k % side) * cell, Math.floor(k / side) * cell, cell + 0.5, cell + 0.5);
  }
  for (const [x, y, label] of points) {
    pen.fillStyle = css(classes[label]);
    pen.beginPath();
    pen.arc(x * size, y * size, 1.3, 0, 7);
    pen.fill();
  }
}
