import { knownExecutions } from '../failover/execution.js';
import { executionJson, executionText } from './failover-output.js';
import { journalReaderFor, prepare, type CommonOptions } from './failover-prepare.js';
import { complain, exitCodes, print } from './output.js';

/** Tells of the executions of the journal; answers with the exit code. */
export async function executions(
  id: string | undefined,
  options: CommonOptions & { readonly limit: number },
): Promise<number> {
  const prepared = await prepare(options);
  if (prepared === undefined) return exitCodes.usage;
  const reader = journalReaderFor(prepared);
  try {
    await reader.open();
    const entry = id === undefined ? undefined : await reader.entry(id);
    if (id !== undefined && entry === undefined) {
      complain(`${id}: no such execution in ${reader.description}`);
      return exitCodes.usage;
    }
    const entries = entry === undefined ? await reader.entries(options.limit) : [entry];
    const found = knownExecutions(entries.map(({ body }) => body));
    if (found.length < entries.length)
      complain(`${entries.length - found.length} of another version of sensei: not shown`);
    if (options.json === true) print(JSON.stringify(found.map(executionJson), undefined, 2));
    else print(found.length === 0 ? 'no failover was made' : found.map(executionText).join('\n\n'));
    return exitCodes.ok;
  } finally {
    await reader.close();
  }
}
