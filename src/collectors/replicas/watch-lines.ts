import { CollectionError } from '../failure.js';

const newline = 10;

/**
 * The lines of a stream as they come in.
 * @throws CollectionError `too_large` for a line beyond the limit, `body` where the stream ends within one
 */
export async function* linesOf(
  chunks: AsyncIterable<unknown>,
  where: string,
  maxBytes: number,
): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let rest = chunk as Buffer;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      const line = Buffer.concat([...held, rest.subarray(0, end)]).toString('utf8');
      held = [];
      heldBytes = 0;
      rest = rest.subarray(end + 1);
      if (line.trim() !== '') yield line;
    }
    held.push(rest);
    heldBytes += rest.length;
    if (heldBytes > maxBytes) {
      throw new CollectionError('too_large', `${where}: an event of more than ${maxBytes} bytes`);
    }
  }
  if (heldBytes > 0)
    throw new CollectionError('body', `${where}: the stream ended within an event`);
}
