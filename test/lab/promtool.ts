import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What `promtool check metrics` says of a page: nothing, and 0, where there is nothing to say. */
export async function promtool(page: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  child.stdin.end(page);
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output };
}
