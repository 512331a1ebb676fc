import { knownExecutions, nextStep, type Execution } from '../failover/execution.js';
import type { Journal, JournalEntry, JournalReader } from '../store/journal.js';
import { journalFor, type Prepared } from './failover-prepare.js';
import { complain, exitCodes } from './output.js';

export const resumeWords = 'go on with: sensei dr resume, with the same -c and --operations';

function unfinishedWords(execution: Execution): string {
  const { id, kind, from, to, startedMs } = execution;
  return (
    `${kind} ${id} from ${from} to ${to}, begun ${new Date(startedMs).toISOString()}, is not over ` +
    `(at ${nextStep(execution)?.name ?? 'its end'}): ${resumeWords}; or give it up with sensei dr abandon`
  );
}

function foreignWords({ id, startedMs }: JournalEntry): string {
  return (
    `${id}, begun ${new Date(startedMs).toISOString()} by another version of sensei, is not over: ` +
    'go on with it by that version, or give it up with sensei dr abandon'
  );
}

/** That it is not over, and what to do about it. */
export function openWords(open: JournalEntry): string {
  const [execution] = knownExecutions([open.body]);
  return execution === undefined ? foreignWords(open) : unfinishedWords(execution);
}

/** Opens the journal and takes the right to execute; closes it afterwards. */
export async function withJournal(
  prepared: Prepared,
  work: (journal: Journal) => Promise<number>,
): Promise<number> {
  const journal = journalFor(prepared);
  try {
    await journal.open();
    if (await journal.lock()) return await work(journal);
    complain(`another execution is under way: ${journal.description} is locked by its process`);
    return exitCodes.unhealthy;
  } finally {
    await journal.close();
  }
}

export async function newestIn(journal: JournalReader): Promise<JournalEntry | undefined> {
  const [newest] = await journal.entries(1);
  return newest;
}

/** Of the one execution that is not over. Where there is none, it says that there is nothing `toDo`. */
export function withUnfinished(
  prepared: Prepared,
  toDo: string,
  work: (journal: Journal, open: JournalEntry) => Promise<number>,
): Promise<number> {
  return withJournal(prepared, async (journal) => {
    const open = await journal.unfinished();
    if (open !== undefined) return work(journal, open);
    complain(`there is nothing to ${toDo} in ${journal.description}`);
    return exitCodes.unhealthy;
  });
}
