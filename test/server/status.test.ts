import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusModel } from '../../src/status-page/model.js';
import { serverLimits } from '../../src/server/limits.js';
import {
  nowMs,
  outageModel,
  past,
  standingsOf,
  statusModelOf,
  storeDownModel,
} from '../status-page/status-model.js';
import { startStatusServer, type StatusServer } from '../status-page/status-server.js';

const hostile = '<img src=x onerror=alert(1)>"\'';

/** Reads one event of a live page: what it brings, and the mark to go on from. */
async function firstEvent(url: string, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const answer = await fetch(url, { signal: controller.signal, headers });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!/data: .*\n\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  controller.abort();
  const id = /^id: (.*)$/m.exec(text)?.[1] ?? '';
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? '{}';
  return { id, sections: JSON.parse(data) as Record<string, string> };
}

describe('the status page', () => {
  let model: StatusModel;
  let server: StatusServer;
  beforeEach(async () => {
    model = statusModelOf();
    server = await startStatusServer(() => model);
  });
  afterEach(() => server.close());
  const ask = () => request(server.url);

  it('asks this server alone, and lets nothing but its own script and style in', async () => {
    const { text, headers } = await ask().get('/').expect(200);
    expect(text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it.each(['/', '/incidents', '/slos', '/targets', '/slos/orders-writes'])(
    'is whole at %s: one document, one heading, a way to the content',
    async (path) => {
      const { text } = await ask().get(path).expect(200);
      expect(text).toMatch(/^<!doctype html>/);
      expect(text.match(/<h1/g)).toHaveLength(1);
      expect(text).toContain('href="#content"');
      expect(text).toContain('<main id="content">');
    },
  );

  it('escapes every name that comes from elsewhere', async () => {
    const [first] = past;
    const named = { ...first!, slo: hostile, component: hostile, region: hostile, rule: hostile };
    const [slo] = model.slos;
    const [exposure] = model.exposures;
    const [target] = model.targets;
    model = statusModelOf({
      deployment: hostile,
      incidents: [named],
      open: [{ ...named, firstOkMs: null }],
      slos: [{ ...slo!, name: hostile, component: hostile, zone: hostile }],
      exposures: [{ ...exposure!, dataset: hostile, source: hostile, unproved: hostile }],
      targets: [
        {
          ...target!,
          id: `lb/${hostile}`,
          component: hostile,
          status: 'failed',
          lastFailure: { at: '', reason: hostile, message: hostile },
        },
      ],
      regions: [{ region: hostile, state: 'down', isDownHere: true, votes: 1, vantagePoints: 1 }],
      drills: standingsOf([[{ by: hostile, what: hostile, targets: [hostile] }, 1]]),
      store: { state: 'failing', error: hostile, queued: 1 },
    });
    for (const path of [
      '/',
      '/incidents',
      `/incidents/${first!.id}`,
      '/slos',
      `/slos/${encodeURIComponent(hostile)}`,
      '/targets',
    ]) {
      const { text } = await ask().get(path).expect(200);
      expect(text).toContain('&lt;img');
      expect(text).not.toContain('<img');
    }
  });

  it('tells of the outage under way, and how much of its target is left', async () => {
    model = outageModel();
    const { text } = await ask().get('/');
    expect(text).toContain('orders-writes is down.');
    expect(text).toContain('52.6 s of the target left');
  });

  const drills = async () => {
    const { text } = await ask().get('/').expect(200);
    return /<section id="drills"[\s\S]*?<\/section>/.exec(text)![0];
  };
  const rowOf = async (words: string) =>
    new RegExp(`<tr><th scope="row">${words}</th>[\\s\\S]*?</tr>`).exec(await drills())?.[0];

  it('shows the newest drill of each kind: what it came to and why, and when the next is due', async () => {
    const primary = await rowOf('primary database');
    expect(primary).toContain('pass');
    expect(primary).toContain('it took 41.3 s to 41.8 s, the target is 60 s');
    expect(primary).toContain('A. Admin');
    expect(primary).toContain(`href="/incidents/${past[0]!.id}"`);
    expect(primary).toContain('none is due');
    const zone = await rowOf('availability zone');
    expect(zone).toContain('fail');
    expect(zone).toContain('2026-05-11</time>');
    expect(zone).not.toContain('overdue');
  });

  it('calls a drill overdue that was never made, that proved nothing, or that is too old', async () => {
    expect(await rowOf('pod')).toMatch(/never[\s\S]*overdue[\s\S]*none counts/);
    expect(await rowOf('node')).toMatch(
      /inconclusive[\s\S]*it hit nothing[\s\S]*overdue[\s\S]*none counts/,
    );
    expect(await rowOf('region')).toMatch(/stale[\s\S]*400 d old[\s\S]*overdue[\s\S]*since/);
  });

  it('leads from a verdict that rests on a drill to the drills', async () => {
    const evidence = [{ drill: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0001', atMs: nowMs, lowMs: 400 }];
    model = statusModelOf({ verdicts: [{ ...model.verdicts[0]!, evidence }] });
    const { text } = await ask().get('/').expect(200);
    expect(text).toContain('<a href="#drills">drill 7d9f8a52</a>');
  });

  it('says in one line that there is no drill, and what is due', async () => {
    model = statusModelOf({ drills: standingsOf([]) });
    expect(await drills()).toContain(
      '<p class="quiet">No drill is on record. One is due of the loss of: pod, node, availability zone, region.</p>',
    );
    expect(await drills()).not.toContain('<table');
  });

  it('goes on without its store, and says so', async () => {
    model = storeDownModel();
    const { text } = await ask().get('/').expect(200);
    expect(text).toContain('The history store does not answer.');
    expect(text).toContain('4211 rows wait');
    expect(text).toContain('cache-writes');
  });

  it('turns pages of incidents, of one component or of all', async () => {
    const many = Array.from({ length: 250 }, (_, index) => ({
      ...past[index % 2]!,
      id: `id-${index}`,
      firstFailMs: nowMs - index * 60_000,
    }));
    model = statusModelOf({ incidents: many });
    const idsOf = async (query: string) => {
      const { text } = await ask().get(`/incidents?${query}`).expect(200);
      return [...text.matchAll(/data-key="(id-\d+)"/g)].map(([, id]) => id);
    };
    expect(await idsOf('')).toEqual(many.slice(0, 50).map(({ id }) => id));
    expect(await idsOf('page=5')).toHaveLength(50);
    expect(await idsOf('component=redis&page=3')).toEqual(
      many
        .filter(({ component }) => component === 'redis')
        .slice(100)
        .map(({ id }) => id),
    );
    expect(await idsOf('page=99')).toHaveLength(50);
    expect(await idsOf('page=-1&page=x')).toEqual(await idsOf('page=1'));
  });

  it.each([
    ['/incidents/none', 'No incident none is known.'],
    ['/slos/none', 'No SLO none is configured.'],
  ])('answers 404 for %s in words', async (path, words) => {
    const { text } = await ask().get(path).expect(404);
    expect(text).toContain(words);
  });

  it('lets browsers keep style and scripts for as long as they do not change', async () => {
    const { text } = await ask().get('/');
    const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(paths).toHaveLength(4);
    for (const path of paths) {
      const { headers } = await ask().get(path).expect(200);
      expect(path).toMatch(/\?v&#61;[0-9a-f]{10}$|\?v=[0-9a-f]{10}$/);
      expect(headers['cache-control']).toContain('immutable');
      expect(headers['content-encoding']).toBe('gzip');
    }
    await ask().post('/assets/style.css').expect(405);
    await ask().get('/assets/..%2fpackage.json').expect(404);
  });

  it('sends what changed since the page was made, and nothing else', async () => {
    const { text } = await ask().get('/');
    const live = /data-live="([^"]+)"/.exec(text)![1]!.replaceAll('&#61;', '=');
    model = outageModel();
    const { id, sections } = await firstEvent(`${server.url}${live}`);
    expect(sections['headline']).toContain('orders-writes is down.');
    expect(Object.keys(sections)).not.toContain('verdicts');
    model = statusModelOf();
    const next = await firstEvent(`${server.url}/live`, { 'Last-Event-ID': id });
    expect(next.sections['headline']).not.toContain('down.');
    expect(Object.keys(next.sections)).not.toContain('verdicts');
  });

  it('sends all of it to a page that another process made', async () => {
    const { sections } = await firstEvent(`${server.url}/live?since=00000000.99`);
    expect(Object.keys(sections)).toContain('verdicts');
    expect(Object.keys(sections)).toContain('headline');
  });

  it('keeps so many pages fresh and no more; one that goes makes room', async () => {
    const controllers = Array.from(
      { length: serverLimits.liveClients },
      () => new AbortController(),
    );
    const open = (signal: AbortSignal) => fetch(`${server.url}/live`, { signal });
    await Promise.all(controllers.map(({ signal }) => open(signal)));
    const refused = await fetch(`${server.url}/live`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '15']);
    await refused.text();
    controllers[0]!.abort();
    let status = 503;
    const last = new AbortController();
    while (status === 503) {
      const answer = await open(last.signal);
      ({ status } = answer);
      if (status === 503) await answer.text();
    }
    expect(status).toBe(200);
    for (const each of [...controllers, last]) each.abort();
  });

  it('answers a question for the head of the live page at once, and keeps no place for it', async () => {
    const ends = Array.from({ length: serverLimits.liveClients + 1 }, async () => {
      const { headers } = await ask().head('/live').expect(200);
      return headers['content-type'];
    });
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['text/event-stream']));
  });

  it('makes the page once for all who ask at the same time', async () => {
    let made = 0;
    const counting = await startStatusServer(() => {
      made += 1;
      return model;
    });
    await Promise.all(Array.from({ length: 20 }, () => request(counting.url).get('/').expect(200)));
    await counting.close();
    expect(made).toBeLessThan(5);
  });
});
