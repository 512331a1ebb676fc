import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import type { Fault } from './fault.js';

/** Uses of aliases that a file may have: enough for anchors, too few for a bomb. */
const maxAliasCount = 100;

/** The parser's advice to programmers, as advice to whoever wrote the file. */
function inPlainWords(message: string): string {
  return message.startsWith('Source contains multiple documents')
    ? 'more than one document; keep one, without ---'
    : message;
}

/** A parsed file that still knows where each value stands. */
export class YamlSource {
  private constructor(
    readonly file: string,
    readonly raw: unknown,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** The document, or the faults of its syntax. */
  static parse(file: string, text: string): YamlSource | Fault[] {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      uniqueKeys: true,
    });
    const faults = [...document.errors, ...document.warnings].map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return {
        file,
        line,
        column: col,
        path: '',
        message: `not valid YAML: ${inPlainWords(message)}`,
      };
    });
    if (faults.length > 0) return faults;
    try {
      return new YamlSource(file, document.toJS({ maxAliasCount }), document, lines);
    } catch (error) {
      const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
      return [{ file, line: 1, column: 1, path: '', message }];
    }
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
    const pair = parent.items.find(
      ({ key }) => isScalar(key) && String(key.value) === String(last),
    );
    return isNode(pair?.key) ? pair.key : undefined;
  }
}
