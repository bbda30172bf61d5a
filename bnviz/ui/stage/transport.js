/* The transport moves the stage through its snapshots: one by one, by the scrubber, or by the clock. */

class Transport {
  constructor(stage) {
    this.stage = stage;
    const { root } = stage;
    const find = (selector) => root.querySelector(selector);
    this.range = find(".bnstage-track input");
    this.readout = find(".bnstage-step");
    this.speed = find(".bnstage-speed");
    this.button = find("[data-do=play]");
    this.playing = false;
    this.scrubbing = false;

    find("[data-do=back]").onclick = () => this.stepBy(-1);
    find("[data-do=forward]").onclick = () => this.stepBy(1);
    this.button.onclick = () => this.toggle();
    this.range.oninput = () => {
      this.setPlaying(false);
      this.scrubbing = true;
      stage.show(Number(this.range.value));
    };
    this.range.onchange = () => this.settle();
    this.range.onpointerup = () => this.settle(); // no change event when it is back where it began
    root.onkeydown = (event) => {
      if (event.key !== " " || event.target.closest("button, select, input[type=radio]")) return;
      event.preventDefault(); // space would scroll the page
      this.toggle();
    };
  }

  /* Whether the reader is on the way; then a new message must not move the stage. */
  get busy() {
    return this.playing || this.scrubbing;
  }

  /* Show where the stage is, and which part of the run is `done`, from 0 to 1. */
  write(text, done) {
    const { t, last } = this.stage;
    this.readout.textContent = text;
    this.range.setAttribute("aria-valuetext", text);
    this.range.max = last;
    this.range.value = t;
    this.range.style.setProperty("--done", done);
    this.range.style.setProperty("--at", last ? t / last : 1);
  }

  settle() {
    this.scrubbing = false;
    this.stage.settle();
  }

  halt() {
    this.scrubbing = false;
    this.setPlaying(false);
  }

  stepBy(count) {
    this.setPlaying(false);
    this.stage.show(this.stage.t + count);
    this.settle();
  }

  toggle() {
    if (this.playing) {
      this.setPlaying(false);
      this.settle();
    } else if (this.stage.last) {
      this.play();
    }
  }

  setPlaying(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    cancelAnimationFrame(this.ticking);
    this.button.innerHTML = icon(playing ? "pause" : "play");
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.stage.root.dataset.playing = playing;
    if (!playing) this.stage.opening?.end();
  }

  /* Paced by the clock: when drawing is slow, snapshots are left out, never queued. */
  play() {
    const { stage } = this;
    if (stage.t === stage.last) stage.show(0);
    this.setPlaying(true);
    let before = performance.now();
    let owed = 0;
    const tick = (now) => {
      owed += (Math.min(Math.max(now - before, 0), 250) / 1000 / stage.data.paceS) * Number(this.speed.value);
      before = now;
      if (owed >= 1) stage.show(stage.t + Math.floor(owed));
      owed %= 1;
      const ended = stage.t === stage.last && !(stage.opening?.going && stage.data.running);
      if (ended) this.toggle();
      else this.ticking = requestAnimationFrame(tick);
    };
    this.ticking = requestAnimationFrame(tick);
  }
}
