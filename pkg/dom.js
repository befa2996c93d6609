/** Makes an element. What `properties` names is set as a property, `part` as the attribute that it is. */
export function make(name, { part, ...properties }, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  if (part) element.setAttribute('part', part);
  element.append(...children);
  return element;
}

/** A style sheet that is made when the first element wants it, and that all share; policies refuse other ways. */
export function shareSheet(root, rules) {
  if (!sheets.has(rules)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    sheets.set(rules, sheet);
  }
  const sheet = sheets.get(rules);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}

const sheets = new Map();
