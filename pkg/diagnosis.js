/**
 * Finds out what on the page, or before the proxy, keeps the element from working, and says what to mend: to a
 * developer, in one sentence. Loaded only when something does.
 */

/** How long anybody may take to answer. */
const PATIENCE = 10_000;

/**
 * Says to the developer what is wrong; `block` has the widget say to the visitor that something is.
 *
 * @param {(found: string) => void} block
 * @param {'reaching' | 'loading'} trouble
 * @param {any} what the endpoint, or what could not be loaded
 * @param {Error} [error] what went wrong, where anything was thrown
 */
export async function explain(block, trouble, what, error) {
  const found = await (trouble === 'loading' ? loading(what) : reaching(what));
  if (found || error) console.error('<konpro-video>', found ?? 'could not be loaded.', error ?? '');
  if (found) block(found);
}

/**
 * Why the proxy cannot be reached; nothing where it can, or where the network is to blame, which may pass.
 *
 * @param {string | null} endpoint as the attribute says
 * @returns {Promise<string | undefined>}
 */
async function reaching(endpoint) {
  const page = location.origin;
  let proxy;
  try {
    proxy = new URL(endpoint ?? '', document.baseURI);
  } catch {
    return `endpoint="${endpoint}" is no address: name the proxy's, such as https://video.example.com.`;
  }
  if (!/^https?:$/.test(proxy.protocol)) {
    return `endpoint="${endpoint}" is no web address: the proxy's begins with https://.`;
  }
  if (location.protocol === 'https:' && proxy.protocol === 'http:' && !isLoopback(proxy.hostname)) {
    return `The page is on https and the proxy on http (${proxy.origin}), which browsers refuse as mixed content: serve the proxy over https and change endpoint.`;
  }
  if (!navigator.onLine) return undefined;
  // An answer that nobody may read is enough: somebody is there.
  const base = (endpoint ?? page).replace(/\/+$/, '');
  const { answer, refused } = await probe(`${base}/health/live`, { mode: 'no-cors' });
  if (refused) return `The page's Content-Security-Policy forbids to call the proxy: add ${proxy.origin} to connect-src.`;
  if (!answer || proxy.origin === page) return undefined;
  if ((await probe(`${base}/v1/limits`, {})).answer) return undefined;
  const opaque = page === 'null' ? ' (a page without an origin, as in a sandboxed frame)' : '';
  return `${proxy.origin} answers, but not to pages of ${page}${opaque}: add ${page} to KONPRO_PROXY_ORIGINS, and start konpro-proxy again.`;
}

/**
 * Why the widget's own files could not be loaded.
 *
 * @param {{wasm: URL, error: Error}} failure the wasm's address, and what went wrong
 * @returns {Promise<string | undefined>}
 */
async function loading({ wasm, error }) {
  // Most browsers say which script it was; a bundler may have put it anywhere.
  const [script] = /https?:[^\s"']+\.m?js/.exec(error.message) ?? [];
  const files = [[wasm, '']];
  if (script) files.unshift([new URL(script), 'javascript']);
  for (const [file, kind] of files) {
    const { answer, refused } = await probe(file, {});
    if (refused) return `The page's Content-Security-Policy forbids to fetch the widget's files: add ${file.origin} to connect-src.`;
    if (!answer) return `${file} cannot be fetched. If it is on another server than the page, that must send Access-Control-Allow-Origin.`;
    if (!answer.ok) return `${file} is not there (status ${answer.status}): the folder wasm/ belongs beside konpro-video.js.`;
    const type = answer.headers.get('content-type') ?? '';
    if (!type.includes(kind)) return `${file} is served as ${type || 'nothing in particular'}: a script must be text/javascript.`;
  }
  if (typeof WebAssembly === 'undefined') return 'This browser has WebAssembly turned off.';
  try {
    // The smallest module there is.
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    return "The page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src.";
  }
  return script && `The page's Content-Security-Policy may forbid to import ${script}: add ${new URL(script).origin} to script-src.`;
}

/** Asks, and hears whether the page's own policy refuses that. */
async function probe(address, how) {
  let refused = false;
  const hear = ({ effectiveDirective }) => (refused ||= effectiveDirective === 'connect-src');
  document.addEventListener('securitypolicyviolation', hear);
  const answer = await fetch(address, { ...how, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) }).catch(() => undefined);
  // The policy's word may come a moment later.
  await new Promise((resolve) => setTimeout(resolve));
  document.removeEventListener('securitypolicyviolation', hear);
  return { answer, refused };
}

const isLoopback = (host) => /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
