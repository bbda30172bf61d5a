/* The run plays once in front of a reader who has just come, and each chart says what to look at. */

const SEEN = "bnviz.opened"; // kept by the browser for this visit; the server never hears of it
const LESS_MOTION = "(prefers-reduced-motion: reduce)";
const TOUCHES = ["keydown", "pointerdown"];

/* Whether nothing has been played in this visit; where the browser keeps nothing, nothing plays. */
function comesFirst() {
  try {
    const first = sessionStorage.getItem(SEEN) === null;
    sessionStorage.setItem(SEEN, "yes");
    return first;
  } catch {
    return false;
  }
}

class Opening {
  constructor(stage) {
    this.stage = stage;
    this.going = comesFirst() && !matchMedia(LESS_MOTION).matches;
    if (!this.going) return;
    this.listen = (event) => this.interrupt(event);
    for (const name of TOUCHES) window.addEventListener(name, this.listen, true);
    stage.root.dataset.opening = true;
    stage.wanted = stage.data.steps[0] ?? 0; // also when more of the run comes
    stage.show(0);
    this.begin();
  }

  /* Play as soon as the start is on the screen, lest its first second go by unseen. */
  begin() {
    if (!this.going || this.stage.transport.playing) return;
    if (this.stage.data.steps.length && this.stage.isReady) this.stage.transport.play();
    else requestAnimationFrame(() => this.begin());
  }

  /* Show the end of the run, unless the reader reached for the transport: that goes on from here. */
  interrupt({ target, key }) {
    const { root } = this.stage;
    this.end();
    if (target.closest?.(".bnstage-transport") || (key === " " && root.contains(target))) return;
    this.stage.transport.setPlaying(false);
    this.stage.wanted = null;
    this.stage.show(this.stage.last);
  }

  end() {
    if (!this.going) return;
    this.going = false;
    for (const name of TOUCHES) window.removeEventListener(name, this.listen, true);
    delete this.stage.root.dataset.opening;
  }
}
