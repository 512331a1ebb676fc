/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
export function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row += 1) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column += 1)
      rows[row]!.push(cellOf(rows, from, to, row, column));
  }
  return rows[from.length]![to.length]!;
}

function cellOf(
  rows: readonly number[][],
  from: string,
  to: string,
  row: number,
  column: number,
): number {
  const at = (up: number, left: number) => rows[row - up]?.[column - left] ?? Infinity;
  const replaced = from[row - 1] === to[column - 1] ? 0 : 1;
  const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
  return Math.min(
    at(1, 0) + 1,
    at(0, 1) + 1,
    at(1, 1) + replaced,
    swapped ? at(2, 2) + 1 : Infinity,
  );
}

/** Words longer than this are not compared. */
const longestWord = 64;

/** Shorter beginnings say nothing. */
const shortestBeginning = 3;

function isBeginning(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= shortestBeginning && long.startsWith(short);
}

/** The valid word that a mistyped or shortened one most likely means; undefined when none is close. */
export function nearest(word: string, valid: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined;
  const tolerance = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const editsTo = (each: string) => {
    const [from, to] = [word.toLowerCase(), each.toLowerCase()];
    const edits = editDistance(from, to);
    return isBeginning(from, to) ? Math.min(edits, tolerance) : edits;
  };
  const [best] = valid
    .map((each) => ({ each, edits: editsTo(each) }))
    .toSorted((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= tolerance ? best.each : undefined;
}
