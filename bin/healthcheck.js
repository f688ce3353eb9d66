#!/usr/bin/env node
// The container's health check: exits 0 where the server in this container can serve requests (GET /_status is 200).
const tls = Boolean(process.env.TLS_CERT_FILE);
const request = require(tls ? 'node:https' : 'node:http').get({
  host: '127.0.0.1',
  port: process.env.PORT || 8080,
  path: '/_status',
  timeout: 4000,
  rejectUnauthorized: false, // its certificate names the public address; this is the same container
});
request.on('response', (response) => process.exit(response.statusCode === 200 ? 0 : 1));
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
