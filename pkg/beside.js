/** What stands beside the widget once something has happened: the page's own, the history, and what a finished video has. */

/**
 * @param {object} widget what the element lends: `element`, `root`, `name`, `handle`, `words()`, `tell(event, job, ...failure)`; `endpoint`,
 * `session()` and `keeps` are added to it
 * @param {string} event `ready`, `created`, `progress`, `completed`, `failed`; or `long`, with what `segments.js` begins with
 * @param {object} job the wire Job
 */
export async function heard(widget, event, job) {
  if (event === 'progress') return;
  const { element, root, name, handle } = widget;
  const endpoint = (element.endpoint ?? '').trim().replace(/\/+$/, '');
  const keeps = element.history !== 'off';
  const session = async (refused) => (await element.getSession?.(refused)) ?? element.session;
  Object.assign(widget, { endpoint, keeps, session });
  if (event === 'long') return cut(widget, job);
  const words = widget.words();
  if (event === 'ready') {
    lendSlots(root);
    attend(widget);
    if (keeps && !element.hasAttribute('job-id') && isKept(`konpro-video ${endpoint} ${name} segments`)) handle.update('job-id', ' ');
  }
  // What the event has changed is there a moment later.
  await new Promise((resolve) => setTimeout(resolve));
  if (showsHistory(element) && (job.job_id || isKept(`konpro-video ${endpoint} history`))) {
    const history = await import('./history.js');
    if (job.job_id) history.remember(element, job);
    history.show(element, words, (job_id) => handle.update('job-id', job_id));
  }
  if (event === 'created' || event === 'completed') {
    const notice = await import('./notice.js');
    if (event === 'created') notice.offer(root, words);
    else notice.tell(root, words);
  }
  if (root.querySelector('section:not([data-parts]) video')) {
    const { accompany } = await import('./finished.js');
    accompany(root, words);
  }
}

/** A long script becomes several videos, where that helps. */
async function cut(widget, what) {
  const whole = typeof what === 'object';
  if (!whole || widget.element.segments !== 'off') {
    const made = import('./segments.js').then(({ begin }) => begin(widget, what));
    if (await made.catch(() => false)) return;
  }
  if (whole) widget.handle.generate(true);
  else widget.handle.leave();
}

/** Room for what the page wants to say above and below the widget. */
function lendSlots(root) {
  if (root.querySelector('slot')) return;
  const slot = (name) => Object.assign(document.createElement('slot'), { name });
  root.prepend(slot('header'));
  root.append(slot('footer'));
}

/** A script may be long from so many characters on, in languages that are written with few of them. */
const MAYBE_LONG = 250;
/** What the listeners of each root work with. */
const attended = new WeakMap();

/** Loads what a visitor needs for what is being done. */
function attend(latest) {
  const { root } = latest;
  // An element that was taken out and put back has another handle, and what listens to it goes on with that one.
  const widget = Object.assign(attended.get(root) ?? {}, latest);
  const look = () => {
    const long = widget.element.segments !== 'off' && root.querySelector('textarea')?.value.length > MAYBE_LONG;
    if (long || root.querySelector('[part~=plan]')) import('./foretell.js').then(({ foretell }) => foretell(widget)).catch(() => {});
  };
  // A draft is there a moment later.
  setTimeout(look);
  if (attended.has(root)) return;
  attended.set(root, widget);
  import('./filters.js').then(({ attendLists }) => attendLists(widget)).catch(() => {});
  root.addEventListener('input', look);
  const open = ({ target }) => target.matches('[part~=settings][open]') && import('./settings.js').then(({ fill }) => fill(target, widget)).catch(() => {});
  // Neither of them bubbles.
  root.addEventListener('toggle', open, true);
  root.addEventListener('scroll', ({ target }) => page(target), true);
  const lookAt = ({ target }) => {
    const label = target.closest('[data-clip^=http]');
    if (label) import('./gallery.js').then(({ preview }) => preview(label)).catch(() => {});
    // Some browsers let a sound begin only while its button is being pressed: there is no time to load anything then.
    if (target.closest('[data-sample]')) import('./sample.js').catch(() => {});
  };
  root.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-sample]');
    if (button) import('./sample.js').then(({ toggle }) => toggle(button, widget.words())).catch(() => {});
  });
  root.addEventListener('pointerover', lookAt);
  root.addEventListener('focusin', lookAt);
}

/** Who comes near the end of a list finds more of it there. */
function page(list) {
  if (!list.scrollTop || list.scrollTop + 2 * list.clientHeight < list.scrollHeight) return;
  // What has failed is loaded again when the visitor says so.
  list.closest('fieldset')?.querySelector('[part~=more]:only-child')?.click();
}

/** Whether it is worth loading what shows it. */
const isKept = (place) => {
  try {
    return localStorage.getItem(place) !== null;
  } catch {
    return false;
  }
};

const showsHistory = ({ history, controls }) => history !== 'off' && (controls ?? 'history').split(/\s+/).includes('history');
