import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { complianceCommand } from '../../src/cli/compliance-command.js';
import { incidentsCommand } from '../../src/cli/incidents-command.js';
import { sloCommand } from '../../src/cli/slo-command.js';
import {
  custom,
  hang,
  hugeBody,
  malformedJson,
  nonUtf8,
  ok,
  redirectLoop,
  refuse,
  resetHalfWay,
  startFaultyHttp,
  status,
  type Behaviour,
  type FaultyHttp,
} from '../support/faulty-http.js';
import { runCommand } from '../support/run-command.js';
import { runSensei } from '../support/run-sensei.js';
import {
  complianceAnswerOf,
  eventOf,
  incidentOf,
  incidentsAnswerOf,
  sloAnswerOf,
  slosAnswerOf,
  verdictOf,
} from '../support/slo-fixtures.js';

let server: FaultyHttp | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Runs a command within this process, which is quick. */
function sensei(...args: readonly string[]) {
  const program = new Command('sensei');
  for (const command of [sloCommand(), incidentsCommand(), complianceCommand()])
    program.addCommand(command);
  return runCommand(program, args);
}

/** Runs a command against a server that behaves so. */
async function ask(behaviour: Behaviour, ...args: readonly string[]) {
  server = await startFaultyHttp(behaviour);
  return sensei(...args, '--exporter', server.url);
}

function json(answer: unknown): Behaviour {
  return ok(200, { 'content-type': 'application/json' }, JSON.stringify(answer));
}

function asked(): string[] {
  return (server?.requests ?? []).map(({ url }) => url);
}

function linesOf(stdout: string): string[] {
  return stdout.trimEnd().split('\n');
}

describe('sensei slo list', () => {
  it('shows every SLO in a table without colours, and exits 0 where all is well', async () => {
    const answer = slosAnswerOf(
      sloAnswerOf(),
      sloAnswerOf({ name: 'new', status: 'unknown', budgetRemaining: null, periodCoverage: 0.1 }),
    );
    const { stdout, stderr, code } = await ask(json(answer), 'slo', 'list');
    expect(linesOf(stdout).map((line) => line.split(/ {2,}/))).toEqual([
      [
        'SLO',
        'COMPONENT',
        'OBJECTIVE',
        'PERIOD',
        'STATUS',
        'BUDGET LEFT',
        'BURN 1H',
        'BURN 6H',
        'SPENT IN',
        'COVERAGE',
        'OUTAGE',
      ],
      [
        'orders-writes',
        'postgresql',
        '99.9 %',
        '30d',
        'met',
        '96.1 %',
        '0.5x',
        'unknown',
        '-',
        '99.9 %',
        '-',
      ],
      [
        'new',
        'postgresql',
        '99.9 %',
        '30d',
        'unknown',
        'unknown',
        '0.5x',
        'unknown',
        '-',
        '10.0 %',
        '-',
      ],
    ]);
    expect({ stderr, code, asked: asked() }).toEqual({
      stderr: '',
      code: 0,
      asked: ['/api/v1/slos'],
    });
  });

  it.each([
    ['an SLO is breached', { status: 'breached' as const }, 1],
    ['a budget is spent', { budgetRemaining: 0 }, 1],
    ['an outage is open', { openIncident: '6f1c0000-0000' }, 1],
    ['too little is known', { status: 'unknown' as const, budgetRemaining: null }, 0],
  ])('where %s: %#', async (_title, changes, expected) => {
    const answer = slosAnswerOf(sloAnswerOf({ ...changes, exhaustionSeconds: 7200 }));
    const { stdout, code } = await ask(json(answer), 'slo', 'list');
    expect(code).toBe(expected);
    expect(stdout).toContain('2 h');
  });

  it('says that no SLO is configured', async () => {
    const { stdout, code } = await ask(json(slosAnswerOf()), 'slo', 'list');
    expect({ stdout, code }).toEqual({ stdout: 'no SLO is configured\n', code: 0 });
  });

  it('--json prints the answer as it came, with fields that are not known here', async () => {
    const text = JSON.stringify({ ...slosAnswerOf(sloAnswerOf()), more: [1] }, undefined, 1);
    const { stdout, code } = await ask(ok(200, {}, `${text}\n`), 'slo', 'list', '--json');
    expect({ stdout, code }).toEqual({ stdout: `${text}\n`, code: 0 });
  });

  it('asks the exporter of a configuration', async () => {
    server = await startFaultyHttp(json(slosAnswerOf()));
    const folder = mkdtempSync(join(tmpdir(), 'sensei-ask-'));
    const file = join(folder, 'sensei.yaml');
    writeFileSync(file, `deployment: orders\nserver: { host: 0.0.0.0, port: ${server.port} }\n`);
    const good = await sensei('slo', 'list', '-c', file);
    writeFileSync(file, 'tier: gold\n');
    const bad = await sensei('slo', 'list', '-c', file);
    rmSync(folder, { recursive: true });
    expect(good).toEqual({ stdout: 'no SLO is configured\n', stderr: '', code: 0 });
    expect(bad).toMatchObject({ stdout: '', code: 2 });
    expect(bad.stderr).toContain('tier: found "gold"');
  });

  it('shows controls in names and does not obey them', async () => {
    const answer = slosAnswerOf(sloAnswerOf({ name: '\u001b[31mred\n' }));
    const { stdout } = await ask(json(answer), 'slo', 'list');
    expect(stdout).toContain(String.raw`\u{1b}[31mred\u{a}`);
    expect(linesOf(stdout)).toHaveLength(2);
  });
});

describe('an exporter that cannot be asked', () => {
  it.each<[string, Behaviour, string]>([
    ['is not there', refuse, 'is it running (sensei exporter -c sensei.yaml)'],
    [
      'does not answer in time',
      hang,
      'no complete answer within 500 ms; wait longer with --timeout',
    ],
    ['breaks off', resetHalfWay, 'is it running'],
    ['answers without end', hugeBody(), 'the answer is over 16 MiB'],
    ['answers no JSON', malformedJson, 'the answer is not JSON'],
    ['answers no UTF-8', nonUtf8, 'the answer is not UTF-8'],
    ['redirects', redirectLoop, 'status 302: it redirects'],
    ['has no such path', status(404), 'status 404; is it an exporter, and of this version?'],
    ['fails', status(503, 'no\u001b[2J store'), String.raw`status 503: no\u{1b}[2J store; see`],
    [
      'answers something else',
      json({ slos: [{}] }),
      'not the answer that was expected (deployment: ',
    ],
    ['answers an array', json([]), 'not the answer that was expected'],
  ])(
    'because it %s is an error with URL and advice, and exit code 2',
    async (title, behaviour, message) => {
      const timeout = title.startsWith('does not') ? '500ms' : '15s';
      const { stdout, stderr, code } = await ask(behaviour, 'slo', 'list', '--timeout', timeout);
      expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
      expect(stderr).toContain(`GET ${server?.url}/api/v1/slos: `);
      expect(stderr).toContain(message);
      expect(linesOf(stderr)).toHaveLength(1);
    },
  );

  it.each([
    ['ftp://a', 'expected a URL such as'],
    ['localhost:9808', 'expected a URL such as'],
    ['http://user:secret@a', 'expected a URL without credentials'],
  ])('because --exporter is %s is a bad argument', async (url, message) => {
    const { stderr, code } = await sensei('slo', 'list', '--exporter', url);
    expect(code).toBe('commander.invalidArgument');
    expect(stderr).toContain(message);
  });
});

describe('sensei incidents list', () => {
  it('shows brackets and verdicts, and asks for what was told', async () => {
    const planned = incidentOf({ id: 'bbbb', class: 'maintenance', verdict: 'breached' });
    const { stdout, code } = await ask(
      json(incidentsAnswerOf([incidentOf(), planned])),
      ...'incidents list --from 2026-03-01 --to 2026-04-01T12:00+02:00 --limit 5'.split(' '),
      ...'--component a&b --scenario zone --class outage'.split(' '),
    );
    expect(linesOf(stdout).map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'BEGAN', 'CLASS', 'COMPONENT', 'SLO', 'SCENARIO', 'RECOVERY', 'TARGET', 'VERDICT'],
      [
        '6f1c0000',
        '2026-03-10T12:00:00.000Z',
        'outage',
        'postgresql',
        'orders-writes',
        'primary database',
        '41.3 s to 41.8 s',
        '1 min',
        'met',
      ],
      [
        'bbbb',
        '2026-03-10T12:00:00.000Z',
        'maintenance',
        'postgresql',
        'orders-writes',
        'primary database',
        '41.3 s to 41.8 s',
        '1 min',
        '-',
      ],
    ]);
    expect(code).toBe(0);
    const query = new URL(asked()[0] ?? '', 'http://a').searchParams;
    expect(Object.fromEntries(query)).toEqual({
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-04-01T10:00:00.000Z',
      component: 'a&b',
      scenario: 'zone',
      class: 'outage',
      limit: '5',
    });
  });

  const open = { firstOkMs: null, closedMs: null, highMs: null, lowMs: 125_000 };
  it.each([
    ['breached', incidentOf({ verdict: 'breached' }), 'breached', 1],
    ['open', incidentOf(open), '2 min 5 s so far', 1],
    ['indeterminate', incidentOf({ verdict: 'indeterminate' }), 'indeterminate', 0],
    ['planned and open', incidentOf({ ...open, class: 'rollout' }), 'rollout', 0],
  ])('with one that is %s: %#', async (_title, incident, text, expected) => {
    const { stdout, code } = await ask(json(incidentsAnswerOf([incident])), 'incidents', 'list');
    expect(stdout).toContain(text);
    expect({ code, asked: asked() }).toEqual({ code: expected, asked: ['/api/v1/incidents'] });
  });

  it('says when it is not complete, apart from the answer', async () => {
    const answer = incidentsAnswerOf([], { complete: false });
    expect(await ask(json(answer), 'incidents', 'list')).toEqual({
      stdout: 'no incident is recorded that fits\n',
      stderr: 'not complete: the exporter could not ask its store and shows what is in memory\n',
      code: 0,
    });
  });

  it.each([
    [['--from', 'yesterday'], 'expected a date (2026-03-01)'],
    [['--limit', '0'], 'expected a whole number'],
    [['--scenario', 'flood'], 'Allowed choices are pod'],
    [['--exporter', 'http://a', '-c', 'x'], 'cannot be used with'],
  ])('%j is a bad argument', async (args, message) => {
    const { stderr, code } = await sensei('incidents', 'list', ...args);
    expect(code).toMatch(/^commander\./);
    expect(stderr).toContain(message);
  });
});

describe('sensei incidents show', () => {
  const incidents = [
    incidentOf(),
    incidentOf({ id: '6f2d0000-0000-4000-8000-000000000002', verdict: 'breached' }),
  ];
  const ledger = custom((request, response) => {
    const path = new URL(request.url ?? '', 'http://a').pathname;
    const found = incidents.find(({ id }) => path === `/api/v1/incidents/${id}`);
    const answer = path === '/api/v1/incidents' ? incidentsAnswerOf(incidents) : found;
    response.writeHead(answer === undefined ? 404 : 200);
    response.end(JSON.stringify(answer ?? { error: 'no such incident' }));
  });

  it('shows one by a prefix of its id, with its evidence', async () => {
    const { stdout, stderr, code } = await ask(ledger, 'incidents', 'show', '6F1');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^Id +6f1c0000-0000-4000-8000-000000000001$/m);
    expect(stdout).toMatch(/^Recovery time +41\.3 s to 41\.8 s$/m);
    expect(stdout).toMatch(/^Inferred by rule +leader-changed-unplanned$/m);
    expect(stdout).toMatch(
      /^2026-03-10T12:00:09\.000Z +leader_changed +patroni\/orders +pg2 +the leader was pg1 and is pg2$/m,
    );
  });

  it('asks for a whole id at once, and prints it as it came with --json', async () => {
    const id = incidents[1]?.id ?? '';
    const { stdout, code } = await ask(ledger, 'incidents', 'show', id, '--json');
    expect({ stdout, code }).toEqual({ stdout: `${JSON.stringify(incidents[1])}\n`, code: 1 });
    expect(asked()).toEqual([`/api/v1/incidents/${id}`]);
  });

  it('shows events of types that are not known here', async () => {
    const event = { ...eventOf(), type: 'moon_full' };
    const incident = { ...incidentOf(), evidence: [event] };
    const { stdout, code } = await ask(json(incident), 'incidents', 'show', incident.id);
    expect(code).toBe(0);
    expect(stdout).toContain('moon_full');
  });

  it.each([
    ['6f', '2 incidents begin so: 6f1c0000'],
    ['zz', 'zz: no incident begins so'],
    ['../slos', '../slos: no incident begins so'],
    ['aaaaaaaa-0000-4000-8000-000000000000', 'no incident has the id aaaaaaaa'],
  ])('%s exits with 2', async (prefix, message) => {
    const { stdout, stderr, code } = await ask(ledger, 'incidents', 'show', prefix);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toContain(message);
  });
});

describe('sensei compliance', () => {
  const elsewhere = verdictOf({ tier: 'premium', promised: false, status: 'breached' });

  it('names the drill that decided a verdict, and none beside one that an outage decided', async () => {
    const drill = '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0001';
    const verdicts = [
      verdictOf({ disruption: 'zone', reason: 'It was back.', evidence: [{ drill, atMs: 0 }] }),
      verdictOf({
        disruption: 'node',
        reason: 'It was late.',
        evidence: [
          { incident: 'i', atMs: 0 },
          { drill, atMs: 0 },
        ],
      }),
    ];
    const { stdout } = await ask(json(complianceAnswerOf({ verdicts })), 'compliance');
    expect(stdout).toMatch(/It was back\.; by drill 7d9f8a52$/m);
    expect(stdout).toMatch(/It was late\.$/m);
  });

  it('shows the promised tier and what would be lost now; others when asked', async () => {
    const verdicts = [
      verdictOf(),
      verdictOf({ disruption: 'zone', status: 'no_evidence', reason: 'No zone was lost.' }),
      elsewhere,
    ];
    const answer = json(complianceAnswerOf({ verdicts }));
    const promised = await ask(answer, 'compliance');
    expect(promised.stdout).toContain('enhanced, as promised: 2 verdicts: 1 no evidence, 1 met\n');
    expect(promised.stdout).toMatch(
      /^availability zone +recovery time \(RTO\) +1 min +no evidence +No zone was lost\.$/m,
    );
    expect(promised.stdout).toMatch(/^orders +1\.2 s +15 min +met +copy +heartbeat$/m);
    expect(promised.stdout).not.toContain('premium');
    expect(promised.code).toBe(0);
    const all = await sensei('compliance', '--all-tiers', '--exporter', server?.url ?? '');
    expect(all.stdout).toContain('premium: 1 verdict: 1 breached\n');
    expect(all.code).toBe(0);
  });

  it.each([
    ['a promise is breached', { verdicts: [verdictOf({ status: 'breached' })] }, 1],
    ['only another tier would be', { verdicts: [elsewhere] }, 0],
    [
      'too much would be lost now',
      {
        exposures: [
          {
            dataset: 'orders',
            exposureMs: null,
            targetMs: 1,
            status: 'breached' as const,
            source: '',
            path: null,
            unproved: null,
          },
        ],
      },
      1,
    ],
    ['nothing is known', { verdicts: [], exposures: [] }, 0],
  ])('where %s: %#', async (_title, changes, expected) => {
    const { code } = await ask(json(complianceAnswerOf(changes)), 'compliance');
    expect(code).toBe(expected);
  });

  it('--json prints the answer as it came', async () => {
    const answer = complianceAnswerOf();
    const { stdout } = await ask(json(answer), 'compliance', '--json');
    expect(stdout).toBe(`${JSON.stringify(answer)}\n`);
  });
});

describe('the commands as processes', () => {
  it.each([['slo list'], ['incidents list'], ['incidents show'], ['compliance'], ['report']])(
    'sensei %s --help tells exit codes and examples',
    async (command) => {
      const { stdout, code } = await runSensei(...command.split(' '), '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(/Exit code: 0 /);
      expect(stdout).toMatch(/Examples:/);
    },
  );

  it('exit with 0, 1 and 2, and end as soon as they have answered', async () => {
    const breached = slosAnswerOf(sloAnswerOf({ status: 'breached' }));
    server = await startFaultyHttp(json(breached));
    const { url } = server;
    const compliant = await startFaultyHttp(json(complianceAnswerOf()));
    const [well, unwell, bad, elsewhere] = await Promise.all([
      runSensei('compliance', '--exporter', compliant.url),
      runSensei('slo', 'list', '--exporter', url),
      runSensei('slo', 'list', '--timeout', 'soon'),
      runSensei('compliance', '--exporter', url),
    ]);
    await compliant.close();
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(unwell).toMatchObject({ code: 1, stderr: '' });
    expect(bad).toMatchObject({ code: 2, stdout: '' });
    expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
    expect(`${well.stdout}${unwell.stdout}`).not.toContain('\u001b');
  });
});
