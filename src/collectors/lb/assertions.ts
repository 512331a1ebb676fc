import { ProbeFailure } from './probe-failure.js';
import type { LbTargetConfig } from './schema.js';

type Expectations = Pick<LbTargetConfig, 'expectStatus' | 'expectBody' | 'rejectBody'>;

/** What an answer must be, compiled once for all probes of a target. */
export class Assertions {
  private readonly accepted: ReadonlySet<number>;
  private readonly expected: RegExp | undefined;
  private readonly rejected: RegExp | undefined;
  /** Whether the text of a body is looked at at all. */
  readonly readsBody: boolean;

  constructor({ expectStatus, expectBody, rejectBody }: Expectations) {
    this.accepted = new Set(expectStatus.flatMap(codesOf));
    this.expected = expectBody === undefined ? undefined : new RegExp(expectBody);
    this.rejected = rejectBody === undefined ? undefined : new RegExp(rejectBody);
    this.readsBody = expectBody !== undefined || rejectBody !== undefined;
  }

  /** What is wrong with a status code; undefined when it is an accepted one. */
  statusFailure(status: number): string | undefined {
    return this.accepted.has(status) ? undefined : `answered ${status}`;
  }

  /** @throws ProbeFailure `body` */
  checkBody(text: string): void {
    if (this.expected !== undefined && !this.expected.test(text)) {
      throw new ProbeFailure('body', 'the body does not match expectBody');
    }
    if (this.rejected?.test(text) === true) {
      throw new ProbeFailure('body', 'the body matches rejectBody');
    }
  }
}

function codesOf(entry: number | string): number[] {
  if (typeof entry === 'number') return [entry];
  const first = Number(entry[0]) * 100;
  return Array.from({ length: 100 }, (_, index) => first + index);
}
