/** Resolution, format and background. Loaded when a visitor opens them. */

import { make, shareSheet } from './dom.js';

/** The background that stands for a picture whose address is still to be given. */
const OWN_PICTURE = 'https://';

/** What there is, where the proxy does not say. */
const USUAL = {
  resolution: ['1080p', '720p'],
  format: ['mp4', 'webm'],
  background: ['office', 'transparent', OWN_PICTURE],
};
const NAMES = { office: 'office', transparent: 'transparent', [OWN_PICTURE]: 'own_picture' };

/**
 * Fills the settings with what can be chosen, once; from then on they follow what is chosen.
 *
 * @param {HTMLDetailsElement} details
 * @param {object} widget as in `beside.js`
 */
export function fill(details, { element, root, handle, words }) {
  shareSheet(root, RULES);
  if (details.children.length > 1) return;
  const told = words();
  const address = make('input', { type: 'url', part: 'background-address', className: 'search', placeholder: told.tell('picture_address'), ariaLabel: told.tell('picture_address') });
  address.addEventListener('input', () => handle.setting('background', isAddress(address.value) ? address.value : OWN_PICTURE + address.value));
  const selects = Object.keys(USUAL)
    .filter((part) => element.controls || element.getAttribute(part) === null)
    .map((part) => {
      const select = make('select', { part, id: part });
      select.addEventListener('change', () => {
        handle.setting(part, select.value);
        follow();
        if (select.value === OWN_PICTURE) address.focus();
      });
      return select;
    });

  /** What can be chosen, and is, may have changed: by the proxy's word, or by the page. */
  function follow() {
    for (const select of selects) {
      const [chosen, ...allowed] = handle.setting(select.id).split('\n');
      const values = ['', ...(allowed.length ? allowed : USUAL[select.id])];
      if (values.join() !== Array.from(select.options, ({ value }) => value).join()) {
        select.replaceChildren(...values.map((value) => make('option', { value }, NAMES[value] || !value ? told.tell(NAMES[value] ?? 'automatic') : value)));
      }
      // Whatever its address, it is the visitor's own picture.
      select.value = select.id === 'background' && isAddress(chosen) ? OWN_PICTURE : chosen;
    }
    const background = handle.setting('background');
    address.hidden = !isAddress(background) || !selects.some(({ id }) => id === 'background');
    if (root.activeElement !== address) address.value = background;
  }

  const labelled = selects.map((select) => make('div', { className: 'setting' }, make('label', { htmlFor: select.id }, told.tell(select.id)), select));
  details.append(make('div', { className: 'filters' }, ...labelled), address);
  details.addEventListener('focusin', follow);
  details.addEventListener('toggle', follow);
  follow();
}

const isAddress = (background) => background.includes(':');

const RULES = `
  .settings > :not(summary) { margin-block-start: 0.5rem }
  .setting { display: grid; flex: 1 1 8rem; gap: 0.2rem; min-inline-size: 0; color: var(--_muted); font-size: 0.85rem }
`;
