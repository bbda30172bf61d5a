/* Batch norm of one feature, as bnviz/core/bn.py has it, and its numbers as a reader writes them. */

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function batchNorm(x, { gamma, beta, eps, divide, identity }) {
  const mu = mean(x);
  const centred = x.map((value) => value - mu);
  const variance = mean(centred.map((value) => value ** 2));
  const root = Math.sqrt(variance + eps);
  const divisor = divide === "var" ? variance + eps : root;
  const [scale, shift] = identity ? [root, mu] : [gamma, beta];
  const xHat = centred.map((value) => value / divisor);
  return { mu, variance, xHat, y: xHat.map((value) => scale * value + shift), scale, shift };
}

/* Four digits, large ones whole, as bnviz/labs/anatomy/numbers.py writes them. */
function told(value) {
  const size = Math.abs(value);
  let text = size > 1e-12 ? String(Number(value.toPrecision(4))) : "0";
  if (size >= 1000 && size < 1e7) {
    text = String(Math.round(value));
    if (size >= 9999.5) text = text.replace(/\B(?=(\d{3})+$)/g, ",");
  }
  return text.replaceAll("-", "−");
}

const bracket = (value) => (value < 0 ? `(${told(value)})` : told(value));
