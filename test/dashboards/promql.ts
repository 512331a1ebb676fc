import { createRequire } from 'node:module';
import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

// As CommonJS all of them, since each way of loading makes an editor state of its own.
const load = createRequire(import.meta.url);
type Promql = typeof import('@prometheus-io/codemirror-promql', {
  with: { 'resolution-mode': 'require' },
});
type State = typeof import('@codemirror/state', { with: { 'resolution-mode': 'require' } });
type Language = typeof import('@codemirror/language', { with: { 'resolution-mode': 'require' } });
const { EditorState } = load('@codemirror/state') as State;
const { ensureSyntaxTree } = load('@codemirror/language') as Language;
const { PromQLExtension } = load('@prometheus-io/codemirror-promql') as Promql;
const { Parser } = load(
  '@prometheus-io/codemirror-promql/dist/cjs/parser/index.js',
) as typeof import('@prometheus-io/codemirror-promql/dist/cjs/parser/index.js', {
  with: { 'resolution-mode': 'require' },
});

/** A selector as it is written: the name, and the labels that it asks by. */
export interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Labels that results are grouped or matched by, and the selectors that they come from. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly of: readonly Selector[];
}

function syntaxFaults(expr: string): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found.push(`syntax error at ${from}: ${expr.slice(from, from + 30)}`);
    },
  });
  return found;
}

/** The editor parses for a few milliseconds only, unless it is told to go on to the end. */
function parsedState(expr: string) {
  const extension = new PromQLExtension().asExtension();
  const begun = EditorState.create({ doc: expr, extensions: [extension] });
  if (ensureSyntaxTree(begun, expr.length, 30_000) === null) throw new Error('not parsed in time');
  return begun.update({}).state;
}

/** What the grammar and the types find wrong with a query. */
export function faultsOf(expr: string): string[] {
  const types = new Parser(parsedState(expr));
  types.analyze();
  return [...syntaxFaults(expr), ...types.getDiagnostics().map(({ message }) => message)];
}

function nodesOf(expr: string, kind: string, within?: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    from: within?.from ?? 0,
    to: within?.to ?? expr.length,
    enter: ({ name, node }) => {
      const isInside = within === undefined || (node.from >= within.from && node.to <= within.to);
      if (name === kind && isInside) found.push(node);
    },
  });
  return found;
}

function textOf(expr: string, { from, to }: SyntaxNode): string {
  return expr.slice(from, to);
}

/** Every selector of a query, or of a part of it. */
export function selectorsOf(expr: string, within?: SyntaxNode): Selector[] {
  return nodesOf(expr, 'VectorSelector', within).map((node) => ({
    name: textOf(expr, node.getChild('Identifier')!),
    labels: nodesOf(expr, 'UnquotedLabelMatcher', node).map((matcher) =>
      textOf(expr, matcher.getChild('LabelName')!),
    ),
  }));
}

/** Every list of labels that a query groups or matches by. */
export function groupingsOf(expr: string): Grouping[] {
  return nodesOf(expr, 'GroupingLabels').map((node) => ({
    labels: node.getChildren('LabelName').map((label) => textOf(expr, label)),
    of: selectorsOf(expr, node.parent!.parent!),
  }));
}
