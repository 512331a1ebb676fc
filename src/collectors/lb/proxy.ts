import type { Socket } from 'node:net';
import { ProbeFailure } from './probe-failure.js';

/** Bytes of a proxy's answer to CONNECT read at most. */
const maxHeadBytes = 16 * 1024;
const headEnd = '\r\n\r\n';

function statusOf(head: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? NaN);
}

/**
 * Asks the HTTP proxy on this socket for a tunnel (RFC 9110, CONNECT). Failures are those of the
 * connection: what is behind the proxy has not been asked yet.
 */
export function openTunnel(
  socket: Socket,
  authority: string,
  fail: (error: Error) => void,
  opened: () => void,
): void {
  let head = '';
  const refuse = (why: string) => {
    const error = new ProbeFailure('connect', `the proxy gave no tunnel: ${why}`);
    fail(error);
    socket.destroy();
  };
  const onEnd = () => refuse('it closed the connection');
  const onData = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    const end = head.indexOf(headEnd);
    if (end < 0 && head.length <= maxHeadBytes) return;
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.pause();
    if (end < 0) refuse('its answer is too long');
    else if (statusOf(head) !== 200) refuse(`it answered ${statusOf(head)}`);
    else if (end + headEnd.length < head.length) refuse('it sent bytes before the handshake');
    else opened();
  };
  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
}
