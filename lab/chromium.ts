import { chromium, type Browser } from 'playwright-core';

/** It asks nobody for anything but what its pages ask for. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface BrowserOptions {
  readonly args?: readonly string[];
  /** Options of playwright's own that are left out. */
  readonly without?: readonly string[];
}

/** Debian's chromium, without a window. */
export function startBrowser({ args = [], without = [] }: BrowserOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...quiet, ...args],
    ignoreDefaultArgs: [...without],
  });
}
