import { createHash } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Config } from '../config/schema.js';
import { drillTermsOf } from '../deployment/drill-terms.js';
import type { DrillEvidence } from '../drills/evidence.js';
import { judgeDrill, type DrillVerdict, type JudgedDrill } from '../drills/judge.js';
import { drillPage, type PageSource } from '../report/drill-page.js';
import { writeEvidence } from '../exercise/journal.js';
import { markdownOf } from '../report/markdown.js';

/** Exit codes of verdicts: what proves nothing is not what failed. */
export const verdictCodes: Readonly<Record<DrillVerdict, number>> = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  stale: 2,
};

export function drillsOf(config: Config): NonNullable<Config['drills']> {
  if (config.drills !== undefined) return config.drills;
  throw new Error('drills.folder: not configured; it is where evidence of drills is kept');
}

/** Where evidence goes, of which nobody said where it should. */
export function evidenceFile(
  folder: string,
  { injectedAt, scenario, id }: Pick<DrillEvidence, 'injectedAt' | 'scenario' | 'id'>,
): string {
  const day = new Date(injectedAt).toISOString().slice(0, 10);
  return join(folder, `${day}-${scenario}-${id.slice(0, 8)}.json`);
}

export function evidenceText(evidence: DrillEvidence): string {
  return `${JSON.stringify(evidence, undefined, 2)}\n`;
}

export function judgeNow(evidence: DrillEvidence, config: Config): JudgedDrill {
  return judgeDrill(evidence, drillTermsOf(config, Date.now()));
}

/** With the verdict of now in it. */
export function withVerdict(evidence: DrillEvidence, config: Config): DrillEvidence {
  const { verdict, reason, targetMs } = judgeNow(evidence, config);
  const kept = verdict === 'stale' ? 'inconclusive' : verdict;
  return { ...evidence, verdict: { verdict: kept, reason, targetSeconds: targetMs / 1000 } };
}

export function pageText(
  evidence: DrillEvidence,
  bytes: Uint8Array | string,
  file: string,
  judged: PageSource['judged'],
): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return markdownOf(drillPage(evidence, { file: basename(file), sha256, judged }));
}

/** The page that goes with an evidence file. */
export function pageFile(file: string): string {
  return file.endsWith('.json') ? `${file.slice(0, -5)}.md` : `${file}.md`;
}

/** @throws Error where there is something already */
export async function assertFree(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new Error(`${file}: there is a file already, and evidence is never written over`);
}

/** Writes evidence and its page. @throws Error naming the file */
export async function keepEvidence(
  file: string,
  evidence: DrillEvidence,
  config: Config,
): Promise<void> {
  const text = evidenceText(evidence);
  await writeEvidence(file, text);
  const page = pageText(evidence, text, file, judgeNow(evidence, config));
  await writeFile(pageFile(file), page, { flag: 'wx', mode: 0o644 });
}
