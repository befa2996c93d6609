/**
 * `<konpro-video>`: a visitor types a script and watches the finished video.
 *
 * This shell is small and there at once; the widget itself is wasm, fetched from beside this file when
 * the element comes near the viewport. Until then, and when it cannot be had, the element's own
 * content is what a visitor sees.
 */

import { KonproError } from './error.js';

export { KonproError };

// Kept in step with src/options.rs by a test there.
const ATTRIBUTES = 'endpoint avatar-id voice-id text resolution format background controls autostart job-id history session'.split(' ');

/** How near the viewport an element must come before the widget is fetched. */
const NEAR = '600px';

/** @type {Promise<any> | undefined} The wasm's exports; one instance serves every element. */
let loading;
const WASM = new URL('wasm/konpro-video_bg.wasm', import.meta.url);
const load = () =>
  (loading ??= import('./wasm/konpro-video.js')
    .then(async (glue) => {
      await glue.default({ module_or_path: WASM });
      return glue;
    })
    .catch((error) => {
      loading = undefined;
      throw error;
    }));

/** Names in use on this page, so that no two elements keep their job in one place. */
const names = new Set();
const claim = (wanted) => {
  let name = wanted;
  for (let copy = 2; names.has(name); copy++) name = `${wanted} ${copy}`;
  names.add(name);
  return name;
};

/**
 * The element. Attributes have properties of the same name in camelCase. `getSession`, a property only,
 * is a function that gives the bearer token, or a promise of it; it is asked before each request.
 *
 * @fires konpro-ready the widget is there; `detail` is `{}`
 * @fires konpro-created `detail` is the wire Job, as with the next three
 * @fires konpro-progress
 * @fires konpro-completed
 * @fires konpro-failed with `detail.error`
 */
export class KonproVideo extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = [...ATTRIBUTES, 'lang', 'dir'];

  #handle;
  #messages;
  /** The words in use. */
  #said;
  /** The endpoint whose trouble the developer knows of. */
  #explained;
  #opening;
  #observer;
  #name;
  /** @type {{promise: Promise<object>, resolve: Function, reject: Function} | undefined} */
  #result;

  connectedCallback() {
    this.#adoptProperties();
    if (this.#handle || this.#opening || this.#observer) return;
    // Whatever goes wrong is said by then.
    const open = () => this.#open().catch(() => {});
    if (this.hasAttribute('eager') || !globalThis.IntersectionObserver) return open();
    this.#observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && open(), { rootMargin: NEAR });
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    // Moving an element takes it out and puts it back at once: nothing is to be lost by that.
    queueMicrotask(() => this.isConnected || this.#close());
  }

  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    if (ATTRIBUTES.includes(name)) this.#handle?.update(name, value ?? undefined);
    else this.#speak();
  }

  /** Sentences of your own, by the names in `messages/en.js`; the others stay as they are. */
  get messages() {
    return this.#messages;
  }

  set messages(messages) {
    this.#messages = messages;
    this.#speak();
  }

  /**
   * Generates the video that is preset or chosen.
   *
   * @returns {Promise<object>} the completed Job; rejects with a {@link KonproError}, or an `AbortError` after `cancel()`
   */
  generate() {
    if (this.#result) return this.#result.promise;
    const result = {};
    result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
    this.#result = result;
    this.#open()
      .then(() => {
        if (!this.#handle) throw new Error('Not on a page.');
        if (this.#result === result) this.#handle.generate();
      })
      .catch(({ message }) => this.#settle('reject', new KonproError('UNREACHABLE', message, undefined, true)));
    return result.promise;
  }

  /** Stops watching, and withdraws what was not sent yet; `generate()` rejects with an `AbortError`. */
  cancel() {
    this.#abort('Cancelled.');
    this.#handle?.leave(true);
  }

  /** Back to the form, as the attributes have preset it. */
  reset() {
    this.#abort('Reset.');
    this.#handle?.leave(false, true);
  }

  #abort(why) {
    this.#settle('reject', new DOMException(why, 'AbortError'));
  }

  #settle(how, value) {
    const result = this.#result;
    this.#result = undefined;
    result?.[how](value);
  }

  #open() {
    this.#observer?.disconnect();
    return (this.#opening ??= Promise.all([load(), this.#words(), import('./events.js')])
      .then(([glue, words, { events }]) => {
        // It may have been taken out meanwhile, and even put back.
        if (this.isConnected && !this.#handle) this.#fill(glue, words, events);
        if (!this.#handle) this.#opening = undefined;
      })
      .catch((error) => {
        this.#opening = undefined;
        this.#explain('loading', { wasm: WASM, error }, error);
        throw error;
      }));
  }

  #words() {
    return import('./languages.js').then(({ wordsFor }) => wordsFor(this, this.#messages));
  }

  async #speak() {
    if (this.#handle) {
      const words = await this.#words();
      if (!this.#handle) return;
      this.#handle.speak(words);
      this.#dress(words);
      this.#beside('ready', {});
    }
  }

  #dress(words) {
    this.#said = words;
    words.mark(this.shadowRoot);
  }

  #fill(glue, words, events) {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    // Shows the element's own content as long as there is nothing better.
    root.replaceChildren(document.createElement('slot'));
    this.#name ??= claim(this.id || `${location.pathname} ${[...document.querySelectorAll(this.localName)].indexOf(this)}`);
    const attributes = ATTRIBUTES.flatMap((name) => (this.hasAttribute(name) ? [name, this.getAttribute(name)] : []));
    this.#handle = glue.open(root, this.#name, attributes, words, { getSession: () => this.getSession?.(), events }, (...event) => this.#tell(...event));
    this.#dress(words);
    this.#send('ready', {});
  }

  #close() {
    this.#observer?.disconnect();
    this.#observer = this.#opening = undefined;
    this.#handle?.free();
    this.#handle = undefined;
    this.#abort('Removed.');
    names.delete(this.#name);
    this.#name = undefined;
  }

  /** Says to the developer what is wrong with the page; the widget says to the visitor that something is. */
  #explain(...trouble) {
    const block = (found) => this.#handle?.block(found);
    import('./diagnosis.js').then(({ explain }) => explain(block, ...trouble)).catch(() => console.error(...trouble));
  }

  #tell(event, job, ...failure) {
    if (event === 'unreachable') {
      if (this.#explained !== this.endpoint) this.#explain('reaching', (this.#explained = this.endpoint));
      return;
    }
    if (event !== 'refused') this.#send(event, job);
    if (event === 'completed') this.#settle('resolve', job);
    if (failure.length) this.#settle('reject', new KonproError(...failure));
  }

  /** What the scripts beside this one work with. */
  #lend() {
    const tell = (...event) => this.#handle && this.#tell(...event);
    return { element: this, root: this.shadowRoot, name: this.#name, handle: this.#handle, words: () => this.#said, tell };
  }

  #send(event, detail) {
    // What the page need not know.
    if (event !== 'long') this.dispatchEvent(new CustomEvent(`konpro-${event}`, { detail, bubbles: true, composed: true }));
    this.#beside(event, detail);
  }

  #beside(event, job) {
    // What cannot be loaded now is loaded with the next event: the video does without it, unless it is one in parts.
    const alone = () => event === 'long' && this.#handle?.leave(true);
    import('./beside.js').then(({ heard }) => this.#handle && heard(this.#lend(), event, job)).catch(alone);
  }

  /** Properties that were set before the element was defined hide the accessors until they are set again. */
  #adoptProperties() {
    for (const property of [...PROPERTIES.keys(), 'messages']) {
      if (!Object.hasOwn(this, property)) continue;
      const value = this[property];
      delete this[property];
      this[property] = value;
    }
  }
}

/** Properties and the attributes they stand for. */
const PROPERTIES = new Map(
  [...ATTRIBUTES, 'eager', 'segments', 'theme'].map((name) => [name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()), name]),
);
for (const [property, name] of PROPERTIES) {
  const flag = name === 'autostart' || name === 'eager';
  Object.defineProperty(KonproVideo.prototype, property, {
    configurable: true,
    enumerable: true,
    get() {
      return flag ? this.hasAttribute(name) : this.getAttribute(name);
    },
    set(value) {
      if (flag) this.toggleAttribute(name, Boolean(value));
      else if (value == null) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

if (globalThis.customElements && !customElements.get('konpro-video')) {
  customElements.define('konpro-video', KonproVideo);
}
