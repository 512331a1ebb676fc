import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startModule, stop } from './child.js';
import { percentile, rowOf, type Row } from './row.js';

const warmUps = 10;
const scrapes = 40;

async function tell(child: ChildProcess, message: string): Promise<unknown> {
  const answered = once(child, 'message');
  child.send(message);
  const [answer] = (await answered) as unknown[];
  return answer;
}

async function scrapeOnce(url: string): Promise<number> {
  const from = performance.now();
  const answer = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  await answer.text();
  return performance.now() - from;
}

interface Figures {
  readonly medianMs: number;
  /** Median over the scrapes of the longest stall in each. */
  readonly stallMs: number;
}

async function measure(mode: string, series: number): Promise<Figures> {
  const { child, first } = await startModule('./scrape-server.ts', [mode, String(series)]);
  const url = `http://127.0.0.1:${String(first)}/metrics`;
  for (let round = 0; round < warmUps; round += 1) await scrapeOnce(url);
  const times: number[] = [];
  const stalls: number[] = [];
  for (let round = 0; round < scrapes; round += 1) {
    await tell(child, 'watch');
    times.push(await scrapeOnce(url));
    stalls.push(Number(await tell(child, 'stop')));
  }
  await stop(child);
  return { medianMs: percentile(times, 0.5), stallMs: percentile(stalls, 0.5) };
}

async function rowsFor(series: number): Promise<Row[]> {
  const ours = await measure('ours', series);
  const peer = await measure('prom-client', series);
  const floor = await measure('ready', series);
  const label = `${series.toLocaleString('en')} series`;
  return [
    rowOf({
      name: `scrape, ${label}`,
      unit: 'ms',
      ours: ours.medianMs,
      peer: peer.medianMs,
      floor: floor.medianMs,
      aim: 'at or below prom-client',
      isMet: ours.medianMs <= peer.medianMs,
    }),
    rowOf({
      name: `longest stall of a scrape, ${label}`,
      unit: 'ms',
      ours: ours.stallMs,
      peer: peer.stallMs,
      floor: floor.stallMs,
      aim: 'under 10 ms',
      isMet: ours.stallMs < 10,
    }),
  ];
}

/** A scrape's time and the longest stall in it: ours, prom-client's default, a ready string. */
export async function benchScrape(): Promise<Row[]> {
  return [...(await rowsFor(1000)), ...(await rowsFor(10_000))];
}
