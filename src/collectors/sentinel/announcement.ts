import type { Instant } from '../../slo/observation.js';

/** The channels of a Sentinel that are evidence. */
export const channels = [
  '+switch-master',
  '+sdown',
  '-sdown',
  '+odown',
  '-odown',
  '+tilt',
  '-tilt',
  '+try-failover',
  '+elected-leader',
  '+failover-end',
  '-failover-abort-no-good-slave',
  '-failover-abort-not-elected',
] as const;

/** Something that a Sentinel published, stamped on receipt. */
export interface Announcement {
  readonly sentinel: string;
  readonly channel: string;
  readonly message: string;
  readonly at: Instant;
}

/** What an announcement is about: an instance of one master. */
export interface Subject {
  /** `master`, `slave` or `sentinel`. */
  readonly role: string;
  readonly address: string;
  readonly masterName: string;
}

/**
 * Reads `<role> <name> <ip> <port> [@ <master> <ip> <port>]`, the form of every instance event. For a
 * master its own name is the master's. Undefined for a message of another form.
 */
export function subjectOf(message: string): Subject | undefined {
  const [role, name, ip, port, at, masterName] = message.split(' ');
  if (role === undefined || name === undefined || ip === undefined || port === undefined)
    return undefined;
  if (!['master', 'slave', 'sentinel'].includes(role)) return undefined;
  return {
    role,
    address: `${ip}:${port}`,
    masterName: at === '@' && masterName !== undefined ? masterName : name,
  };
}

export interface Switch {
  readonly masterName: string;
  readonly from: string;
  readonly to: string;
}

/** Reads `<master> <old ip> <old port> <new ip> <new port>` of `+switch-master`. */
export function switchOf(message: string): Switch | undefined {
  const [masterName, oldIp, oldPort, newIp, newPort] = message.split(' ');
  if (masterName === undefined || newPort === undefined) return undefined;
  return { masterName, from: `${oldIp}:${oldPort}`, to: `${newIp}:${newPort}` };
}
