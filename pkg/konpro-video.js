/**
 * `<konpro-video>`: a visitor types a script and watches the finished video.
 *
 * This shell is small and there at once; the widget itself is wasm, fetched from beside this file when
 * the element comes near the viewport. Until then, and when it cannot be had, the element's own
 * content is what a visitor sees.
 */

import { addressOf, loadWidget } from './core.js';

// Kept in step with src/options.rs by a test there.
const ATTRIBUTES = 'endpoint avatar-id voice-id text resolution format background controls autostart job-id history session'.split(' ');

/** How near the viewport an element must come before the widget is fetched. */
const NEAR = '600px';

/**
 * The element. Attributes have properties of the same name in camelCase. `getSession`, a property only,
 * is a function that gives the bearer token, or a promise of it; it is asked before each request, and once more, with the token that
 * was refused, when one was.
 *
 * @fires konpro-ready the widget is there; `detail` is `{}`
 * @fires konpro-created `detail` is the wire Job, as with the next three
 * @fires konpro-progress
 * @fires konpro-completed
 * @fires konpro-failed with `detail.error`
 */
export class KonproVideo extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = [...ATTRIBUTES, 'lang', 'dir'];

  /** What is open, or on its way. */
  #widget;
  #opening;
  #observer;
  #messages;
  /** @type {{promise: Promise<object>, resolve: Function, reject: Function} | undefined} */
  #result;

  connectedCallback() {
    this.#adoptProperties();
    if (this.#widget || this.#opening || this.#observer) return;
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
    if (before !== value) this.#widget?.update(name, value ?? undefined);
  }

  /** Sentences of your own, by the names in `messages/en.js`; the others stay as they are. */
  get messages() {
    return this.#messages;
  }

  set messages(messages) {
    this.#messages = messages;
    this.#widget?.update('lang');
  }

  /**
   * Generates the video that is preset or chosen.
   *
   * @returns {Promise<object>} the completed Job; rejects with a `KonproError` (`error.js`), or an `AbortError` after `cancel()`
   */
  generate() {
    if (this.#result) return this.#result.promise;
    const result = {};
    result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
    this.#result = result;
    this.#open()
      .then(() => {
        if (!this.#widget) throw new Error('Not on a page.');
        if (this.#result === result) this.#widget.handle.generate();
      })
      .catch(async ({ message }) => {
        const { KonproError } = await import('./error.js');
        this.#settle('reject', new KonproError('UNREACHABLE', message, undefined, true));
      });
    return result.promise;
  }

  /** Stops watching, and withdraws what was not sent yet; `generate()` rejects with an `AbortError`. */
  cancel() {
    this.#leave('Cancelled.', true);
  }

  /** Back to the form, as the attributes have preset it. */
  reset() {
    this.#leave('Reset.', false, true);
  }

  #leave(why, ...how) {
    this.#settle('reject', new DOMException(why, 'AbortError'));
    this.#widget?.handle.leave(...how);
  }

  #settle(how, value) {
    const result = this.#result;
    this.#result = undefined;
    result?.[how](value);
  }

  #open() {
    this.#observer?.disconnect();
    return (this.#opening ??= Promise.all([loadWidget(), import('./widget.js'), import('./languages.js'), import('./events.js')])
      .then(async ([glue, { Widget }]) => {
        const words = await Widget.wordsFor(this);
        // It may have been taken out meanwhile, and even put back.
        if (this.isConnected && !this.#widget) {
          this.#widget = new Widget(this, glue, words, (...how) => this.#settle(...how));
          this.#widget.begin(ATTRIBUTES);
        }
        if (!this.#widget) this.#opening = undefined;
      })
      .catch((error) => {
        this.#opening = undefined;
        const trouble = [() => {}, 'loading', { wasm: addressOf('konpro-video'), error }, error];
        import('./diagnosis.js').then(({ explain }) => explain(...trouble)).catch(() => console.error(error));
        throw error;
      }));
  }

  #close() {
    this.#observer?.disconnect();
    this.#observer = this.#opening = undefined;
    const widget = this.#widget;
    this.#widget = undefined;
    widget?.close();
    this.#leave('Removed.');
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
