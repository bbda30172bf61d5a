/* The messages of the server: numbered, and each but the first may hold only what has changed since
   another one (change.py). Streamlit may leave one out, or hand two over in the wrong order. */

const isPart = (node) => node !== null && typeof node === "object";

/* Put a change into what is held. What has not changed stays the same object: by that the charts
   see what is to be drawn. */
function changed(old, { is, at: parts, more }) {
  if (is !== undefined) return alike(old, is);
  const copy = Array.isArray(old) ? [...old] : { ...old };
  for (const key in parts) copy[key] = changed(old[key], parts[key]);
  if (more) copy.push(...more);
  return copy;
}

/* A value whose parts are those of the old one wherever they are equal. */
function alike(old, value) {
  if (!isPart(old) || !isPart(value) || Array.isArray(old) !== Array.isArray(value)) return value;
  const copy = Array.isArray(value) ? [] : {};
  let same = Object.keys(old).length === Object.keys(value).length;
  for (const key in value) {
    copy[key] = alike(old[key], value[key]);
    same &&= copy[key] === old[key];
  }
  return same ? old : copy;
}

class Letterbox {
  constructor() {
    this.serial = -1; // the number of the last message taken
    this.data = undefined; // all that it and those before it said
    this.early = new Map(); // messages whose base is not here yet, by the number of that base
  }

  /* Take a message, and those that waited for it. */
  take(message) {
    if (message.serial <= this.serial) return;
    if (message.base !== null && message.base !== this.serial) {
      this.early.set(message.base, message);
      return;
    }
    const { serial, base, whole, change } = message;
    this.data = base === null ? alike(this.data, whole) : changed(this.data, change);
    this.serial = serial;
    for (const [number, other] of this.early) {
      if (other.serial <= serial) this.early.delete(number);
    }
    const next = this.early.get(serial);
    if (next) this.take(next);
  }

  /* The newest message that cannot be read; undefined if there is none. */
  get lacking() {
    return [...this.early.values()].sort((a, b) => b.serial - a.serial)[0];
  }
}
