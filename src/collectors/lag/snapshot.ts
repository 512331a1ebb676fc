import type { MemberResult } from '../sql/member.js';

/** What the members of both clusters said in one collection, in the order of the target's sites. */
export type LagSnapshot = readonly [readonly MemberResult[], readonly MemberResult[]];
