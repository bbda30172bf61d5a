/* The HTML of the stage: the transport, room for the charts, and a note. */

const ICONS = {
  back: "M4 3v10M13 3v10L6 8z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M12 3v10M3 3v10l7-5z",
};
const icon = (name) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
const button = (name, label) =>
  `<button type="button" data-do="${name}" aria-label="${label}">${icon(name)}</button>`;

const SHELL = `
  <div class="bnstage-panel">
    <div class="bnstage-transport" role="group" aria-label="Playback">
      <div class="bnstage-buttons">
        ${button("back", "One snapshot back")}${button("play", "Play")}
        ${button("forward", "One snapshot forward")}
      </div>
      <div class="bnstage-track"><input type="range" min="0" aria-label="Step"></div>
      <span class="bnstage-step" aria-hidden="true"></span>
      <select class="bnstage-speed" aria-label="Speed">
        <option value="0.5">0.5×</option><option value="1" selected>1×</option>
        <option value="2">2×</option><option value="4">4×</option>
      </select>
    </div>
    <div class="bnstage-grid"></div>
    <p class="bnstage-note" role="alert" hidden></p>
  </div>`;
