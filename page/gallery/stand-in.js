/**
 * What stands between the gallery's widgets and the proxy: calls to addresses below `/stand-in/{state}` are answered as the state
 * wants it, or else by the proxy itself. Time stands still, so that what is shown today is shown tomorrow.
 */

/** The moment at which the gallery stands still; what began before is begun while the clock is behind it. */
const NOON = Date.UTC(2026, 5, 1, 12);
let behind = 0;
Date.now = () => NOON - behind;

/** Does something so many seconds before the moment at which the gallery stands still. */
export async function before(seconds, act) {
  behind = seconds * 1000;
  await act();
  behind = 0;
}

const PREFIX = '/stand-in/';
/** By state, then by the beginning of method and path: a body, a status with a body, or what gives one of these. */
const answers = new Map();

/** The address of a proxy that answers so. */
export function standIn(state, ...instead) {
  answers.set(state, Object.assign({}, ...instead));
  return `${PREFIX}${state}`;
}

/** Never answered. */
export const silence = () => new Promise(() => {});

/** Not reached. */
export const gone = () => Promise.reject(new TypeError('No network.'));

const { fetch } = globalThis;

/** Everywhere, unless a state wants it otherwise: what the proxy learns would be another sentence tomorrow. */
const USUAL = {
  'GET /v1/limits': async () => ({ ...(await (await fetch('/v1/limits')).json()), estimate: { base: 60, per_character: 0.107, at_once: 1 } }),
};
globalThis.fetch = async (address, request) => {
  const { origin, pathname, search } = new URL(address, location);
  const [, state, path] = pathname.match(`^${PREFIX}([^/]*)(.*)`) ?? [];
  const call = `${request?.method ?? 'GET'} ${path ?? pathname}`;
  // The longest one is meant.
  const among = (instead = {}) =>
    Object.entries(instead)
      .filter(([begin]) => call.startsWith(begin))
      .sort(([one], [other]) => other.length - one.length)[0];
  const meant = among(answers.get(state)) ?? (origin === location.origin && among(USUAL));
  if (!meant) return path ? fetch(path + search, request) : fetch(address, request);
  const answer = typeof meant[1] === 'function' ? await meant[1]() : meant[1];
  const { status = 200, body = answer } = answer;
  return Response.json(body, { status, headers: { 'Retry-After': '3600' } });
};

/** Event streams of stand-ins say nothing: answers do. */
const { EventSource } = globalThis;
globalThis.EventSource = class extends EventSource {
  constructor(address) {
    super(address);
    if (!new URL(address, location).pathname.startsWith(PREFIX)) return;
    this.close();
    queueMicrotask(() => this.dispatchEvent(new Event('error')));
  }
};
