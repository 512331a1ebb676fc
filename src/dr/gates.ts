/** `UNKNOWN` is neither: nobody answered, or nothing is configured that could. */
export type GateVerdict = 'PASS' | 'FAIL' | 'UNKNOWN';

/** What one look says. */
export interface Finding {
  readonly verdict: GateVerdict;
  readonly figure: string;
  /** Where it was read. */
  readonly source: string;
  /** What to do, in one sentence; empty where there is nothing to do. */
  readonly advice: string;
}

interface GateKind {
  readonly title: string;
  /** Whether somebody may go on over a FAIL; over an UNKNOWN always, for a dead region cannot answer. */
  readonly isFailOverridable: boolean;
}

/** Every gate, in the order in which they are shown. The names are those that an override gives. */
export const gateKinds = {
  'one-writer': { title: 'not two regions that write', isFailOverridable: false },
  'same-system': { title: 'a copy of the same database', isFailOverridable: false },
  'same-timeline': { title: 'on the timeline of the primary', isFailOverridable: true },
  'standby-leader': { title: 'one standby leader, and it runs', isFailOverridable: true },
  streaming: { title: 'the standby leader streams', isFailOverridable: true },
  'received-position': { title: 'what was received is within the RPO', isFailOverridable: true },
  'replay-running': { title: 'replay is not paused', isFailOverridable: true },
  'healthy-replica': { title: 'a replica beside the leader', isFailOverridable: true },
  'no-pause': { title: 'no pause, nothing scheduled', isFailOverridable: true },
  dcs: { title: 'the configuration store has its quorum', isFailOverridable: true },
  capacity: { title: 'enough instances of every component', isFailOverridable: true },
  objects: { title: 'objects are copied within the RPO', isFailOverridable: true },
  redis: { title: 'Redis agrees on a primary and has replicas', isFailOverridable: true },
  backups: { title: 'backups that were restored once', isFailOverridable: true },
  'last-drill': { title: 'a drill in the last 400 days, within the RTO', isFailOverridable: true },
} as const satisfies Readonly<Record<string, GateKind>>;
export type GateName = keyof typeof gateKinds;

export const gateNames = Object.keys(gateKinds) as readonly GateName[];

/** One condition of a safe failover, as it stands. */
export interface Gate extends Finding {
  readonly name: GateName;
  readonly title: string;
  readonly mayBeOverridden: boolean;
}

export function pass(figure: string, source: string): Finding {
  return { verdict: 'PASS', figure, source, advice: '' };
}

export function fail(figure: string, source: string, advice: string): Finding {
  return { verdict: 'FAIL', figure, source, advice };
}

export function unknown(figure: string, source: string, advice: string): Finding {
  return { verdict: 'UNKNOWN', figure, source, advice };
}

const severity: readonly GateVerdict[] = ['PASS', 'UNKNOWN', 'FAIL'];

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}

/** The worst of several decides, and those that are as bad are all told. */
export function worstOf(findings: readonly [Finding, ...Finding[]]): Finding {
  const [first, ...others] = findings;
  const rank = ({ verdict }: Finding) => severity.indexOf(verdict);
  const worst = others.reduce((so, each) => (rank(each) > rank(so) ? each : so), first);
  const told = findings.filter(({ verdict }) => verdict === worst.verdict);
  return {
    verdict: worst.verdict,
    figure: distinct(told.map(({ figure }) => figure)).join('; '),
    source: distinct(told.map(({ source }) => source)).join('; '),
    advice: distinct(told.map(({ advice }) => advice)).join(' '),
  };
}

/** The worst of what was found, or the one finding that there is nothing to look at. */
export function worstOr(findings: readonly Finding[], nothing: Finding): Finding {
  const [first, ...others] = findings;
  return first === undefined ? nothing : worstOf([first, ...others]);
}

export function gateOf(name: GateName, finding: Finding): Gate {
  const { title, isFailOverridable } = gateKinds[name];
  const mayBeOverridden = finding.verdict !== 'FAIL' || isFailOverridable;
  return { name, title, ...finding, mayBeOverridden };
}

/** The advice for a region that has the primary. */
export const writesAlready = 'This region writes already: there is nothing to fail over to.';
