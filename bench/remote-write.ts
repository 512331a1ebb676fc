/** One series of Prometheus' remote write protocol, with samples in order of time. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [atMs: number, value: number])[];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** A field of protobuf that has a length: strings and messages. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content]);
}

function label(name: string, value: string): Buffer {
  return field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]));
}

function sample(atMs: number, value: number): Buffer {
  const number = Buffer.alloc(9);
  number[0] = 9;
  number.writeDoubleLE(value, 1);
  return field(2, Buffer.concat([number, Buffer.from([16, ...varint(atMs)])]));
}

function series({ labels, samples }: WrittenSeries): Buffer {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return field(
    1,
    Buffer.concat([
      ...sorted.map(([name, value]) => label(name, value)),
      ...samples.map(([atMs, value]) => sample(atMs, value)),
    ]),
  );
}

/** Snappy's block format without any compression: one literal. */
function literal(content: Buffer): Buffer {
  const length = Buffer.alloc(5);
  length[0] = 0xfc;
  length.writeUInt32LE(content.length - 1, 1);
  return Buffer.concat([Buffer.from(varint(content.length)), length, content]);
}

/** Sends samples to a Prometheus that receives them. @throws Error with what it says where it refuses */
export async function remoteWrite(url: string, written: readonly WrittenSeries[]): Promise<void> {
  const answer = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'Content-Encoding': 'snappy',
      'Content-Type': 'application/x-protobuf',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
    },
    body: new Uint8Array(literal(Buffer.concat(written.map(series)))),
  });
  if (!answer.ok) throw new Error(`remote write: ${answer.status} ${await answer.text()}`);
}
