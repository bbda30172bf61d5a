/* Quick drawing while snapshots follow each other: lines, markers and guides that Plotly has drawn
   are moved to where the numbers of another snapshot want them. That takes 1 or 2 ms a chart, where
   Plotly takes 15 to 25, as nothing else is looked at: ticks, titles, margins. Once the reader
   rests, Plotly draws the snapshot itself (chart.js), so hovering and zooming have the right numbers.
   What is not moved so, such as bars and labels that move, is always drawn by Plotly. */

const MOVE_ONLY = ["x", "y"];
const ENDS = ["x0", "x1", "y0", "y1"];
const movesOnly = (node, keys) =>
  Object.entries(node).every(([key, value]) => keys.includes(key) || !moves(value));

function canMove({ data = [], layout = {} }) {
  const { title, shapes = [], ...rest } = layout;
  return (
    !moves(rest) &&
    data.every((trace) => !moves(trace) || isPlainLine(trace)) &&
    shapes.every((shape) => shape.type === "line" && movesOnly(shape, ENDS))
  );
}

function isPlainLine(trace) {
  const { type = "scatter", mode = "lines", fill = "none", line = {}, marker = {} } = trace;
  return (
    movesOnly(trace, MOVE_ONLY) &&
    type === "scatter" &&
    ["lines", "markers", "lines+markers"].includes(mode) &&
    ["none", "toself"].includes(fill) &&
    !["stackgroup", "error_x", "error_y", "x0", "y0", "connectgaps"].some((key) => key in trace) &&
    Object.values(marker).every(isLeaf) &&
    (line.shape ?? "linear") === "linear"
  );
}

/* Move everything to snapshot t; false if something has no place yet, which Plotly has to draw. */
function moveTo(plot, { data = [], layout = {} }, t) {
  const lines = data.every((trace, k) => !moves(trace) || moveLine(plot, k, trace, t));
  return lines && (layout.shapes ?? []).every((shape, k) => !moves(shape) || moveShape(plot, k, shape, t));
}

function axis(plot, name) {
  const [letter, number = ""] = [name[0], name.slice(1)];
  return plot._fullLayout[`${letter}axis${number}`];
}

function moveLine(plot, k, trace, t) {
  const full = plot._fullData[k];
  const group = plot.querySelector(`.trace${full.uid}`);
  if (!group) return false;
  const [xs, ys] = [at(trace.x, t, keep), at(trace.y, t, keep)];
  const [toX, toY] = [axis(plot, full.xaxis).d2p, axis(plot, full.yaxis).d2p];
  const points = [];
  let path = "";
  let pen = "M"; // up, at the beginning and after a gap
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [toX(xs[i]), toY(ys[i])];
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${pen}${x.toFixed(2)},${y.toFixed(2)}`;
      points.push([x, y]);
      pen = "L";
    } else pen = "M";
  }
  const dots = group.querySelectorAll(".point");
  const paths = group.querySelectorAll(".js-line"); // one for each stretch between two gaps
  if (dots.length && dots.length !== points.length) return false;
  if (full.mode.includes("lines") && path && !paths.length) return false;
  paths.forEach((node, part) => node.setAttribute("d", (!part && path) || "M0,0"));
  const fill = full.fill === "toself" && group.querySelector(".js-fill");
  if (fill) fill.setAttribute("d", path || "M0,0");
  dots.forEach((node, i) => node.setAttribute("transform", `translate(${points[i]})`));
  return true;
}

function moveShape(plot, k, shape, t) {
  const node = plot.querySelector(`.shapelayer path[data-index="${k}"], .shapelayer [data-index="${k}"] path`);
  const { l, t: top, w, h } = plot._fullLayout._size;
  const place = (ref, value) => {
    if (ref === "paper") return null;
    const scale = axis(plot, ref);
    return scale._offset + scale.d2p(value);
  };
  const { x0, x1, y0, y1, xref = "x", yref = "y" } = at(shape, t, keep);
  const [fromX, toX] = [x0, x1].map((value) => place(xref, value) ?? l + value * w);
  const [fromY, toY] = [y0, y1].map((value) => place(yref, value) ?? top + (1 - value) * h);
  if (!node || ![fromX, toX, fromY, toY].every(Number.isFinite)) return false;
  node.setAttribute("d", `M${fromX},${fromY}L${toX},${toY}`);
  return true;
}
