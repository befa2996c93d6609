/**
 * A long script as several videos that play as one: the first while the others are being made.
 * Loaded with the first such script.
 */

import { createClient, plan } from './client.js';
import { Parts } from './parts.js';

/**
 * Makes, or goes on with, a video of several segments, until the widget turns to something else.
 *
 * @param {object} widget as in `beside.js`
 * @param {object | string} what a request with a long script; several jobs' ids; or a blank, which means what is kept
 * @returns {Promise<boolean>} false when there is nothing to go on with, or nothing is gained by several segments
 */
export async function begin(widget, what) {
  const { root } = widget;
  const client = createClient(widget);
  const frame = root.querySelector('section');
  let left = false;
  let video;
  const observer = new MutationObserver((changes) => {
    if (!frame.isConnected || changes.some(({ type }) => type === 'attributes')) {
      left = true;
      observer.disconnect();
      video?.stop(frame.isConnected && frame.dataset.phase === 'composing');
    } else video?.draw();
  });
  observer.observe(frame, { childList: true, attributeFilter: ['data-phase'] });
  observer.observe(root, { childList: true });
  try {
    const record = await recordOf(client, widget, what);
    if (left) return true;
    if (record) video = new LongVideo(widget, client, record);
    return Boolean(video);
  } finally {
    if (!video) observer.disconnect();
  }
}

/** What is to be made, or gone on with. */
async function recordOf(client, widget, what) {
  const kept = widget.keeps ? read(place(widget)) : undefined;
  if (what === ' ') return kept;
  if (typeof what === 'string') {
    const texts = textsOf(widget, what);
    const ids = what.split(/\s+/).filter(Boolean);
    const segments = ids.map((job_id, place) => ({ text: texts[place] ?? '', seconds: 30, job: { job_id, status: 'processing' } }));
    return ids.length ? { segments, created: true } : undefined;
  }
  // A page that starts by itself starts again with each reload.
  if (kept && JSON.stringify(kept.request) === JSON.stringify(what)) return kept;
  const limits = await client.limits();
  // A bare reverse proxy knows no keys: asked again after a lost answer it would make another video.
  const { segments } = limits ? await plan(what.text, widget.words().lang, limits) : { segments: [] };
  return segments.length > 1 ? { request: what, segments: segments.map((segment) => ({ ...segment, key: newKey() })) } : undefined;
}

class LongVideo {
  #widget;
  #client;
  #parts;
  #request;
  #segments;
  /** Everything was asked for, and the page knows. */
  #created;
  /** What the page was told last of the whole. */
  #told;
  #stopping = new AbortController();
  #leaving = new AbortController();

  constructor(widget, client, { request, segments, created = false }) {
    this.#widget = widget;
    this.#client = client;
    this.#request = request;
    this.#segments = segments;
    this.#created = created;
    this.draw();
    this.#keep();
    this.#run();
  }

  /** Draws everything anew, as after a change of language. */
  draw() {
    this.#parts?.remove();
    this.#parts = new Parts(this.#widget, (segment) => this.#retry(segment));
    this.#parts.show(this.#segments);
  }

  /** Stops; `withdraw` takes back what was not sent yet, and forgets the video. */
  stop(withdraw) {
    this.#parts.remove();
    if (withdraw) write(place(this.#widget));
    (withdraw ? this.#stopping : this.#leaving).abort();
  }

  get #over() {
    return this.#stopping.signal.aborted || this.#leaving.signal.aborted;
  }

  /** Asks for what was not asked for yet, in order: the proxy makes them in the order in which they come. */
  async #run() {
    for (const segment of this.#segments) {
      if (segment.driving || ENDED.includes(segment.job?.status)) continue;
      const taken = await this.#take(segment);
      if (this.#over) return;
      // What is refused now is refused for the rest, too.
      if (!taken) break;
    }
    this.#settle();
  }

  /** Takes one segment to its end. Resolves as soon as the other side has it; to false when it does not want it. */
  #take(segment) {
    return new Promise((resolve) => {
      const onProgress = (job, since) => {
        Object.assign(segment, { job, since });
        this.#changed();
        resolve(true);
      };
      const options = { signal: this.#stopping.signal, detach: this.#leaving.signal, onProgress };
      segment.driving = true;
      this.#drive(segment, options)
        .then((job) => Object.assign(segment, { job, seconds: job.duration ?? segment.seconds }))
        .catch((error) => {
          const { code = 'UNREACHABLE', message, requestId, retryable } = error;
          const job = { ...segment.job, status: 'failed', error: { code, message } };
          Object.assign(segment, { job, failure: [code, message, requestId, retryable] });
        })
        .then(() => {
          segment.driving = false;
          if (!this.#over) {
            this.#changed();
            this.#settle();
          }
          resolve(segment.job.status === 'completed');
        });
    });
  }

  #drive(segment, options) {
    const { job, key, text, asked, since } = segment;
    if (job?.job_id) {
      // It was taken before, and is only looked at: the next need not wait for that.
      setTimeout(() => options.onProgress(job, since));
      return this.#client.watch(job.job_id, { ...options, since });
    }
    segment.asked ??= Date.now();
    this.#keep();
    return this.#client.generate({ ...this.#request, text }, { ...options, idempotencyKey: key, again: asked });
  }

  /** A failed segment alone is made anew, and after it what was not asked for because of it. */
  #retry(segment) {
    Object.assign(segment, { job: undefined, asked: undefined, failure: undefined, since: undefined, key: newKey() });
    this.#changed();
    this.#run();
  }

  #changed() {
    this.#keep();
    this.#parts.show(this.#segments);
    if (this.#created) this.#widget.tell('progress', this.#job());
  }

  /** Tells the page once all are asked for, and once all have ended. */
  #settle() {
    const { tell } = this.#widget;
    const underWay = this.#segments.some(({ driving }) => driving);
    const asked = this.#segments.every(({ job }) => job);
    const failure = this.#segments.find((segment) => segment.failure)?.failure;
    const known = this.#segments.some(({ job }) => job?.job_id);
    if (!this.#created && known && (asked || (failure && !underWay))) {
      this.#created = true;
      this.#keep();
      tell('created', this.#job());
    }
    if (underWay || !(asked || failure)) return;
    const ended = failure ? 'failed' : 'completed';
    if (this.#told !== ended || failure) tell(ended, this.#job(), ...(failure ?? []));
    this.#told = ended;
  }

  /** All of them as one wire Job, whose id is all ids. */
  #job() {
    const jobs = this.#segments.map(({ job }) => job).filter((job) => job?.job_id);
    const completed = jobs.length === this.#segments.length && jobs.every(({ status }) => status === 'completed');
    const failed = this.#segments.find(({ failure }) => failure)?.job;
    const job = {
      job_id: jobs.map(({ job_id }) => job_id).join(' '),
      status: completed ? 'completed' : failed ? 'failed' : 'processing',
      created_at: jobs[0]?.created_at,
      thumbnail_url: jobs[0]?.thumbnail_url,
      duration: completed ? jobs.reduce((sum, { duration = NaN }) => sum + duration, 0) || undefined : undefined,
      error: failed?.error,
      segments: this.#segments.flatMap(({ job, text }) => (job?.job_id ? [{ ...job, text }] : [])),
    };
    // What is not known is absent, as on the wire.
    return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined));
  }

  #keep() {
    if (!this.#widget.keeps || !this.#request) return;
    const segments = this.#segments.map(({ text, seconds, key, asked, since, job }) => ({ text, seconds, key, asked, since, job }));
    write(place(this.#widget), { request: this.#request, segments, created: this.#created });
  }
}

const ENDED = ['completed', 'failed'];

/** Sent with every attempt, so that a segment is made, and paid for, once. */
const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

/** Where a video in the making is kept, so that a reload goes on with it. */
const place = ({ endpoint, name }) => `konpro-video ${endpoint} ${name} segments`;

/** The scripts of jobs that were made here. */
function textsOf({ endpoint }, job_id) {
  try {
    return JSON.parse(localStorage.getItem(`konpro-video ${endpoint} history`)).find((it) => it.job_id === job_id).texts ?? [];
  } catch {
    return [];
  }
}

/** What is kept, if anything can still be read. */
function read(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    return kept.segments.every(({ text, key }) => typeof text === 'string' && typeof key === 'string') ? kept : undefined;
  } catch {
    return undefined;
  }
}

function write(name, what) {
  try {
    if (what) localStorage.setItem(name, JSON.stringify(what));
    else localStorage.removeItem(name);
  } catch {
    // No storage, or none left: then nothing is kept.
  }
}
