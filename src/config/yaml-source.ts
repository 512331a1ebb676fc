import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { formatPath, type Fault } from './fault.js';

/** Uses of aliases that a file may have: enough for anchors, too few for a bomb. */
const maxAliasCount = 100;
/** Maps and lists in each other; the deepest that the schema knows is below 10. */
const maxDepth = 64;

/** Faults of syntax that are shown: those that follow are mostly consequences. */
const shownSlips = 5;

type ErrorCode = Document['errors'][number]['code'];

/** The parser's own words can quote the file, and so a secret in it; these say what to do instead. */
const plainWords = {
  ALIAS_PROPS: 'an alias with an anchor or tag of its own; put text that begins with * in quotes',
  BAD_ALIAS: 'an alias without its anchor; put text that begins with * in quotes',
  BAD_DIRECTIVE: 'a directive that is not known; leave out lines that begin with %',
  BAD_DQ_ESCAPE:
    'a backslash that means nothing in double quotes; use single quotes, or write \\\\',
  BAD_INDENT:
    'wrong indentation, or a [ or { left open; begin the keys of one map in the same column',
  BAD_SCALAR_START: 'a character that no plain text begins with; put the text in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second key on one line; put text with ": " in it in quotes, or the key on its own line',
  BLOCK_IN_FLOW: 'an indented block inside [ ] or { }; write it in brackets as well',
  DUPLICATE_KEY: 'a key for the second time; keep one',
  MISSING_CHAR: 'a colon, comma, quote, bracket or space is missing here',
  MULTILINE_IMPLICIT_KEY: 'text where a key should be; write KEY: VALUE, with a space after :',
  MULTIPLE_ANCHORS: 'two anchors in a row; keep one',
  MULTIPLE_DOCS: 'more than one document; keep one, without ---',
  MULTIPLE_TAGS: 'two tags in a row; tags are not allowed',
  NON_STRING_KEY: 'a map or list as a key; put text that begins with [ or { in quotes',
  RESOURCE_EXHAUSTION: 'maps and lists nested too deep',
  TAB_AS_INDENT: 'a tab as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'a tag, which is not allowed; put text that begins with ! in quotes',
  UNEXPECTED_TOKEN:
    'something unexpected after a value; put text with special characters in quotes',
} as const satisfies Readonly<Partial<Record<ErrorCode, string>>>;

class TooDeep extends Error {
  constructor(readonly offset: number) {
    super(`more than ${maxDepth} maps and lists in each other`);
  }
}

/** @throws TooDeep before the composer, which calls itself once a level, can run out of stack */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    if (parser.stack.length > maxDepth) throw new TooDeep(parser.offset);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

type Composed = { readonly document: Document } | { readonly faults: readonly Fault[] };

/** Reads the text as one document, or says what keeps it from being one. */
function compose(text: string, lines: LineCounter, faultAt: FaultAt): Composed {
  // Duplicate keys are looked for afterwards: the composer's own search is quadratic.
  const composer = new Composer({ strict: true, uniqueKeys: false, stringKeys: true });
  try {
    const documents = [...composer.compose(tokensOf(text, lines), true, text.length)];
    const [document, second] = documents;
    const errors = documents.flatMap((each) => [...each.errors, ...each.warnings]);
    const faults = errors.map((error) =>
      faultAt(error.pos[0], `not valid YAML: ${wordsOf(error)}`),
    );
    if (second !== undefined)
      faults.push(faultAt(second.range[0], `not valid YAML: ${plainWords.MULTIPLE_DOCS}`));
    return document === undefined || faults.length > 0
      ? { faults: firstOfEachLine(faults) }
      : { document };
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return { faults: [faultAt(error.offset, `not usable: ${error.message}`)] };
  }
}

/** One slip makes the parser stumble on and on: the first of a line, and of few lines. */
function firstOfEachLine(faults: readonly Fault[]): Fault[] {
  const lines = new Set<number>();
  return faults.filter(({ line }) => !lines.has(line) && lines.add(line)).slice(0, shownSlips);
}

function wordsOf({ code, message }: { readonly code: ErrorCode; readonly message: string }) {
  // One code for all that can be missing; an open quote runs to the end of the file, far from its slip.
  if (/^Missing closing ["']quote/.test(message)) return 'a quote above is left open; close it';
  return code in plainWords ? plainWords[code as keyof typeof plainWords] : 'not understood here';
}

type FaultAt = (offset: number, message: string, path?: readonly PropertyKey[]) => Fault;

function faultsIn(file: string, lines: LineCounter): FaultAt {
  return (offset, message, path = []) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: formatPath(path), message };
  };
}

function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

type Place = readonly PropertyKey[];

/** A node and every one below it, in the order of the file, with where each stands. */
function* nodesIn(node: unknown, path: Place): Generator<readonly [Node, Place]> {
  if (!isNode(node)) return;
  yield [node, path];
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) yield* nodesIn(item, [...path, index]);
  } else if (isMap(node)) {
    for (const pair of node.items) {
      yield* nodesIn(pair.key, path);
      yield* nodesIn(pair.value, [...path, keyText(pair)]);
    }
  }
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Aliases that stand before their anchor, or have none. */
function strayAliases(document: Document, faultAt: FaultAt): Fault[] {
  const anchors = new Set<string>();
  return [...nodesIn(document.contents, [])].flatMap(([node, path]) => {
    if (isAlias(node)) {
      return anchors.has(node.source)
        ? []
        : [faultAt(startOf(node), `not valid YAML: ${plainWords.BAD_ALIAS}`, path)];
    }
    if (node.anchor !== undefined) anchors.add(node.anchor);
    return [];
  });
}

/** A parsed file that still knows where each value stands. */
export class YamlSource {
  private constructor(
    readonly file: string,
    /** The plain values; of a key that stands twice, the last. */
    readonly raw: unknown,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** The document, or the faults of its syntax. */
  static parse(file: string, text: string): YamlSource | readonly Fault[] {
    const lines = new LineCounter();
    const faultAt = faultsIn(file, lines);
    const composed = compose(text, lines, faultAt);
    if ('faults' in composed) return composed.faults;
    const { document } = composed;
    const stray = strayAliases(document, faultAt);
    if (stray.length > 0) return stray;
    try {
      return new YamlSource(file, document.toJS({ maxAliasCount }), document, lines);
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      return [faultAt(0, `not usable: aliases that stand for more than ${maxAliasCount} values`)];
    }
  }

  /** A fault for every key that stands in its map again. */
  duplicateKeys(): Fault[] {
    const faultAt = faultsIn(this.file, this.lines);
    return [...nodesIn(this.document.contents, [])].flatMap(([node, path]) => {
      if (!isMap(node)) return [];
      const firstLines = new Map<string, number>();
      return node.items.flatMap((pair) => {
        const [key, at] = [keyText(pair), startOf(pair.key)];
        const line = firstLines.get(key);
        if (line === undefined) firstLines.set(key, this.position(at).line);
        return line === undefined
          ? []
          : [faultAt(at, `found again; expected once (it stands on line ${line})`, [...path, key])];
      });
    });
  }

  /** Where the value at the path stands, or the nearest thing around it. */
  positionOf(path: readonly PropertyKey[]): { line: number; column: number } {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.keyAt(path.slice(0, length)) ?? this.nodeAt(path.slice(0, length));
      if (node?.range) return this.position(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  private position(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  private nodeAt(path: readonly PropertyKey[]): Node | undefined {
    const node: unknown =
      path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  private keyAt(path: readonly PropertyKey[]): Node | undefined {
    const parent = this.nodeAt(path.slice(0, -1));
    const last = path.at(-1);
    if (!isMap(parent) || last === undefined) return undefined;
    const pair = parent.items.findLast((each) => keyText(each) === String(last));
    return isNode(pair?.key) ? pair.key : undefined;
  }
}
