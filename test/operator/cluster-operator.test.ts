import { afterEach, describe, expect, it } from 'vitest';
import { patroniCollector } from '../../src/collectors/patroni/index.js';
import { ClusterOperator } from '../../src/operator/cluster-operator.js';
import { systemClock } from '../../src/runner/clock.js';
import { configOf } from '../support/collect.js';
import {
  custom,
  hang,
  malformedJson,
  refuse,
  startFaultyHttp,
  type Behaviour,
  type FaultyHttp,
} from '../support/faulty-http.js';

const servers: FaultyHttp[] = [];
const operators: ClusterOperator[] = [];
afterEach(async () => {
  for (const operator of operators.splice(0)) operator.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Answers with these, one after another, and then with the last of them for ever. */
function inTurn(...answers: readonly (number | object)[]): Behaviour {
  let asked = 0;
  return custom((_request, response) => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (typeof answer === 'number') response.writeHead(answer).end('{}');
    else
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
}

const config = { ttl: 30 };

/** Of members m0, m1 ... that behave so. */
async function operatorOf(...behaviours: readonly Behaviour[]) {
  const started = await Promise.all(behaviours.map((behaviour) => startFaultyHttp(behaviour)));
  servers.push(...started);
  const members = started.map(({ url }, index) => ({ name: `m${index}`, url }));
  const basicAuth = { username: 'operator', password: { env: 'OPERATOR' } };
  const parsed = configOf({ patroni: [{ name: 'orders-a', members, basicAuth }] });
  const operator = new ClusterOperator(patroniCollector.targets(parsed)[0]!, {
    clock: systemClock,
    secrets: { read: () => Promise.resolve('hunter2-hunter2') },
  });
  operators.push(operator);
  const seen = () => started.map(({ requests }) => requests.length);
  return { operator, started, seen };
}

const change = { standby_cluster: null };
const within = (ms: number) => AbortSignal.timeout(ms);

describe('a change of a cluster', () => {
  it('is a PATCH with the login, and answers with what the configuration is then', async () => {
    let sent = '';
    const server = custom((request, response) => {
      request.on('data', (data: Buffer) => (sent += data.toString()));
      request.on('end', () => response.writeHead(200).end(JSON.stringify(config)));
    });
    const { operator, started } = await operatorOf(server);
    expect(await operator.change(change, '', within(5000))).toEqual(config);
    expect(started[0]?.requests[0]).toMatchObject({ method: 'PATCH', url: '/config' });
    expect(started[0]?.requests[0]?.headers['authorization']).toMatch(/^Basic /);
    expect(JSON.parse(sent)).toEqual(change);
  });

  it('goes through the member that is named', async () => {
    const { operator, seen } = await operatorOf(inTurn(config), inTurn(config), inTurn(config));
    await operator.change(change, 'm1', within(5000));
    expect(seen()).toEqual([0, 1, 0]);
  });

  it.each([
    ['a change at the same time', 409],
    ['a configuration store without a leader', 503],
    ['an error of the member', 500],
  ])('is sent again after %s (%i)', async (_title, status) => {
    const { operator, seen } = await operatorOf(inTurn(status, status, config));
    expect(await operator.change(change, '', within(5000))).toEqual(config);
    expect(seen()).toEqual([3]);
  });

  it.each([401, 403])(
    'that is refused (%i) is not sent again, and names the login',
    async (status) => {
      const { operator, seen } = await operatorOf(inTurn(status), inTurn(config));
      const refused = operator.change(change, 'm0', within(5000));
      await expect(refused).rejects.toThrow(
        new RegExp(
          `status ${status}: the login under clusters of the operations file may not change orders-a`,
        ),
      );
      await expect(refused).rejects.not.toThrow(/hunter2/);
      expect(seen()).toEqual([1, 0]);
    },
  );

  it('that the member does not understand is not sent again', async () => {
    const { operator, seen } = await operatorOf(inTurn(400), inTurn(config));
    await expect(operator.change(change, 'm0', within(5000))).rejects.toThrow('status 400');
    expect(seen()).toEqual([1, 0]);
  });

  it.each([
    ['dead', refuse],
    ['silent', hang],
    ['mad', malformedJson],
  ])('goes through the next member where the first is %s', async (_title, first) => {
    const { operator, seen } = await operatorOf(first, inTurn(config));
    expect(await operator.change(change, 'm0', within(15_000))).toEqual(config);
    expect(seen()[1]).toBe(1);
  });

  it('is tried until the signal, and then says what was said last', async () => {
    const { operator, seen } = await operatorOf(inTurn(503));
    const changing = operator.change(change, '', within(900));
    await expect(changing).rejects.toThrow(/orders-a: PATCH \/config: .*status 503/);
    expect(seen()[0]).toBeGreaterThan(1);
  });

  it('is not sent at all once the signal was given', async () => {
    const { operator, seen } = await operatorOf(inTurn(config));
    await expect(operator.change(change, '', AbortSignal.abort())).rejects.toThrow(
      'orders-a: PATCH /config: no member answers',
    );
    expect(seen()).toEqual([0]);
  });
});

describe('the configuration of a cluster', () => {
  it('is of the first member that tells it', async () => {
    const { operator } = await operatorOf(refuse, malformedJson, inTurn(502), inTurn(config));
    expect(await operator.configuration(within(5000))).toEqual(config);
  });

  it('is asked for again while no member tells it', async () => {
    const { operator } = await operatorOf(refuse, inTurn(502, 502, config));
    expect(await operator.configuration(within(10_000))).toEqual(config);
  });

  it('is unknown where none does until the signal, with the reason of each', async () => {
    const { operator } = await operatorOf(refuse, malformedJson);
    await expect(operator.configuration(within(600))).rejects.toThrow(
      /no member of orders-a tells its configuration: .*; .*/,
    );
  });
});

describe('the history of a cluster', () => {
  it('is where its timelines ended, in bytes, without rows that are none', async () => {
    const rows = [
      [1, 25_165_984, 'no recovery target specified'],
      [2, '12345678901234567890', 'later'],
      ['three', 4],
      [4, null],
    ];
    const { operator } = await operatorOf(inTurn(rows));
    expect(await operator.history(within(5000))).toEqual([
      { timeline: 1, lsn: 25_165_984n },
      { timeline: 2, lsn: 12_345_678_901_234_567_890n },
    ]);
  });
});

describe('a look at a cluster', () => {
  it('tells of every member why it does not answer', async () => {
    const { operator } = await operatorOf(refuse, inTurn(503));
    const { members } = await operator.look(within(5000));
    expect(members.map(({ failure }) => failure?.reason)).toEqual(['connect', 'status']);
  });
});
