/*
 * Keep the page alive while the browser translates it.
 *
 * A translator puts a FONT element with other words in the place of each text node, or moves the
 * node into one. React holds on to its own text nodes: it removes them from where they are no more,
 * which throws and ends the page, and it writes into nodes that nobody sees, which leaves old
 * numbers in a new sentence. So a node that was replaced is looked for where its FONT stands.
 *
 * No tag may be written here, in a comment either: Streamlit leaves out a script that holds one.
 */
(() => {
  if (window.bnvizTranslated) return;
  window.bnvizTranslated = true;
  const fonts = new WeakMap(); // text node -> the FONT that took its place
  const isFont = (node) => node?.nodeName === "FONT";

  new MutationObserver((records) => {
    for (const { addedNodes, removedNodes, previousSibling, nextSibling } of records) {
      const font = [...addedNodes, previousSibling, nextSibling].find(isFont);
      if (!font) continue;
      for (const node of removedNodes) if (node.nodeType === Node.TEXT_NODE) fonts.set(node, font);
    }
  }).observe(document, { childList: true, subtree: true });

  /* The child of `parent` that stands for a text node; null if there is none. */
  function standIn(parent, text) {
    let here = text.isConnected ? text.parentNode : fonts.get(text);
    while (isFont(here) && here.parentNode !== parent) here = here.parentNode;
    return isFont(here) ? here : null;
  }
  const lost = (parent, node) => node?.nodeType === Node.TEXT_NODE && node.parentNode !== parent;

  const { removeChild, insertBefore, appendChild } = Node.prototype;
  Node.prototype.removeChild = function (node) {
    if (!lost(this, node)) return removeChild.call(this, node);
    standIn(this, node)?.remove();
    return node;
  };
  /* A node that moves takes its FONT away from where it was. */
  const leave = (parent, node) => lost(parent, node) && standIn(parent, node)?.remove();
  Node.prototype.insertBefore = function (node, before) {
    leave(this, node);
    return insertBefore.call(this, node, lost(this, before) ? standIn(this, before) : before);
  };
  Node.prototype.appendChild = function (node) {
    leave(this, node);
    return appendChild.call(this, node);
  };

  /* New words go into the node itself, back in its place; the translator finds them there. */
  const { get, set } = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");
  Object.defineProperty(Text.prototype, "nodeValue", {
    configurable: true,
    get,
    set(words) {
      const font = this.isConnected ? null : fonts.get(this);
      if (font?.isConnected) font.replaceWith(this);
      set.call(this, words);
    },
  });
})();
