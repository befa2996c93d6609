/** The client without any page: calls, and the life of a job, over a wasm of its own. Requests and answers are what the wire has. */

import { loadClient } from './core.js';
import { KonproError } from './error.js';
import { events } from './events.js';

export { KonproError };

/**
 * @param {{endpoint?: string, session?: string | ((refused?: string) => string | Promise<string> | undefined)}} [options] `endpoint` is the proxy's address, by default
 * the page's own origin; `session` the bearer token, or what
 * gives it before each request, where the proxy wants one; it is asked once more, with the token that was refused, when one was
 */
export function createClient({ endpoint = '', session } = {}) {
  const host = { getSession: (refused) => (typeof session === 'function' ? session(refused) : session), events };
  const ready = loadClient().then(({ Headless }) => new Headless(endpoint.trim().replace(/\/+$/, ''), undefined, host));
  // Whoever calls hears of it.
  ready.catch(() => {});
  const call = async (name, ...what) => {
    const headless = await ready;
    try {
      return await headless[name](...what);
    } catch (parts) {
      throw Array.isArray(parts) ? new KonproError(...parts) : parts;
    }
  };

  /** Drives a job to its end. */
  async function follow(record, began, { signal, detach, onProgress }) {
    const headless = await ready;
    signal?.throwIfAborted();
    detach?.throwIfAborted();
    const driving = {};
    try {
      return await new Promise((resolve, reject) => {
        driving.job = headless.drive(JSON.stringify(record), began, (event, job, since, ...failure) => {
          if (event === 'completed') resolve(job);
          else if (event === 'changed') onProgress?.(job, since);
          else if (event === 'stopped') reject(signal.reason);
          else reject(Object.assign(new KonproError(...failure), { job }));
        });
        driving.stop = () => driving.job.stop();
        driving.detach = () => reject(detach.reason);
        signal?.addEventListener('abort', driving.stop);
        detach?.addEventListener('abort', driving.detach);
        for (const [target, event] of HINTS) target?.addEventListener(event, (driving.hint ??= () => driving.job.hint()));
      });
    } finally {
      signal?.removeEventListener('abort', driving.stop);
      detach?.removeEventListener('abort', driving.detach);
      for (const [target, event] of HINTS) target?.removeEventListener(event, driving.hint);
      driving.job?.free();
    }
  }

  return {
    /**
     * Makes a video.
     *
     * @param {object} request `avatar_id`, `voice_id`, `text`, and `settings` where wanted
     * @param {{signal?: AbortSignal, detach?: AbortSignal, onProgress?: (job: object, since: number) => void, idempotencyKey?: string, again?: number}} [options]
     * `signal` stops watching, and withdraws what was not sent yet, `detach` lets the job go on alone; `onProgress` hears each change, and since when, in
     * milliseconds since 1970, the video is being made. Asked under an `idempotencyKey` that was used before, at `again`, it is the
     * same job, and the same bill.
     * @returns {Promise<object>} the completed Job; rejects with a {@link KonproError}, or with a signal's reason
     */
    generate(request, { idempotencyKey = newKey(), again, ...options } = {}) {
      return follow({ key: idempotencyKey, video: request, job: {}, since: again ?? Date.now() }, again !== undefined, options);
    },

    /** Takes a job that somebody has asked for to its end; otherwise as `generate`. `since` is when that was. */
    watch(job_id, { since = Date.now(), ...options } = {}) {
      return follow({ key: '', video: { avatar_id: '', voice_id: '', text: '' }, job: { job_id }, since }, true, options);
    },

    /** A page of avatars. `query` may have `page`, `limit` and `scope`. */
    avatars: (query = {}) => call('avatars', query),

    /** A page of voices. `query` may have `language` and `gender`, too. */
    voices: (query = {}) => call('voices', query),

    /** What the proxy accepts; undefined from a reverse proxy that is none of ours. */
    limits: () => call('limits'),

    /** How a job stands. */
    job: (job_id) => call('job', job_id),
  };
}

/**
 * Cuts a long script into segments by where its sentences end, so that the first can be watched while the others are made.
 *
 * @param {string} text
 * @param {string} lang in which language sentences are told apart
 * @param {object} [limits] as the client's `limits()` gives them
 * @returns {Promise<{segments: {text: string, seconds: number}[], ready_in?: number, credits?: number}>} the seconds that each takes to say, the
 * seconds until the first is ready, and what all of them cost
 */
export async function plan(text, lang, limits) {
  const { plan } = await loadClient();
  const pieces = Array.from(new Intl.Segmenter(lang, { granularity: 'sentence' }).segment(text), ({ segment }) => segment);
  return plan(pieces, JSON.stringify(limits ?? null));
}

/** A network that is back and a page that is looked at again are reasons to look at the job. */
const HINTS = [
  [globalThis.window, 'online'],
  [globalThis.document, 'visibilitychange'],
];

/** A key that nobody can guess or has used before; `randomUUID` is missing on plain HTTP pages. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
