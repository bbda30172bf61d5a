/*
 * Keep which pages a reader has done, and mark them in the bar and in the menu.
 *
 * A page is done when its last question is answered: then it holds a part with a key "done_slug".
 * The list stays in this browser. Nothing of it is sent: the marks are a style sheet, written here.
 *
 * No tag may be written here, in a comment either: Streamlit leaves out a script that holds one.
 */
(() => {
  if (window.bnvizPath) return;
  window.bnvizPath = true;
  const KEY = "bnviz.done";
  const isSlug = (slug) => /^\w+$/.test(slug);
  const sheet = document.createElement("style");
  document.head.append(sheet);

  function done() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      return Array.isArray(kept) ? kept.filter(isSlug) : [];
    } catch {
      return []; // no storage, or not written by this script
    }
  }

  function mark(slugs) {
    const links = slugs.flatMap((slug) => [
      `[href="${slug}"]`, `[href^="${slug}?"]`, `[href$="/${slug}"]`, `[href*="/${slug}?"]`,
    ]);
    const rule = `:is(.st-key-path, .st-key-sheet) :is(${links}) p::before`;
    const text = links.length ? `${rule} { content: "✓ " / "done: "; }` : "";
    if (sheet.textContent !== text) sheet.textContent = text;
  }

  function look() {
    const key = document.querySelector('[class*="st-key-done_"]')?.className ?? "";
    const slug = key.match(/st-key-done_(\w+)/)?.[1];
    const slugs = done();
    if (slug && !slugs.includes(slug)) {
      slugs.push(slug);
      try {
        localStorage.setItem(KEY, JSON.stringify(slugs));
      } catch {
        // it is marked as long as the page is open
      }
    }
    mark(slugs);
    for (const part of document.querySelectorAll(".st-key-sheet, .st-key-path")) {
      part.setAttribute("role", "navigation");
      const name = part.matches(".st-key-path") ? "The path" : "All pages";
      part.setAttribute("aria-label", name);
    }
  }

  // The sheet stands at the end of the document: Tab goes into it from its button, and back.
  document.addEventListener("keydown", (event) => {
    const first = document.querySelector(".st-key-sheet a");
    const button = document.querySelector(".st-key-menu button");
    const at = document.activeElement;
    if (!first || !button) return;
    if (event.key === "Tab" && !event.shiftKey && at === button) {
      event.preventDefault();
      first.focus();
    } else if (event.key === "Tab" && event.shiftKey && at === first) {
      event.preventDefault();
      button.focus();
    } else if (event.key === "Escape") {
      button.focus();
    }
  }, true);

  let waits = false;
  new MutationObserver(() => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      look();
    });
  }).observe(document.body, { childList: true, subtree: true });
  look();
})();
