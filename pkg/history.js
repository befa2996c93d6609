/** The videos made here, as this browser keeps them: to be watched again, written again, or forgotten. Loaded when there are any. */

import { make, shareSheet } from './dom.js';

const MOST = 50;

/** One list for each proxy; the page's own origin is one too. */
const place = (element) => `konpro-video ${(element.endpoint ?? '').replace(/\/+$/, '')} history`;

/** @returns {{job_id: string, status: string, text: string, thumbnail_url?: string, at: number}[]} the latest first */
function kept(element) {
  try {
    const list = JSON.parse(localStorage.getItem(place(element)) ?? '[]');
    return Array.isArray(list) ? list.filter((it) => typeof it?.job_id === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function keep(element, list) {
  try {
    if (list.length) localStorage.setItem(place(element), JSON.stringify(list.slice(0, MOST)));
    else localStorage.removeItem(place(element));
  } catch {
    // No storage, or none left: then nothing is kept.
  }
}

/** Notes how a job stands, with the script on the screen. */
export function remember(element, job) {
  const root = element.shadowRoot;
  const quote = root.querySelector('[part~=quote]');
  const list = kept(element);
  // A video in parts has got one more of them.
  const known = list.find((it) => `${job.job_id} `.startsWith(`${it.job_id} `));
  const { job_id, status, thumbnail_url } = job;
  const text = known?.text || quote?.textContent || root.querySelector('textarea')?.value || '';
  const texts = job.segments?.map((segment) => segment.text) ?? known?.texts;
  const entry = { at: Date.now(), ...known, job_id, status, thumbnail_url, text, texts };
  // What stands in the form now is perhaps another script.
  if (quote) quote.textContent = text;
  keep(element, [entry, ...list.filter((it) => it !== known)]);
}

/**
 * Shows the list below the widget, or takes it away when there is none.
 *
 * @param {HTMLElement} element
 * @param {import('./words.js').Words} words
 * @param {(job_id: string) => void} watch shows a job
 */
export function show(element, words, watch) {
  const root = element.shadowRoot;
  const before = root.querySelector('.history');
  const list = kept(element);
  shareSheet(root, RULES);
  if (!list.length) return before?.remove();
  const details = make('details', { className: 'history', part: 'history', lang: words.lang, dir: words.dir });
  details.open = Boolean(before?.open);
  details.append(make('summary', {}, `${words.tell('history')} (${words.number(list.length)})`));
  const items = make('ul', {});
  for (const entry of list) items.append(item(element, words, watch, entry));
  details.append(items);
  if (before) before.replaceWith(details);
  else root.querySelector('section').after(details);
}

function item(element, words, watch, entry) {
  const text = make('p', { dir: 'auto' }, entry.text);
  const said = { completed: 'ready', failed: 'failed' }[entry.status] ?? 'making';
  const when = new Intl.DateTimeFormat(words.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(entry.at);
  const button = (name, act) => {
    const it = make('button', { type: 'button', part: `${name} button` }, words.tell(name));
    // Told apart by their script, where each item has the same buttons.
    it.ariaLabel = `${words.tell(name)}: ${entry.text.slice(0, 60)}`;
    it.addEventListener('click', act);
    return it;
  };
  const actions = make('div', { className: 'row-actions' });
  if (entry.status !== 'failed') actions.append(button('watch', () => watch(entry.job_id)));
  if (entry.text) actions.append(button('reuse', () => reuse(element.shadowRoot, entry.text)));
  actions.append(
    button('forget', () => {
      keep(element, kept(element).filter((it) => it.job_id !== entry.job_id));
      show(element, words, watch);
      // The button that had the focus is gone.
      element.shadowRoot.querySelector('.history summary, textarea')?.focus();
    }),
  );
  const picture = make('img', { alt: '', loading: 'lazy', referrerPolicy: 'no-referrer' });
  if (/^https?:/.test(entry.thumbnail_url ?? '')) picture.src = entry.thumbnail_url;
  picture.addEventListener('error', () => picture.removeAttribute('src'));
  const li = make('li', {});
  li.append(picture, text, make('p', { className: 'state' }, `${words.tell(said)} · ${when}`), actions);
  return li;
}

/** Writes a script anew, as if the visitor had typed it. */
function reuse(root, text) {
  root.querySelector('[part~=another], [part~=cancel]')?.click();
  // Only when the form is back is there a field.
  setTimeout(() => {
    const field = root.querySelector('textarea');
    if (!field) return;
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  });
}

/** Drawn with what the widget itself is drawn with. */
const RULES = `
  .history { margin-block-start: 1rem; padding: 0 1rem; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_surface) }
  .history summary { font-weight: 650 }
  .history ul { display: grid; gap: 1rem; padding: 0.25rem 0 1rem; list-style: none }
  .history li { display: grid; grid-template-columns: 5rem 1fr; gap: 0.25rem 0.85rem; align-items: start }
  .history img { grid-row: 1/4; inline-size: 5rem; aspect-ratio: 16/9; border-radius: 8px; background: var(--_field); object-fit: cover }
  .history p { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere }
  .history .state { color: var(--_muted); font-size: 0.85rem }
  .row-actions { display: flex; flex-wrap: wrap; gap: 0.5rem }
  .row-actions button { min-block-size: 44px; padding: 0 0.9rem; font-size: 0.9rem }
  @container (inline-size < 26rem) { .row-actions { grid-column: 1/-1 } }
  @media (forced-colors: active) { .history img { border: 1px solid } }
`;
