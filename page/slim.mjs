// Run by trunk when it has built the page: every visitor pays for every byte.
//
// The names between the wasm and its glue are long, and end in hashes that no compression helps with: they become
// short ones. The scripts lose their comments and blanks.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.TRUNK_STAGING_DIR;
const windows = process.platform === 'win32';
const run = (program, ...options) => execFileSync(program, options, { encoding: 'utf8', shell: windows });

// Further rounds find what the one before, at first trunk's, made possible; loops made anew compress better.
// Nothing of ours lies in the first kilobyte: it is the far end of the stack.
const smaller = ['--low-memory-unused', '--flatten', '--rereloop', '-Oz', '-Oz', '-Oz', '--one-caller-inline-max-function-size=25', '--strip-producers', '--strip-target-features'];

for (const name of ['konpro-video', 'konpro-headless']) {
  const glue = join(folder, `wasm/${name}.js`);
  const wasm = join(folder, `wasm/${name}_bg.wasm`);
  const renamed = run('wasm-opt', wasm, '-o', wasm, ...smaller, '--minify-imports-and-exports-and-modules');
  const { imports, exports } = JSON.parse(renamed);
  const short = new Map();
  for (const [module, name, shortName] of imports) {
    short.set(`"${module}"`, '"a"').set(name, shortName);
  }
  for (const [name, shortName] of exports) short.set(`wasm.${name}`, `wasm.${shortName}`);
  const text = readFileSync(glue, 'utf8');
  writeFileSync(glue, text.replace(/"\.\/[\w-]+\.js"|\b(?:wasm\.)?\w+/g, (name) => short.get(name) ?? name));
}

const scripts = (inside) => readdirSync(join(folder, inside)).filter((name) => name.endsWith('.js')).map((name) => join(folder, inside, name));
for (const script of [...scripts('.'), ...scripts('wasm'), ...scripts('messages')]) run('terser', '--compress', '--mangle', '--module', script, '--output', script);
