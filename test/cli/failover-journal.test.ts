import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runner/clock.js';
import { journalOf, type JournalEntry } from '../../src/store/journal.js';
import { WholeDeployment } from '../dr/whole-deployment.js';
import { executionOf } from '../store/rows.js';
import { runExecution, runFailover } from './failover-run.js';

const deployment = new WholeDeployment();
beforeAll(() => deployment.start());
afterAll(() => deployment.stop());

const run = (...args: readonly string[]) => runFailover(deployment, ...args);
const abandon = (...args: readonly string[]) =>
  runExecution(deployment, 'abandon', '--reason', 'it is done by hand', ...args);

/** Of a process that executed before. */
async function keep(entry: JournalEntry): Promise<void> {
  const journal = journalOf({ kind: 'sqlite', file: deployment.journalFile }, systemClock);
  try {
    await journal.open();
    await journal.lock();
    await journal.put(entry);
  } finally {
    await journal.close();
  }
}

function requests(): string[] {
  return deployment.changes().filter((change) => change !== 'there is a journal');
}

describe('an execution of another version that is not over', () => {
  const foreign = executionOf({ endedMs: null });

  it('lets no other begin, and says what to do', async () => {
    await keep(foreign);
    const { stderr, code } = await run('--confirm');
    expect(stderr).toContain(`${foreign.id}, begun `);
    expect(stderr).toMatch(/by another version .* give it up with sensei dr abandon/);
    expect([code, requests()]).toEqual([1, []]);
  });

  it('is given up with the reason, with all that was kept of it', async () => {
    const asked = await abandon();
    expect(asked.stderr).toContain('add --confirm to give it up');
    expect(asked.code).toBe(2);
    const { stderr, code } = await abandon('--confirm');
    expect(stderr).toContain(`${foreign.id} is given up: it is done by hand`);
    expect(code).toBe(0);
    const file = new Database(deployment.journalFile);
    const row = file.prepare('SELECT ended_ms, body FROM executions').get() as {
      ended_ms: number;
      body: string;
    };
    file.close();
    expect(row.ended_ms).toBeGreaterThan(foreign.startedMs);
    expect(JSON.parse(row.body)).toMatchObject({
      ...(foreign.body as object),
      state: 'abandoned',
      reason: 'it is done by hand',
    });
  });
});

describe('an execution that another ends while the gates of this one are asked', () => {
  it('makes what they said a thing of the past: nothing is begun', async () => {
    await keep(executionOf());
    const { id, startedMs, endedMs } = executionOf({ startedMs: Date.now(), endedMs: Date.now() });
    let isMade = false;
    const another = () => {
      if (isMade) return;
      isMade = true;
      const file = new Database(deployment.journalFile);
      file.prepare('INSERT INTO executions VALUES (?, ?, ?, ?)').run(id, startedMs, endedMs, '{}');
      file.close();
    };
    deployment.suffer({
      postgres: (_member, healthy) => {
        another();
        return healthy;
      },
    });
    const { stderr, code } = await run('--confirm');
    deployment.suffer({});
    expect(stderr).toContain(`another execution (${id}) was made; look again`);
    expect([code, requests()]).toEqual([1, []]);
  });
});
