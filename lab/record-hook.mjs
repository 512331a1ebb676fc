// A hook that does nothing but say that it ran. Argument: the file that it appends a line of JSON to.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

const context = Object.entries(process.env).filter(([name]) => name.startsWith('SENSEI_'));
const line = {
  atMs: Date.now(),
  ...Object.fromEntries(context),
  hasToken: 'LAB_TOKEN' in process.env,
};
appendFileSync(process.argv[2] ?? '', `${JSON.stringify(line)}\n`);
