/** What stands beside the widget once something has happened: the page's own, the history, and what a finished video has. */

/**
 * @param {HTMLElement} element
 * @param {string} event `ready`, `created`, `progress`, `completed` or `failed`
 * @param {object} job the wire Job
 * @param {import('./words.js').Words} words
 * @param {{update: (attribute: string, value: string) => void}} handle on the widget
 */
export async function heard(element, event, job, words, handle) {
  if (event === 'progress') return;
  const root = element.shadowRoot;
  if (event === 'ready') lendSlots(root);
  // What the event has changed is there a moment later.
  await new Promise((resolve) => setTimeout(resolve));
  if (showsHistory(element) && (job.job_id || isAnythingKept())) {
    const history = await import('./history.js');
    if (job.job_id) history.remember(element, job);
    history.show(element, words, (job_id) => handle.update('job-id', job_id));
  }
  if (event === 'created' || event === 'completed') {
    const notice = await import('./notice.js');
    if (event === 'created') notice.offer(root, words);
    else notice.tell(root, words);
  }
  if (root.querySelector('video')) {
    const { accompany } = await import('./finished.js');
    accompany(root, words);
  }
}

/** Room for what the page wants to say above and below the widget. */
function lendSlots(root) {
  if (root.querySelector('slot')) return;
  const slot = (name) => Object.assign(document.createElement('slot'), { name });
  root.prepend(slot('header'));
  root.append(slot('footer'));
}

/** Whether it is worth loading what shows it. */
const isAnythingKept = () => {
  try {
    return Object.keys(localStorage).some((name) => /^konpro-video .*history$/.test(name));
  } catch {
    return false;
  }
};

const showsHistory = ({ history, controls }) => history !== 'off' && (controls ?? 'history').split(/\s+/).includes('history');
