import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.js';

/** What a terminal, or none, is given while two are awaited, and one has answered. */
function written(stream: { readonly isTTY?: boolean; readonly columns?: number }): string[] {
  const texts: string[] = [];
  const progress = new Progress({ ...stream, write: (text: string) => texts.push(text) });
  progress.begun('patroni/orders-a');
  progress.begun('patroni/orders-b');
  progress.ended('patroni/orders-a');
  progress.end();
  return texts.map((text) => text.replace('\r\u001B[K', ''));
}

describe('progress', () => {
  it('is one line that is written over, and nothing in the end', () => {
    expect(written({ isTTY: true, columns: 100 })).toEqual([
      '0 of 1 answered, waiting for patroni/orders-a',
      '0 of 2 answered, waiting for patroni/orders-a, patroni/orders-b',
      '1 of 2 answered, waiting for patroni/orders-b',
      '',
    ]);
  });

  it('is cut where the terminal ends: a second line could not be written over', () => {
    expect(written({ isTTY: true, columns: 30 })[1]).toBe('0 of 2 answered, waiting for ');
    expect(written({ isTTY: true, columns: 0 })[1]).toMatch(/orders-b$/);
  });

  it('is for terminals alone', () => {
    expect(written({})).toEqual([]);
  });
});
