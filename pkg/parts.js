/** How a video in several parts is shown: the player as soon as the first part is ready, and a list of what becomes of each. */

import { make, shareSheet } from './dom.js';
import { Player } from './player.js';

export class Parts {
  #widget;
  #retry;
  #player;
  #list;
  #title;
  #below;
  #another;
  #stage;
  /** What the widget itself had there. */
  #covered;
  #clock;

  /**
   * @param {object} widget as in `beside.js`
   * @param {(segment: object) => void} retry makes a failed one anew
   */
  constructor(widget, retry) {
    this.#widget = widget;
    this.#retry = retry;
    const { root, words } = widget;
    shareSheet(root, RULES);
    this.#title = make('h2', { className: 'label', part: 'parts-title', ariaLive: 'polite' });
    this.#list = make('ol', { className: 'parts', part: 'parts' });
    this.#list.lang = words().lang;
    this.#another = make('button', { type: 'button', part: 'another button' });
    // As long as something is being made it is said that it is not made any more.
    this.#another.addEventListener('click', () => widget.handle.leave(!this.#over));
    this.#below = make('div', { className: 'desk' }, this.#title, this.#list, make('div', { className: 'actions' }, this.#another));
    root.querySelector('.desk').append(this.#below);
    this.#clock = setInterval(() => this.#tick(), 1000);
  }

  /** Shows how the segments stand. */
  show(segments) {
    this.#segments = segments;
    const { words, endpoint } = this.#widget;
    this.#tick();
    this.#another.textContent = words().tell(this.#over ? 'another' : 'stop');
    const ready = segments.filter(({ job }) => job?.status === 'completed').length;
    const told = words().tell('parts_ready', words().number(ready), words().number(segments.length));
    // Written again it would be read out again.
    if (this.#title.textContent !== told) this.#title.textContent = told;
    const shown = segments.map((segment) => ({
      text: segment.text,
      seconds: segment.seconds,
      state: STATES[segment.job?.status] ?? 'waiting',
      src: segment.job?.status === 'completed' ? `${endpoint}/v1/video-avatars/${segment.job.job_id}/video` : undefined,
      poster: segment.job?.thumbnail_url,
      readyAt: readyAt(segment),
    }));
    if (!this.#player && shown[0].src) this.#begin();
    this.#player?.show(shown);
    shown.forEach(({ src }, place) => this.#row(segments[place], place, src));
  }

  remove() {
    clearInterval(this.#clock);
    this.#player?.remove();
    this.#below.remove();
    // Where the widget has shown something else meanwhile, that is what is wanted.
    if (this.#stage?.childElementCount === 0) this.#stage.append(...this.#covered);
    delete this.#widget.root.querySelector('section')?.dataset.parts;
  }

  #segments = [];

  get #over() {
    return this.#segments.some(({ job }) => job) && !this.#segments.some(({ driving }) => driving);
  }

  /** From now on there is something to see. */
  #begin() {
    const { root, words } = this.#widget;
    const stage = (this.#stage = root.querySelector('.over-picture'));
    this.#covered = [...stage.childNodes];
    const focused = stage.contains(root.activeElement);
    stage.replaceChildren();
    root.querySelector('section').dataset.parts = '';
    this.#player = new Player(stage, words());
    if (focused) stage.querySelector('[part~=play]')?.focus();
  }

  /** Until the first part is ready, the widget shows how that one stands. */
  #tick() {
    const first = this.#segments[0];
    if (!this.#player && first?.job?.job_id) this.#widget.handle.show(JSON.stringify(first.job), first.since ?? Date.now());
    this.#segments.forEach((segment, place) => {
      const status = this.#list.children[place]?.querySelector('.state');
      const said = status && this.#state(segment);
      if (status && status.textContent !== said) status.textContent = said;
    });
  }

  #row(segment, place, src) {
    const { words } = this.#widget;
    const state = STATES[segment.job?.status] ?? 'waiting';
    const before = this.#list.children[place];
    if (before?.dataset.state === state) return;
    const name = words().tell('part', words().number(place + 1));
    const title = src ? make('button', { type: 'button', part: 'go', className: 'go', ariaLabel: `${words().tell('watch')}: ${name}` }, name) : make('strong', {}, name);
    title.addEventListener('click', () => src && this.#player?.goTo(place));
    const row = make('li', {}, title, make('span', { className: 'state' }, this.#state(segment)), make('p', { dir: 'auto' }, segment.text));
    row.dataset.state = state;
    if (src) {
      const download = make('a', { part: 'download button', className: 'fetch', href: `${src}?download`, download: '', ariaLabel: `${words().tell('download')}: ${name}` }, words().tell('download'));
      row.append(download);
    } else if (state === 'failed') {
      const retry = make('button', { type: 'button', part: 'retry button', className: 'fetch', ariaLabel: `${words().tell('retry')}: ${name}` }, words().tell('retry'));
      retry.addEventListener('click', () => this.#retry(segment));
      row.append(retry);
    }
    const focused = before?.contains(this.#widget.root.activeElement);
    if (before) before.replaceWith(row);
    else this.#list.append(row);
    // The button that had the focus is gone.
    if (focused) (row.querySelector('button, a') ?? this.#widget.root.querySelector('[part~=another]'))?.focus();
  }

  #state(segment) {
    const { words } = this.#widget;
    const state = STATES[segment.job?.status] ?? 'waiting';
    if (state === 'ready') return words().tell('part_ready');
    if (state === 'failed') return words().tell('failed');
    const left = Math.round((readyAt(segment) - Date.now()) / 1000);
    const place = segment.job?.queue_position;
    const said = place > 1 ? words().tell('queue_position', place) : words().tell(state === 'making' ? 'rendering' : 'queued');
    return left > 10 ? `${said} · ${words().tell('left', words().duration(left))}` : said;
  }
}

const STATES = { completed: 'ready', processing: 'making', failed: 'failed' };

/** When it is expected to be ready, as the proxy has told; NaN while nobody knows. */
const readyAt = ({ job, since }) => (job?.estimated_time ? since + job.estimated_time * 1000 : undefined);

const RULES = `
  .desk:has(> .desk) > :is(.label, .quote) { display: none }
  [data-parts] .stage { aspect-ratio: 16/9; min-block-size: 0; background: none }
  [data-parts] .stage > img { visibility: hidden }
  .parts { display: grid; gap: 0.5rem; margin: 0; padding: 0; list-style: none }
  .parts li { display: grid; grid-template-columns: auto 1fr auto; gap: 0 0.75rem; align-items: center; padding: 0.5rem 0.75rem; border: 1px solid var(--_line); border-radius: var(--_radius) }
  .parts .state { color: var(--_muted); font-size: 0.85rem }
  .parts p { grid-column: 1/3; overflow: hidden; margin: 0; font-size: 0.9rem; text-overflow: ellipsis; white-space: nowrap }
  .parts .fetch { display: grid; grid-area: 1/3/3; place-items: center; min-block-size: 44px; padding: 0 0.75rem; color: inherit; font-size: 0.9rem; font-weight: 600 }
  .parts .go { min-block-size: 24px; padding: 0; border: 0; background: none; color: inherit; font: inherit; font-weight: 700; text-decoration: underline; text-underline-offset: 0.2em }
  @media (pointer: coarse) { .parts .go { min-block-size: 44px } }
  .parts [data-state="failed"] .state { color: var(--_danger) }
`;
