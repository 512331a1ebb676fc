/** A write-ahead log position such as `0/803BF98`, in bytes; undefined for null or text that is none. */
export function parseLsn(text: string | null | undefined): bigint | undefined {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text ?? '');
  if (match === null) return undefined;
  return (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`);
}

/** Bytes by which `behind` trails `ahead`, never negative; undefined where either is unknown. */
export function lagBytes(
  ahead: bigint | undefined,
  behind: bigint | undefined,
): number | undefined {
  if (ahead === undefined || behind === undefined) return undefined;
  return Number(ahead > behind ? ahead - behind : 0n);
}
