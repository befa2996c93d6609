/** What narrows the lists of presenters and voices down. Loaded when an element opens; made anew with every form. */

import { make } from './dom.js';

/** The lists by their part: what the search is called, and the filters by what a row's `data-` attribute is called. */
const LISTS = {
  avatars: { search: 'avatar', filters: { scope: ['avatar_scope', 'any_scope', 'public', 'private'] } },
  voices: {
    search: 'voice',
    filters: { language: ['voice_language', 'any_language'], gender: ['voice_gender', 'any_gender', 'female', 'male', 'neutral'] },
  },
};
const filled = new WeakSet();

/**
 * Keeps filters above every list that an element shows, from now on.
 *
 * @param {object} widget as in `beside.js`
 */
export function attendLists(widget) {
  const { root } = widget;
  const look = () => {
    for (const list of root.querySelectorAll('[part=avatars], [part=voices]')) {
      if (filled.has(list)) continue;
      filled.add(list);
      fill(list, LISTS[list.getAttribute('part')], widget.words());
    }
  };
  new MutationObserver(look).observe(root, { childList: true, subtree: true });
  look();
}

function fill(list, { search, filters }, words) {
  const labelled = (name) => ({ part: name.replace('_', '-'), ariaLabel: words.tell(name) });
  const wanted = make('input', { ...labelled(`${search}_search`), type: 'search', className: 'search', placeholder: words.tell(`${search}_search`) });
  const selects = Object.entries(filters).map(([key, [name, any, ...values]]) => {
    const select = make('select', labelled(name), option('', words.tell(any)), ...values.map((value) => option(value, words.tell(value))));
    select.addEventListener('change', apply);
    return [key, select];
  });
  const bar = make('div', { className: 'filters', hidden: true }, wanted, ...selects.map(([, select]) => select));
  const none = make('p', { className: 'foot', role: 'status' });
  list.before(bar);
  list.parentElement.append(none);
  wanted.addEventListener('input', apply);
  // Rows come page by page, and what is below them says whether there are more.
  new MutationObserver(apply).observe(list.parentElement, { childList: true, subtree: true });
  apply();

  function apply() {
    const rows = [...list.children];
    bar.hidden = !rows.length;
    for (const [key, select] of selects) offer(key, select, rows);
    const text = wanted.value.toLowerCase();
    const fits = (row) => selects.every(([key, { value }]) => !value || row.dataset[key] === value) && (!text || textOf(row).includes(text));
    for (const row of rows) row.hidden = !fits(row);
    // Who searches wants the whole list searched; what has failed is loaded again when the visitor says so.
    const more = list.parentElement.querySelector('[part~=more]:only-child');
    if (more && (text || selects.some(([, { value }]) => value))) more.click();
    const said = !more && rows.length && rows.every((row) => row.hidden) ? words.tell('none_found') : '';
    if (none.textContent !== said) none.textContent = said;
  }

  /** What can be chosen follows from what there is. */
  function offer(key, select, rows) {
    const there = new Set(rows.map((row) => row.dataset[key]));
    // Where all are of one kind there is nothing to choose.
    if (key === 'scope') select.hidden = there.size < 2;
    if (key !== 'language') return;
    const known = Array.from(select.options, ({ value }) => value);
    select.append(...[...there].filter((tag) => tag && !known.includes(tag)).map((tag) => option(tag, words.language(tag))));
  }
}

const option = (value, text) => make('option', { value }, text);

/** What a row says to the eye, apart from a presenter's initial. */
const textOf = (row) => Array.from(row.querySelectorAll('.name, .kind'), ({ textContent }) => textContent).join(' ').toLowerCase();
