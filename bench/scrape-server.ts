// Serves a scrape in one of three ways and reports the longest event-loop stall while it did.
// Arguments: mode (ours | prom-client | ready), number of series.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gauge, Registry } from 'prom-client';
import express from 'express';
import { gauge } from '../src/metrics/sample.js';
import { metricsRoute } from '../src/server/metrics-route.js';
import { MetricsPage } from '../src/telemetry/metrics-page.js';

const [mode = 'ours', countText = '1000'] = process.argv.slice(2);
const count = Number(countText);
const labelsOf = (index: number) => ({ kind: 'lb', target: `target-${index}-of-the-deployment` });

function oursApp() {
  const page = new MetricsPage();
  const samples = Array.from({ length: count }, (_, index) =>
    gauge('sensei_collector_duration_seconds', labelsOf(index), Math.random()),
  );
  page.series.replaceGauges('bench', samples);
  return express().get('/metrics', metricsRoute(page));
}

function promClientApp() {
  const registry = new Registry();
  const metric = new Gauge({
    name: 'sensei_collector_duration_seconds',
    help: 'x',
    labelNames: ['kind', 'target'],
    registers: [registry],
  });
  for (let index = 0; index < count; index += 1) metric.set(labelsOf(index), Math.random());
  return express().get('/metrics', async (_request, response) => {
    response.end(await registry.metrics());
  });
}

function readyApp() {
  const line = (index: number) =>
    `sensei_collector_duration_seconds{kind="lb",target="target-${index}-of-the-deployment"} ${Math.random()}\n`;
  const body = Array.from({ length: count }, (_, index) => line(index)).join('');
  return express().get('/metrics', (_request, response) => void response.end(body));
}

const apps: Readonly<Record<string, () => express.Express>> = {
  ours: oursApp,
  'prom-client': promClientApp,
  ready: readyApp,
};
const app = apps[mode]?.();
if (app === undefined) throw new Error(`unknown mode ${mode}`);

let longestMs = 0;
let lastTurn = performance.now();
let watching = false;
function turn(): void {
  const now = performance.now();
  longestMs = Math.max(longestMs, now - lastTurn);
  lastTurn = now;
  if (watching) setImmediate(turn);
}

process.on('message', (message) => {
  if (message === 'watch') {
    longestMs = 0;
    lastTurn = performance.now();
    watching = true;
    setImmediate(turn);
    process.send?.('watching');
  } else {
    watching = false;
    process.send?.(longestMs);
  }
});
const server = createServer(app).listen(0, '127.0.0.1', () =>
  process.send?.((server.address() as AddressInfo).port),
);
process.on('disconnect', () => process.exit(0));
