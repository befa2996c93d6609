/**
 * Every state of the widget side by side: `?gallery`, and with `&state=name` one of them; `&theme=dark`, `&lang=ar` and `&width=360` show them so.
 * `data-settled` tells of each when it is as it will stay.
 */

import { STATES } from './states.js';

const wanted = new URLSearchParams(location.search);
const { theme, lang = 'en', width, state } = Object.fromEntries(wanted);
const make = (name, properties, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

// What was kept of the last time is no state of its own.
for (const name of Object.keys(localStorage)) if (name.startsWith('konpro-video')) localStorage.removeItem(name);

document.title = 'konpro-video: every state';
document.documentElement.lang = lang;
document.documentElement.dir = /^(ar|he)/.test(lang) ? 'rtl' : 'ltr';
document.documentElement.style.colorScheme = theme ?? '';
document.head.append(make('link', { rel: 'stylesheet', href: new URL('gallery.css', import.meta.url) }));

const shown = Object.entries(STATES).filter(([name]) => !state || name === state);
const figures = shown.map(([name, { says, attributes = {}, inside = [] }]) => {
  const widget = document.createElement('konpro-video');
  // Each has its place in the browser's storage.
  for (const [attribute, value] of Object.entries({ id: name, eager: '', ...attributes })) widget.setAttribute(attribute, value);
  widget.append(...inside);
  const figure = make('figure', {}, make('figcaption', {}, says), widget);
  if (width) figure.style.inlineSize = `${width}px`;
  return figure;
});
document.body.append(make('h1', {}, 'Every state of the widget'), make('div', { className: 'states' }, ...figures));

// One after the other: each has its moment in time, and the last of them stays.
for (const [place, [, { act }]] of shown.entries()) {
  await act(figures[place].querySelector('konpro-video'));
  figures[place].dataset.settled = '';
}
document.documentElement.dataset.settled = '';
