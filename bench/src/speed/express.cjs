// fal's proxy for Express in front of KonPro. It adds one header of its own choice to what it passes on, and that is
// not KonPro's: the key is added where it calls fetch.
const express = require('express');
const { createHandler, route } = require('@fal-ai/server-proxy/express');

const [address, konpro, key] = process.argv.slice(2);
const [host, port] = address.split(':');

const unkeyed = globalThis.fetch;
globalThis.fetch = (url, options) =>
  unkeyed(url, { ...options, headers: { ...options.headers, 'x-api-key': key } });

const app = express();
app.use(route, express.json(), createHandler({
  allowedUrlPatterns: [`${konpro}/**`],
  resolveFalAuth: async () => 'Key none',
}));
app.listen(Number(port), host);
