/** An element at work: what it says, and whom it tells. Loaded, with the wasm, when an element opens. */

import { KonproError } from './error.js';
import { events } from './events.js';
import { wordsFor } from './languages.js';

/** Names in use on this page, so that no two elements keep their job in one place. */
const names = new Set();
const claim = (wanted) => {
  let name = wanted;
  for (let copy = 2; names.has(name); copy++) name = `${wanted} ${copy}`;
  names.add(name);
  return name;
};

export class Widget {
  /** What the wasm hands out; none once it is closed. */
  handle;
  #element;
  #settle;
  #glue;
  #name;
  /** The words in use, and those that are on their way. */
  #words;
  #asked;
  /** The endpoint whose trouble the developer knows of. */
  #explained;

  /**
   * @param {HTMLElement} element
   * @param {object} glue the wasm's exports
   * @param {import('./words.js').Words} words
   * @param {(how: 'resolve' | 'reject', value: any) => void} settle what becomes of `generate()`
   */
  constructor(element, glue, words, settle) {
    this.#element = element;
    this.#glue = glue;
    this.#words = words;
    this.#settle = settle;
  }

  /** What an element says. */
  static wordsFor(element) {
    return wordsFor(element, element.messages);
  }

  /** Fills the element's shadow root; `attributes` are the names of those that the wasm knows. */
  begin(attributes) {
    const element = this.#element;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    // Shows the element's own content as long as there is nothing better.
    root.replaceChildren(document.createElement('slot'));
    this.#name = claim(element.id || `${location.pathname} ${[...document.querySelectorAll(element.localName)].indexOf(element)}`);
    const values = attributes.flatMap((name) => (element.hasAttribute(name) ? [name, element.getAttribute(name)] : []));
    const host = { getSession: (refused) => element.getSession?.(refused), events };
    this.handle = this.#glue.open(root, this.#name, values, this.#words, host, (...event) => this.#tell(...event));
    this.#words.mark(root);
    this.#send('ready', {});
  }

  /** Takes an attribute's new value. */
  async update(name, value) {
    if (name !== 'lang' && name !== 'dir') return this.handle.update(name, value);
    const asked = (this.#asked = Widget.wordsFor(this.#element));
    const words = await asked;
    // Whatever comes first: the last one that was asked for holds.
    if (!this.handle || asked !== this.#asked) return;
    this.#words = words;
    this.handle.speak(this.#words);
    this.#words.mark(this.#element.shadowRoot);
    this.#beside('ready', {});
  }

  close() {
    this.handle.free();
    this.handle = undefined;
    names.delete(this.#name);
  }

  #tell(event, job, ...failure) {
    if (event === 'unreachable') return this.#explain();
    if (event !== 'refused') this.#send(event, job);
    if (event === 'completed') this.#settle('resolve', job);
    if (failure.length) this.#settle('reject', new KonproError(...failure));
  }

  /** Says to the developer what is wrong with the page; the widget says to the visitor that something is. */
  #explain() {
    const { endpoint } = this.#element;
    if (this.#explained === endpoint) return;
    this.#explained = endpoint;
    const block = (found) => this.handle?.block(found);
    import('./diagnosis.js').then(({ explain }) => explain(block, 'reaching', endpoint)).catch(console.error);
  }

  #send(event, detail) {
    // What the page need not know.
    if (event !== 'long') this.#element.dispatchEvent(new CustomEvent(`konpro-${event}`, { detail, bubbles: true, composed: true }));
    this.#beside(event, detail);
  }

  #beside(event, job) {
    // What cannot be loaded now is loaded with the next event: the video does without it, unless it is one in parts.
    const alone = () => event === 'long' && this.handle?.leave(true);
    import('./beside.js').then(({ heard }) => this.handle && heard(this.#lend(), event, job)).catch(alone);
  }

  /** What the scripts beside this one work with. */
  #lend() {
    const element = this.#element;
    const tell = (...event) => this.handle && this.#tell(...event);
    return { element, root: element.shadowRoot, name: this.#name, handle: this.handle, words: () => this.#words, tell };
  }
}
