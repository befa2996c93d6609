/** What a visitor who writes a long script is about to ask for. Loaded when one is. */

import { createClient, plan } from './client.js';
import { make } from './dom.js';

/** What the proxy says holds for so long: it counts what was made meanwhile. In milliseconds. */
const FRESH = 30_000;
const clients = new WeakMap();
/** The latest script of each widget. */
const latest = new WeakMap();

/** @param {object} widget as in `beside.js` */
export async function foretell(widget) {
  const { element, root, words } = widget;
  const text = root.querySelector('textarea')?.value ?? '';
  latest.set(root, text);
  const limits = await limitsOf(widget).catch(() => undefined);
  const { segments, ready_in, credits } = limits && element.segments !== 'off' ? await plan(text, words().lang, limits) : { segments: [] };
  const summary = root.querySelector('[part~=summary]');
  // It was written on meanwhile, or sent.
  if (!summary || latest.get(root) !== text) return;
  root.querySelector('[part~=plan]')?.remove();
  const long = segments.length > 1;
  summary.style.display = long ? 'none' : '';
  if (!long) return;
  const told = words();
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  const lines = [told.tell('length', told.duration(seconds)), told.tell('in_parts', segments.length)];
  if (ready_in !== undefined) lines.push(told.tell('first_part_in', told.duration(ready_in)));
  if (credits !== undefined) lines.push(told.tell('credits', credits));
  summary.after(make('p', { part: 'plan', className: 'summary' }, lines.join('\n')));
}

async function limitsOf(widget) {
  const { element, endpoint } = widget;
  let known = clients.get(element);
  if (known?.endpoint !== endpoint) {
    known = { endpoint, client: createClient(widget) };
    clients.set(element, known);
  }
  if (!(Date.now() - known.at < FRESH)) Object.assign(known, { at: Date.now(), limits: known.client.limits() });
  return known.limits;
}
