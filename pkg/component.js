/** What stands beside a widget that has no element, in a Leptos application. */

import { heard } from './beside.js';
import { events } from './events.js';

export class Companion {
  /** As in `beside.js`; its `element` is what the element's attributes would be. */
  #widget;
  #words;

  constructor(root, name, words, getSession) {
    const element = {
      shadowRoot: root,
      // The wasm that makes videos in parts is the element's.
      segments: 'off',
      getSession,
      hasAttribute: (attribute) => property(attribute) in element,
      getAttribute: (attribute) => element[property(attribute)] ?? null,
    };
    this.#widget = { element, root, name, words: () => this.#words };
    this.#words = words;
  }

  getSession(refused) {
    return this.#widget.element.getSession(refused);
  }

  events(address) {
    return events(address);
  }

  set(attribute, value) {
    const { element } = this.#widget;
    if (value === undefined) delete element[property(attribute)];
    else element[property(attribute)] = value;
  }

  begin(handle) {
    this.#widget.handle = handle;
    this.speak(this.#words);
  }

  speak(words) {
    this.#words = words;
    words.mark(this.#widget.root);
    this.hear(['ready', {}]);
  }

  hear([event, job]) {
    const { element, handle } = this.#widget;
    if (!handle || event === 'refused') return;
    if (event !== 'unreachable') return heard(this.#widget, event, job);
    const block = (found) => this.#widget.handle?.block(found);
    import('./diagnosis.js').then(({ explain }) => explain(block, 'reaching', element.endpoint)).catch(console.error);
  }

  close() {
    this.#widget.handle = undefined;
  }
}

const property = (attribute) => attribute.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
