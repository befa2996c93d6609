/** The wasm, fetched from beside this file; one instance of each serves the whole page. */

const loaded = new Map();

/** Where the wasm of this name lies. */
export const addressOf = (name) => new URL(`wasm/${name}_bg.wasm`, import.meta.url);

/** @returns {Promise<any>} its exports; what has failed is tried again the next time */
function load(name, importGlue) {
  const begin = async () => {
    const glue = await importGlue();
    await glue.default({ module_or_path: addressOf(name) });
    return glue;
  };
  if (!loaded.has(name)) loaded.set(name, begin());
  loaded.get(name).catch(() => loaded.delete(name));
  return loaded.get(name);
}

/** What fills an element. */
export const loadWidget = () => load('konpro-video', () => import('./wasm/konpro-video.js'));

/** The client alone. */
export const loadClient = () => load('konpro-headless', () => import('./wasm/konpro-headless.js'));
