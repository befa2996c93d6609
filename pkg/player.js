/** Several short videos as one, on one timeline, while later ones may still be being made. Loaded with the first of them. */

import { Controls } from './controls.js';
import { make } from './dom.js';
import { cut, heal, weight } from './finished.js';

/** How often is looked whether there is something to do, in milliseconds: no more often than anybody notices. */
const TICK = 500;
/** From so few seconds on the next part is nearly ready. */
const SOON = 10;
/** So long a browser takes from being asked to play until it does, in milliseconds. */
const LEAD = 100;
/** What says less than so many seconds is not said anew. */
const ROUND = 5;

/**
 * @typedef {{text: string, seconds: number, state: 'waiting'|'making'|'ready'|'failed', src?: string, poster?: string, readyAt?: number}} Segment
 * `seconds` is an estimate until the file is known; `readyAt` is when it is expected, in milliseconds since 1970, absent when unknown; `src` is
 * there when it is ready.
 */

export class Player {
  #words;
  #controls;
  #segments = [];
  /** How long each is: as the file says, else as was foretold. */
  #real = [];
  #guessed = [];
  /** One is seen; the other has the next segment at hand. */
  #front;
  #back;
  /** Which segment each of them holds. */
  #holds = new Map();
  /** The segment that is seen, and the one that comes then. */
  #place = -1;
  #next = 0;
  /** Where play goes on as soon as there is a frame. */
  #bound;
  /** What the visitor wants, also while there is nothing to play. */
  #wanted = false;
  #fresh = true;
  #swapped = 0;
  #leaving = new AbortController();
  #clock;
  #soon;

  /**
   * @param {HTMLElement} place in a shadow root; is filled
   * @param {import('./words.js').Words} words
   */
  constructor(place, words) {
    this.#words = words;
    this.#front = this.#reel();
    this.#back = this.#reel();
    this.#front.className = 'front';
    this.#controls = new Controls(place, words, this, [this.#front, this.#back], this.#leaving.signal);
    this.#clock = setInterval(() => this.#tick(), TICK);
  }

  /**
   * Shows how the segments stand: the same ones each time.
   *
   * @param {Segment[]} segments
   */
  show(segments) {
    this.#segments = segments;
    segments.forEach(({ seconds }, place) => {
      // What lies behind does not move: the position would jump.
      if (place > this.#place || !(place in this.#guessed)) this.#guessed[place] = seconds;
    });
    if (this.#place < 0 && this.#isReady(0)) {
      this.#place = 0;
      this.#next = 1;
      this.#load(this.#front, 0);
      if (segments[0].poster) this.#front.poster = segments[0].poster;
    }
    this.#tick();
  }

  /** Stops, and takes out what was made. */
  remove() {
    clearInterval(this.#clock);
    clearTimeout(this.#soon);
    this.#leaving.abort();
    for (const video of [this.#front, this.#back]) {
      video.pause();
      video.removeAttribute('src');
      video.load();
    }
    this.#controls.remove();
  }

  /** The one that is seen. */
  get video() {
    return this.#front;
  }

  get total() {
    return this.#startOf(this.#segments.length);
  }

  get position() {
    if (this.#bound) return this.#startOf(this.#bound.place) + Math.min(this.#bound.at, this.#lengthOf(this.#bound.place));
    return this.#atEnd ? this.#startOf(this.#next) : this.#startOf(this.#place) + this.#front.currentTime;
  }

  toggle() {
    this.#fresh = false;
    // Some browsers let an element play by itself only when it was touched while the visitor pressed something.
    if (!this.#holds.has(this.#back)) this.#back.load();
    if (this.#plays) {
      this.#wanted = false;
      this.#front.pause();
      this.#back.pause();
    } else {
      this.#wanted = true;
      if (this.#awaits('failed') || this.#broken) this.mend();
      else if (this.#atEnd && !this.#bound && this.#next >= this.#segments.length) this.seek(0);
      else this.#tick();
    }
    this.paint();
  }

  /** Goes to where a segment begins. */
  goTo(place) {
    this.seek(this.#startOf(place));
  }

  /** Goes to a second of the whole; where that is not ready, to the last moment before it that is. */
  seek(time) {
    let place = this.#segments.length - 1;
    let at = time < this.total ? Math.max(0, time) : Infinity;
    while (place > 0 && this.#startOf(place) > at) place--;
    at -= this.#startOf(place);
    while (place >= 0 && !this.#isReady(place)) {
      place--;
      at = Infinity;
    }
    if (place >= 0) this.#go(place, at);
  }

  /** Past what could not be made; once more to what could not be played. */
  mend() {
    if (this.#broken) {
      const place = this.#bound?.place ?? this.#place;
      this.#go(place, this.position - this.#startOf(place), true);
    } else {
      this.#next++;
      this.#wanted = true;
      this.#tick();
    }
  }

  paint() {
    if (this.#leaving.signal.aborted) return;
    const [said = '', act] = this.#notice();
    this.#controls.paint({
      position: this.position,
      total: this.total,
      playing: this.#plays,
      fresh: this.#fresh,
      busy: !said && (Boolean(this.#bound) || (this.#wanted && !this.#atEnd && this.#front.readyState < 3)),
      said,
      act,
      parts: this.#segments.map(({ state }, place) => ({ state, length: this.#lengthOf(place) })),
    });
  }

  get #atEnd() {
    return this.#place < 0 || this.#front.ended;
  }

  get #plays() {
    return this.#wanted && !this.#awaits('failed') && !this.#broken;
  }

  /** Mending has been tried by then. */
  get #broken() {
    return Boolean((this.#bound?.video ?? this.#front).error);
  }

  #awaits(state) {
    return this.#atEnd && !this.#bound && this.#segments[this.#next]?.state === state;
  }

  #isReady(place) {
    return this.#segments[place]?.state === 'ready' && Boolean(this.#segments[place].src);
  }

  #lengthOf(place) {
    return this.#real[place] ?? this.#guessed[place];
  }

  #startOf(place) {
    let start = 0;
    for (let before = 0; before < place; before++) start += this.#lengthOf(before);
    return start;
  }

  /** What there is to say, and the name of what can be done. */
  #notice() {
    const { tell } = this.#words;
    const say = tell.bind(this.#words);
    if (this.#broken) return [say('part_unplayable'), 'reload'];
    if (this.#awaits('failed')) return [say('part_failed'), 'skip_part'];
    if (!this.#awaits('waiting') && !this.#awaits('making')) return [];
    const left = (this.#segments[this.#next].readyAt - Date.now()) / 1000;
    if (Number.isNaN(left)) return [say('next_part_unknown')];
    if (left < SOON) return [say('next_part_soon')];
    return [say('next_part_in', this.#words.duration(Math.ceil(left / ROUND) * ROUND))];
  }

  #reel() {
    const video = make('video', { part: 'video', playsInline: true, preload: 'auto', ariaHidden: 'true' });
    heal(video);
    video.addTextTrack('captions', this.#words.tell('captions'), this.#words.lang).mode = 'hidden';
    const listen = (events, act) => {
      for (const event of events.split(' ')) video.addEventListener(event, act, { signal: this.#leaving.signal });
    };
    const whenSeen = (act) => () => {
      if (video !== this.#front) return;
      act();
      this.paint();
    };
    listen('loadedmetadata', () => this.#measure(video));
    listen('seeked loadeddata canplay playing', () => this.#arrive());
    listen('ended', whenSeen(() => this.#tick()));
    listen('timeupdate', whenSeen(() => this.#lead()));
    listen('play', whenSeen(() => {
      if (video.paused) return;
      this.#wanted = true;
      this.#fresh = false;
    }));
    listen('pause', whenSeen(() => {
      // From outside, as by a key of the keyboard's own or from the small window.
      if (video.paused && !video.ended && !this.#bound) this.#wanted = false;
    }));
    listen('volumechange ratechange', whenSeen(() => {
      const { volume, muted, playbackRate } = video;
      video.defaultPlaybackRate = playbackRate;
      Object.assign(this.#back, { volume, muted, playbackRate, defaultPlaybackRate: playbackRate });
    }));
    listen('error enterpictureinpicture leavepictureinpicture webkitbeginfullscreen webkitendfullscreen', whenSeen(() => {}));
    video.textTracks[0].addEventListener('cuechange', whenSeen(() => {}), { signal: this.#leaving.signal });
    return video;
  }

  #load(video, place) {
    this.#holds.set(video, place);
    video.removeAttribute('poster');
    video.src = this.#segments[place].src;
  }

  /** Now it is known how long it is, and with that when each word of it is spoken. */
  #measure(video) {
    const place = this.#holds.get(video);
    const { duration } = video;
    if (!Number.isFinite(duration)) return;
    this.#real[place] = duration;
    const [track] = video.textTracks;
    for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
    const cues = cut(this.#segments[place].text, this.#words.lang);
    const whole = cues.reduce((sum, cue) => sum + weight(cue), 0);
    let spoken = 0;
    for (const cue of cues) {
      const from = (spoken / whole) * duration;
      spoken += weight(cue);
      track.addCue(new VTTCue(from, (spoken / whole) * duration, cue));
    }
    if (this.#bound?.video === video) this.#aim();
    // Has the first frame decoded.
    else if (video === this.#back) video.currentTime = 0;
    this.paint();
  }

  #go(place, at, anew) {
    const video = place === this.#place && !anew ? this.#front : this.#back;
    this.#bound = { video, place, at };
    this.#next = place + 1;
    (video === this.#front ? this.#back : this.#front).pause();
    if (anew || video.error || this.#holds.get(video) !== place) this.#load(video, place);
    // The next one has perhaps begun already.
    else if (video.readyState && Math.abs(video.currentTime - at) > (video === this.#front ? 0 : 0.3)) this.#aim();
    this.#arrive();
    this.paint();
  }

  #aim() {
    const { video, at } = this.#bound;
    video.currentTime = Math.min(at, video.duration);
  }

  /** Shows what was bound for, as soon as there is a frame of it. */
  #arrive() {
    const { video, place, at, again } = this.#bound ?? {};
    if (!video || video.seeking || video.readyState < 2) return;
    // A link that was mended on the way starts at nought.
    if (!again && video.currentTime < Math.min(at, video.duration) - 1) {
      this.#bound.again = true;
      return this.#aim();
    }
    this.#bound = undefined;
    // At its end it would begin anew.
    if (this.#wanted && !video.ended) this.#run(video);
    if (video !== this.#front) this.#swap(place);
    this.paint();
  }

  #swap(place) {
    const last = this.#front;
    [this.#front, this.#back] = [this.#back, last];
    this.#place = place;
    this.#swapped = performance.now();
    this.#front.className = 'front';
    last.className = '';
    if (last.webkitDisplayingFullscreen) last.webkitExitFullscreen();
    if (this.#controls.root.pictureInPictureElement === last) {
      this.#front.requestPictureInPicture().catch(() => document.exitPictureInPicture().catch(() => {}));
    }
  }

  /** Begins with the next segment just before this one is over, so that it runs when it is shown. */
  #lead() {
    clearTimeout(this.#soon);
    const { duration, currentTime, playbackRate } = this.#front;
    const left = ((duration - currentTime) / playbackRate) * 1000;
    const isAtHand = this.#holds.get(this.#back) === this.#next && this.#isReady(this.#next) && this.#back.readyState > 2;
    if (!(left < TICK) || !isAtHand || this.#bound || !this.#wanted || this.#front.ended) return;
    if (left > LEAD) this.#soon = setTimeout(() => this.#lead(), left - LEAD);
    else if (this.#back.paused) this.#back.play().catch(() => {});
  }

  #run(video) {
    video.play().catch(({ name }) => {
      if (name !== 'NotAllowedError') return;
      this.#wanted = false;
      this.paint();
    });
  }

  /** Goes on where it can, and has the next segment at hand. */
  #tick() {
    if (this.#bound) {
      // Some browsers load only what is to be played.
      if (this.#wanted && this.#bound.at < Infinity && this.#bound.video.readyState < 2) this.#run(this.#bound.video);
    } else if (this.#atEnd) {
      if (this.#next >= this.#segments.length) this.#wanted = false;
      else if (this.#wanted && this.#isReady(this.#next)) this.#go(this.#next, 0);
    } else if (this.#wanted && this.#front.paused && !this.#broken) this.#run(this.#front);
    // The last picture is seen a little longer.
    const isFree = !this.#fresh && !this.#bound && performance.now() - this.#swapped > TICK;
    if (isFree && this.#isReady(this.#next) && this.#holds.get(this.#back) !== this.#next) this.#load(this.#back, this.#next);
    this.paint();
  }
}
