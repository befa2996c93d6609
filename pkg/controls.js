/** What the visitor sees and touches of the player: as good as the browser's own controls, for several videos at once. */

import { make, shareSheet } from './dom.js';

const IDLE = 3000;
const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2];
const ICONS = {
  play: 'M8 5v14l11-7z',
  pause: 'M6 5h4v14H6zm8 0h4v14h-4z',
  loud: 'M3 9v6h4l5 5V4L7 9zm11-1v8a4.5 4.5 0 000-8z',
  muted: 'M3 9v6h4l5 5V4L7 9zm18 .4L19.6 8 17 10.6 14.4 8 13 9.4l2.6 2.6-2.6 2.6 1.4 1.4 2.6-2.6 2.6 2.6 1.4-1.4-2.6-2.6z',
  captions: 'M4 4h16q2 0 2 2v12q0 2-2 2H4q-2 0-2-2V6q0-2 2-2zm1 7v2h4v-2zm6 0v2h8v-2zm-6 4v2h8v-2zm10 0v2h4v-2z',
  pip: 'M2 4h20v16H2zm2 2v12h16V6zm7 5h7v5h-7z',
  fullscreen: 'M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z',
  leave: 'M8 4h2v6H4V8h4zm6 0h2v4h4v2h-6zM4 14h6v6H8v-4H4zm10 0h6v2h-4v4h-2z',
};

export class Controls {
  #words;
  #player;
  #stirred = 0;
  #captioned = false;
  #pointer;

  /**
   * @param {HTMLElement} place
   * @param {import('./words.js').Words} words
   * @param {import('./player.js').Player} player
   * @param {HTMLVideoElement[]} videos
   * @param {AbortSignal} signal
   */
  constructor(place, words, player, videos, signal) {
    this.#words = words;
    this.#player = player;
    this.root = place.getRootNode();
    shareSheet(this.root, RULES);
    this.play = button('play', () => player.toggle());
    this.seek = range('seek', words.tell('seek'), () => player.seek(+this.seek.value));
    this.rail = make('div', { className: 'rail', ariaHidden: 'true' });
    this.mute = button('mute', () => this.#turn(player.video.muted, player.video.volume || 1));
    this.volume = range('volume', words.tell('volume'), () => this.#turn(true, +this.volume.value));
    Object.assign(this.volume, { max: 1, step: 0.05 });
    this.now = make('bdi', {});
    this.whole = make('bdi', {});
    this.captions = button('captions', () => this.#caption());
    this.rate = make('select', { part: 'rate', ariaLabel: words.tell('speed'), title: words.tell('speed') });
    this.rate.append(...RATES.map((rate) => make('option', { value: rate }, `${words.number(rate)}×`)));
    this.rate.addEventListener('change', () => (player.video.playbackRate = this.rate.value));
    this.pip = button('pip', () => this.#float());
    this.pip.hidden = !document.pictureInPictureEnabled;
    this.fullscreen = button('fullscreen', () => this.#fill());
    this.fullscreen.hidden = !document.fullscreenEnabled && !player.video.webkitEnterFullscreen;
    this.status = make('p', { part: 'status', role: 'status', dir: 'auto' });
    this.act = make('button', { type: 'button', part: 'note button', hidden: true });
    this.act.addEventListener('click', () => player.mend());
    this.caption = make('p', { className: 'spoken', dir: 'auto' });
    this.bar = make('div', { className: 'bar', dir: 'ltr' });
    const time = make('span', { className: 'time' }, this.now, this.whole);
    const row = [this.play, this.mute, this.volume, time, this.captions, this.rate, this.pip, this.fullscreen];
    this.bar.append(make('div', { className: 'line' }, this.rail, this.seek), ...row);
    this.box = make('div', { className: 'player', part: 'player', role: 'group', ariaLabel: words.tell('video'), lang: words.lang, tabIndex: -1 });
    const label = make('span', { className: 'ai-label', part: 'ai-label' }, words.tell('generated_by_ai'));
    this.box.append(...videos, label, make('div', { className: 'note' }, this.status, this.act), this.caption, this.bar);
    for (const event of ['pointermove', 'pointerdown', 'focusin', 'keydown']) this.box.addEventListener(event, (it) => this.#stir(it), { signal });
    this.box.addEventListener('keydown', (event) => this.#press(event), { signal });
    this.box.addEventListener('click', (event) => this.#touch(event), { signal });
    this.box.addEventListener('fullscreenchange', () => player.paint(), { signal });
    place.append(this.box);
  }

  remove() {
    if (this.root.fullscreenElement === this.box) document.exitFullscreen();
    this.box.remove();
  }

  /** Draws how the player stands; what is drawn already stays untouched. */
  paint({ position, total, playing, fresh, busy, said, act, parts }) {
    const { video } = this.#player;
    const loud = !video.muted && video.volume > 0;
    const whole = this.root.fullscreenElement === this.box;
    this.#dress(this.play, playing ? 'pause_video' : 'play', playing ? 'pause' : 'play');
    this.#dress(this.mute, loud ? 'mute' : 'unmute', loud ? 'loud' : 'muted');
    this.#dress(this.captions, 'captions', 'captions', this.#captioned);
    this.#dress(this.pip, 'pip', 'pip', this.root.pictureInPictureElement === video);
    this.#dress(this.fullscreen, whole ? 'leave_fullscreen' : 'fullscreen', whole ? 'leave' : 'fullscreen');
    set(this.seek, 'max', String(total));
    this.seek.value = position;
    set(this.seek, 'ariaValueText', this.#words.tell('position', this.#clock(position), this.#clock(total)));
    set(this.now, 'textContent', this.#clock(position));
    set(this.whole, 'textContent', ` / ${this.#clock(total)}`);
    this.volume.value = loud ? video.volume : 0;
    this.rate.value = video.playbackRate;
    this.#lay(parts, position);
    set(this.status, 'textContent', said);
    if (act) set(this.act, 'textContent', this.#words.tell(act));
    // What is hidden cannot keep the focus.
    if (!act && this.root.activeElement === this.act) this.play.focus();
    this.act.hidden = !act;
    // Where only the browser's own picture fills the screen, it shows the captions.
    const track = video.textTracks[0];
    track.mode = this.#captioned && video.webkitDisplayingFullscreen ? 'showing' : 'hidden';
    set(this.caption, 'textContent', this.#captioned && !said ? [...(track.activeCues ?? [])].map(({ text }) => text).join('\n') : '');
    const idle = playing && !said && performance.now() - this.#stirred > IDLE && !this.box.querySelector(':focus-visible');
    this.box.classList.toggle('idle', idle);
    this.box.classList.toggle('fresh', fresh);
    this.box.classList.toggle('busy', busy);
  }

  /** One piece of the rail for each part: how much of it was seen, and whether there is anything to see. */
  #lay(parts, position) {
    while (this.rail.children.length < parts.length) this.rail.append(make('i', {}));
    let start = 0;
    parts.forEach(({ length, state }, place) => {
      const { style, dataset } = this.rail.children[place];
      style.flexGrow = length;
      style.setProperty('--seen', `${Math.min(1, Math.max(0, (position - start) / length)) * 100}%`);
      dataset.state = state;
      start += length;
    });
  }

  #dress(button, name, icon, pressed) {
    const label = this.#words.tell(name);
    set(button, 'ariaLabel', label);
    set(button, 'title', label);
    if (pressed !== undefined) set(button, 'ariaPressed', String(pressed));
    const path = button.firstChild.firstChild;
    if (path.getAttribute('d') !== ICONS[icon]) path.setAttribute('d', ICONS[icon]);
  }

  #clock(seconds) {
    // Sums of fractions fall short by a trifle.
    const whole = Math.floor(seconds + 0.01);
    return `${this.#words.number(Math.floor(whole / 60))}:${this.#words.number(whole % 60, { minimumIntegerDigits: 2 })}`;
  }

  #turn(on, volume) {
    const { video } = this.#player;
    video.muted = !on;
    if (on) video.volume = Math.min(1, Math.max(0, volume));
  }

  #caption() {
    this.#captioned = !this.#captioned;
    this.#player.paint();
  }

  #float() {
    const { video } = this.#player;
    (this.root.pictureInPictureElement === video ? document.exitPictureInPicture() : video.requestPictureInPicture()).catch(() => {});
  }

  #fill() {
    if (this.root.fullscreenElement === this.box) document.exitFullscreen();
    else if (document.fullscreenEnabled) this.box.requestFullscreen().catch(() => {});
    else this.#player.video.webkitEnterFullscreen?.();
  }

  #stir({ type, pointerType }) {
    this.#stirred = performance.now();
    if (type === 'pointerdown') this.#pointer = pointerType;
    if (this.box.classList.contains('idle')) this.#player.paint();
  }

  /** On the picture a mouse plays and pauses; a finger only wants to see the controls. */
  #touch({ target }) {
    if (!target.closest('.bar, .note button') && this.#pointer !== 'touch') this.#player.toggle();
  }

  #press(event) {
    const { key, target, ctrlKey, altKey, metaKey } = event;
    const player = this.#player;
    const { video } = player;
    const tag = target.localName;
    if (ctrlKey || altKey || metaKey || event.defaultPrevented || tag === 'select') return;
    if (key === ' ' && tag === 'button') return;
    if (target === this.volume && /^(Arrow|Home|End|Page)/.test(key)) return;
    const by = (seconds) => () => player.seek(player.position + seconds);
    const louder = (more) => () => this.#turn(true, (video.muted ? 0 : video.volume) + more);
    const onBar = target === this.seek;
    const act = {
      ' ': () => player.toggle(),
      k: () => player.toggle(),
      ArrowLeft: by(-5),
      ArrowRight: by(5),
      j: by(-10),
      l: by(10),
      ArrowUp: onBar ? by(5) : louder(0.1),
      ArrowDown: onBar ? by(-5) : louder(-0.1),
      m: () => this.mute.click(),
      c: () => this.#caption(),
      f: () => this.#fill(),
      Home: () => player.seek(0),
      End: () => player.seek(player.total),
    }[key.length > 1 ? key : key.toLowerCase()];
    if (!act && !/^\d$/.test(key)) return;
    event.preventDefault();
    if (act) act();
    else player.seek((player.total * key) / 10);
  }
}

/** Writes only what is new: a screen reader may say again what is written again. */
function set(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

function button(name, act) {
  const it = make('button', { type: 'button', className: name, part: `${name} button` });
  const [svg, path] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  it.append(svg);
  it.addEventListener('click', act);
  return it;
}

function range(name, label, act) {
  const it = make('input', { type: 'range', className: name, part: name, ariaLabel: label, min: 0, max: 0, step: 'any', value: 0 });
  it.addEventListener('input', act);
  return it;
}

/** The next picture lies above the last one, which goes a moment later: so nothing else is seen between them. */
const RULES = `
  .player { position: absolute; inset: 0; display: grid; grid-template: 1fr auto auto/minmax(0, 1fr); container-type: inline-size; overflow: hidden; color: #fff; outline: 0 }
  .player:fullscreen { background: #000 }
  .player.idle { cursor: none }
  .player > * { z-index: 2 }
  .player video { position: absolute; z-index: 1; inset: 0; inline-size: 100%; block-size: 100%; object-fit: contain }
  .player video:not(.front) { z-index: 0; opacity: 0; transition: opacity 0s 0.2s !important }
  .busy:not(.fresh)::after { z-index: 2; grid-area: 1/1/4; place-self: center; inline-size: 3rem; block-size: 3rem; border: 4px solid #fff5; border-block-start-color: #fff; border-radius: 50%; animation: turn 1s linear infinite; content: ""; pointer-events: none }
  @keyframes turn { to { rotate: 1turn } }
  .note { grid-area: 1/1/3; display: grid; gap: 0.5rem; place-content: center; justify-items: center; padding: 0.5rem; text-align: center; pointer-events: none }
  .note p:not(:empty) { padding: 0.4rem 1rem; border-radius: 1.25rem; background: #0c0b20d9; font-weight: 600; line-height: 1.35 }
  .note button { border-color: #0000; background: #fff; color: #14122b; pointer-events: auto }
  .spoken { grid-area: 2/1; justify-self: center; max-inline-size: min(92%, 44rem); margin-block-end: 0.5rem; padding: 0.1em 0.5em; border-radius: 6px; background: #000c; font-size: clamp(0.75rem, 2.6cqi, 1.75rem); line-height: 1.35; text-align: center; text-wrap: balance; white-space: pre-line; pointer-events: none }
  .spoken:empty { display: none }
  .bar { grid-area: 3/1; display: flex; flex-wrap: wrap; align-items: center; padding: 1.5rem 0.5rem 0.25rem; background: linear-gradient(#0c0b2000, #0c0b20e0); transition: opacity 0.2s }
  .idle .bar { position: absolute; inset: auto 0 0; opacity: 0; pointer-events: none }
  .bar button { inline-size: 40px; min-block-size: 40px; padding: 0; border: 0; border-radius: 10px }
  .bar :is(button, select):hover { background: #fff3; filter: none }
  .bar :focus-visible { outline-offset: -3px }
  .bar svg { inline-size: 24px; fill: currentcolor }
  .bar [aria-pressed="true"] svg { border-block-end: 3px solid }
  .fresh .bar .play { position: absolute; inset: 0; inline-size: 72px; block-size: 72px; margin: auto; border-radius: 50%; background: var(--_accent); color: var(--_on-accent) }
  .fresh .play svg { inline-size: 40px }
  .time { flex: 1 1 0; min-inline-size: 0; padding-inline: 0.4rem; font-size: 0.85rem; font-variant-numeric: tabular-nums; white-space: nowrap }
  .line { display: grid; flex: 1 0 100%; align-items: center }
  .line > * { grid-area: 1/1 }
  .rail { display: flex; block-size: 5px; margin-inline: 8px }
  .rail i { border-inline-end: 2px solid #0000; border-radius: 3px; background: linear-gradient(90deg, #fff var(--seen), #fff8 var(--seen)) padding-box }
  .rail i:not([data-state="ready"]) { background: repeating-linear-gradient(120deg, #fff6 0 3px, #fff2 3px 6px) padding-box }
  .rail [data-state="failed"][data-state] { background: #ff8a80a0 padding-box }
  .bar input { inline-size: 100%; block-size: 24px; appearance: none; background: none; cursor: pointer }
  .bar input::-webkit-slider-thumb { inline-size: 16px; block-size: 16px; border-radius: 50%; appearance: none; background: #fff }
  .bar .volume { inline-size: 4.5rem; background: linear-gradient(#fff8 0 0) 50%/100% 4px no-repeat }
  .bar select { inline-size: auto; min-block-size: 40px; padding: 0 0.4rem; border: 0; border-radius: 10px; background: none; color: inherit; font-size: 0.85rem; font-weight: 600 }
  .bar option { background: #1b1a2e }
  @container (inline-size < 32rem) { .bar .volume { display: none } }
  @container (inline-size < 22rem) {
    .bar { padding-block: 0 }
    .bar :is(.mute, .pip, select), .fresh .line { display: none }
    .fresh .bar .play { inline-size: 56px; block-size: 56px }
    .note { place-content: end center }
    .note > *, .note p:not(:empty) { padding-block: 0.2rem; font-size: 0.8rem; line-height: 1.2 }
    .note:has(p:not(:empty)) ~ .bar .line { display: none }
  }
  @container (inline-size < 16rem) { bdi + bdi, .note:has(:not([hidden], p)) ~ .bar { display: none } }
  @media (pointer: coarse) {
    .bar .volume { display: none }
    .bar :is(button, select) { min-inline-size: 44px; min-block-size: 44px; font-size: 1rem }
    .bar .seek { block-size: 44px; margin-block: -10px }
  }
  @media (forced-colors: active) {
    .bar, .note p:not(:empty), .spoken { background: Canvas }
    .bar svg { fill: ButtonText }
    .rail i { forced-color-adjust: none; background: linear-gradient(90deg, Highlight var(--seen), ButtonText var(--seen)) padding-box }
    .rail i:not([data-state="ready"]) { background: GrayText padding-box }
    .bar input, .bar input::-webkit-slider-thumb { forced-color-adjust: none }
    .bar input::-webkit-slider-thumb { background: Highlight }
    .bar .volume { background-image: linear-gradient(ButtonText 0 0) }
  }
`;
