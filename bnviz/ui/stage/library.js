/* Ask for Plotly.js, at its address below that of the app. The top of each page does so, long before
   its charts are there; after it, stage.js finds the same script. */
function requestPlotly(file) {
  const asked = document.getElementById("plotly-library");
  if (asked) return asked;
  // Streamlit's own script tells where the app lives: also on sub-pages and below a base path.
  const own = document.querySelector('script[type="module"][src*="static/js/"]');
  const script = document.createElement("script");
  script.id = "plotly-library";
  script.addEventListener("error", () => script.remove()); // who asks next, asks anew
  script.src = own ? new URL(`../../${file}`, own.src).href : file;
  document.head.append(script);
  return script;
}

let plotly; // a promise; one library for all stages

function loadPlotly(file) {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) {
      resolve(window.Plotly);
      return;
    }
    const script = requestPlotly(file);
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      plotly = undefined; // the next run tries again
      reject(new Error(`The charts cannot be drawn: ${script.src} could not be loaded.`));
    });
  });
  return plotly;
}
