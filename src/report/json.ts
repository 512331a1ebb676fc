import type { Report } from './build.js';

/** The report for programs: its fields as they are, durations and instants in milliseconds. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
