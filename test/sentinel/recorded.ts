import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Announcement } from '../../src/collectors/sentinel/announcement.js';
import type { Instance } from '../../src/collectors/sentinel/answer.js';
import type { SentinelAnswer, SentinelResult } from '../../src/collectors/sentinel/snapshot.js';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const linesOf = (...path: string[]) =>
  readFileSync(join(fixtures, ...path), 'utf8')
    .trimEnd()
    .split('\n');

/** Names and values on alternating lines, a new instance at each `name`. */
function instancesOf(lines: readonly string[]): Instance[] {
  const instances: Record<string, string>[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    if (lines[at] === 'name') instances.push({});
    instances.at(-1)![lines[at]!] = lines[at + 1]!;
  }
  return instances;
}

/** What a Sentinel answered in a recorded situation. */
export function recordedSentinel(
  situation: string,
  sentinel: string,
  change: Partial<SentinelAnswer> = {},
): SentinelResult {
  const file = (what: string) => linesOf(situation, `${sentinel}-${what}.txt`);
  const quorumText = file('ckquorum').join('');
  return {
    ok: true,
    sentinel,
    answer: {
      address: file('addr').join(':'),
      master: instancesOf(file('master'))[0]!,
      replicas: instancesOf(file('replicas')),
      sentinels: instancesOf(file('sentinels')),
      quorumOk: !quorumText.startsWith('NOQUORUM'),
      quorumText,
      tilt: /sentinel_tilt:1/.test(file('info-sentinel').join('\n')),
      ...change,
    },
  };
}

/** The recorded stream of one Sentinel: lines of a time and a word, four to an event. */
export function recordedAnnouncements(sentinel: string): Announcement[] {
  const lines = linesOf(`${sentinel}-events.txt`).map((line) => ({
    time: line.slice(0, 12),
    word: line.slice(13),
  }));
  return lines.flatMap(({ word, time }, at) => {
    const [channel, message] = [lines[at + 2]?.word, lines[at + 3]?.word];
    if (word !== 'pmessage' || channel === undefined || message === undefined) return [];
    const wallMs = Date.parse(`2026-11-23T${time}Z`);
    return [{ sentinel, channel, message, at: { wallMs, monoMs: wallMs } }];
  });
}
