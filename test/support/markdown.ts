import { parsers } from 'prettier/plugins/markdown';

/** The little that is read of a node of mdast: https://github.com/syntax-tree/mdast. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly alt?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

/** What a page says that something else can contradict. */
export interface Page {
  readonly blocks: readonly string[];
  /** In one line each, however they were broken. */
  readonly spans: readonly string[];
  /** Of links, pictures and definitions. */
  readonly targets: readonly string[];
  /** What `#` may lead to, as GitHub names headings. */
  readonly anchors: ReadonlySet<string>;
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)];
}

function textOf(node: Node): string {
  return nodesOf(node)
    .map(({ value, alt }) => value ?? alt ?? '')
    .join('');
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** The second heading of a name gets `-1`, and so on. */
function anchorsOf(headings: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const slug of headings.map(slugOf)) {
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Reads Markdown by the parser that formats it. */
export async function pageOf(text: string): Promise<Page> {
  const { markdown } = parsers;
  const root = (await markdown.parse(text, {} as never)) as Node;
  const nodes = nodesOf(root);
  const valuesOf = (type: string) =>
    nodes.filter((node) => node.type === type).map(({ value = '' }) => value);
  const headings = nodes.filter(({ type }) => type === 'heading');
  return {
    blocks: valuesOf('code'),
    spans: valuesOf('inlineCode').map((code) => code.replaceAll(/\s+/g, ' ')),
    targets: nodes.flatMap(({ url }) => url ?? []),
    anchors: anchorsOf(headings.map(textOf)),
  };
}
