import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { SecretReader } from '../../src/config/secrets.js';

let folder: string;
let monoMs: number;
let secrets: SecretReader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensei-secrets-'));
  monoMs = 0;
  secrets = new SecretReader({ now: () => ({ wallMs: 0, monoMs }) });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

describe('a secret', () => {
  it('in a file loses its last line feed, is kept for 30 s, and then seen rotated', async () => {
    const file = write('password', 'first\n');
    expect(await secrets.read({ file })).toBe('first');
    write('password', 'second');
    monoMs = 29_999;
    expect(await secrets.read({ file })).toBe('first');
    monoMs = 30_000;
    expect(await secrets.read({ file })).toBe('second');
  });

  it('keeps its other white space', async () => {
    expect(await secrets.read({ file: write('password', ' a b \r\n') })).toBe(' a b ');
  });

  it('that could not be read is asked for again at once', async () => {
    const file = join(folder, 'later');
    await expect(secrets.read({ file })).rejects.toThrow('ENOENT');
    write('later', 'here');
    expect(await secrets.read({ file })).toBe('here');
  });

  it('comes from an environment variable', async () => {
    process.env['SENSEI_TEST_SECRET'] = 'hunter2';
    try {
      expect(await secrets.read({ env: 'SENSEI_TEST_SECRET' })).toBe('hunter2');
    } finally {
      delete process.env['SENSEI_TEST_SECRET'];
    }
  });

  it.each([
    ['is empty', '\n', 'it is empty'],
    ['is too large', 'hunter2'.repeat(10_000), 'more than 65536 bytes'],
    ['is not text', Buffer.from([0xff, 0xfe, 0x00]), 'ERR_ENCODING_INVALID_ENCODED_DATA'],
  ])(
    'in a file that %s is refused by the path, not by its content',
    async (_what, content, why) => {
      const file = write('password', content);
      const message = await secrets.read({ file }).then(String, String);
      expect(message).toContain(`cannot read the secret in ${file} (${why})`);
      expect(message).not.toContain('hunter2');
    },
  );

  it.each([
    [{ file: '/nonexistent/password' }, 'cannot read the secret in /nonexistent/password (ENOENT)'],
    [{ file: '/dev/zero' }, 'cannot read the secret in /dev/zero (more than 65536 bytes)'],
    [{ file: tmpdir() }, 'EISDIR'],
    [{ env: 'SENSEI_TEST_UNSET' }, 'SENSEI_TEST_UNSET, referenced as a secret, is not set'],
  ])('that is not there is named: %j', async (ref, message) => {
    await expect(secrets.read(ref)).rejects.toThrow(message);
  });
});

describe('a file with a secret', () => {
  async function warningsWith(passwordFile: string, keyFile: string) {
    const config = write(
      'sensei.yaml',
      `deployment: orders
collectors:
  postgres:
    - name: db
      user: sensei
      password: { file: ${passwordFile} }
      tls: { certFile: /nonexistent/client.pem, keyFile: ${keyFile} }
      members: [{ name: a, address: a.test:5432 }]
`,
    );
    const result = await loadConfig(config);
    return result.ok ? result.warnings : result.faults;
  }

  it('that everyone can read is warned of', async () => {
    const password = write('password', 'hunter2', 0o644);
    const key = write('client.key', 'hunter2', 0o604);
    const warnings = await warningsWith(password, key);
    expect(warnings).toMatchObject([
      {
        path: 'collectors.postgres[0].password.file',
        reason: `every user of this machine may read ${password}`,
      },
      {
        path: 'collectors.postgres[0].tls.keyFile',
        reason: `every user of this machine may read ${key}`,
      },
    ]);
    expect(JSON.stringify(warnings)).not.toContain('hunter2');
  });

  it('that only its owner and group can read, or that is not there yet, is not', async () => {
    const warnings = await warningsWith(write('password', 'hunter2', 0o640), '/nonexistent/key');
    expect(warnings).toEqual([]);
  });
});
