/* Ask for Plotly.js, which Streamlit serves from the folder static/ beside app.py. The top of each
   page does so, long before its charts are there; after it, stage.js finds the same script. */
function requestPlotly(file) {
  const asked = document.getElementById("plotly-library");
  if (asked) return asked;
  // Streamlit's own script tells where the app lives: also on sub-pages and below a base path.
  const own = document.querySelector('script[type="module"][src*="static/js/"]');
  const script = document.createElement("script");
  script.id = "plotly-library";
  script.addEventListener("error", () => script.remove()); // who asks next, asks anew
  script.src = own ? new URL(`../../app/static/${file}`, own.src).href : `app/static/${file}`;
  document.head.append(script);
  return script;
}
