import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatFault } from '../../src/config/fault.js';
import { loadDeployment } from '../../src/deployment/load.js';

const folder = fileURLToPath(new URL('bad', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''));

async function messagesFor(file: string): Promise<string> {
  const result = await loadDeployment(file);
  return result.ok ? 'no fault' : result.faults.map(formatFault).join('\n');
}

describe('a bad configuration file', () => {
  it('is tried in many kinds', () => {
    expect(names.length).toBeGreaterThanOrEqual(25);
  });

  it.each(names)('%s: gives exactly its message', async (name) => {
    const expected = readFileSync(join(folder, `${name}.txt`), 'utf8').trimEnd();
    const messages = await messagesFor(join(folder, `${name}.yaml`));
    expect(messages.replaceAll(`${folder}/`, '')).toBe(expected);
  });

  it.each(names)('%s: never shows a secret that stands in it', async (name) => {
    expect(await messagesFor(join(folder, `${name}.yaml`))).not.toContain('hunter2');
  });

  it.each([
    ['/nonexistent/sensei.yaml', '/nonexistent/sensei.yaml: no such file'],
    [folder, `${folder}: is a directory, not a file`],
  ])('%s: says why it cannot be read', async (file, message) => {
    expect(await messagesFor(file)).toBe(message);
  });
});
