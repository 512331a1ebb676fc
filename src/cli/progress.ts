import { widthOf } from './table.js';

/** Of a terminal that does not tell its width. */
const usualColumns = 80;

/** What is awaited, on one line that is written over; nothing where the stream is no terminal. */
export class Progress {
  private readonly waiting = new Set<string>();
  private total = 0;

  constructor(
    private readonly stream: {
      readonly isTTY?: boolean;
      readonly columns?: number;
      write(text: string): unknown;
    },
  ) {}

  begun(name: string): void {
    this.waiting.add(name);
    this.total += 1;
    this.show();
  }

  ended(name: string): void {
    this.waiting.delete(name);
    this.show();
  }

  /** Leaves an empty line behind. */
  end(): void {
    this.write('');
  }

  private show(): void {
    const names = [...this.waiting];
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    const done = this.total - names.length;
    const awaited =
      names.length === 0 ? '' : `, waiting for ${names.slice(0, 3).join(', ')}${more}`;
    this.write(`${done} of ${this.total} answered${awaited}`);
  }

  /** A line that went on below could not be written over. */
  private write(text: string): void {
    if (this.stream.isTTY !== true) return;
    const most = widthOf(this.stream, usualColumns) - 1;
    this.stream.write(`\r\u001B[K${text.slice(0, most)}`);
  }
}
