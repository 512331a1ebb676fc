import { open, type FileHandle } from 'node:fs/promises';

async function readHandle(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.min(maxBytes + 1, 64 * 1024));
  const parts: Buffer[] = [];
  let length = 0;
  for (;;) {
    // Without a position: a pipe has none.
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return Buffer.concat(parts);
    length += bytesRead;
    if (length > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    parts.push(Buffer.from(buffer.subarray(0, bytesRead)));
  }
}

/**
 * Reads a file or pipe, whatever size it claims to have.
 * @throws Error of the file system, or when there are more bytes than allowed
 */
export async function readAtMost(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    return await readHandle(handle, maxBytes);
  } finally {
    await handle.close();
  }
}

/** @throws TypeError where the bytes are not UTF-8; a byte order mark is left out */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
