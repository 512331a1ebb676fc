import type { Dashboard, Panel, Target } from './dashboard.js';
import { framesOf } from './answer-frames.js';
import { cssColor, type ThemeName } from './color.js';
import type { Region } from './drawing.js';
import { configured } from './field-config.js';
import type { Frame } from './frame.js';
import type { Source } from './source.js';
import { transformed } from './transform.js';
import { substitute, type Values } from './variables.js';

/** A panel's frames, and what went wrong on the way to them. */
export interface Answered {
  readonly frames: readonly Frame[];
  readonly errors: readonly string[];
}

async function ask(
  source: Source,
  { uid, panel, target, values }: { uid: string; panel: Panel; target: Target; values: Values },
): Promise<readonly Frame[]> {
  const { refId, expr, instant = false } = target;
  const place = panel.title ?? '';
  const question = {
    uid,
    panelId: panel.id,
    refId,
    place,
    expr: substitute(expr, values),
    instant,
  };
  const hasSeveralQueries =
    (panel.targets?.filter(({ format }) => format === 'table').length ?? 0) > 1;
  const answer = await source.answer(question);
  return framesOf(target, answer, hasSeveralQueries, source);
}

/** Asks all queries of a panel; one that fails does not hide the others. */
export async function answersFor(
  { uid }: Dashboard,
  panel: Panel,
  source: Source,
  values: Values,
): Promise<Answered> {
  const errors: string[] = [];
  const frames: Frame[] = [];
  for (const target of panel.targets ?? []) {
    if (target.hide === true) continue;
    try {
      frames.push(...(await ask(source, { uid, panel, target, values })));
    } catch (error) {
      errors.push(`${target.refId}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { frames: configured(panel, transformed(frames, panel.transformations ?? [])), errors };
}

/** Points that follow each other without a gap are one region. */
function regionsOf(timesMs: readonly number[], stepMs: number, color: string): readonly Region[] {
  const regions: { fromMs: number; toMs: number; color: string }[] = [];
  for (const time of timesMs) {
    const last = regions.at(-1);
    if (last !== undefined && time - last.toMs <= stepMs * 1.5) last.toMs = time;
    else regions.push({ fromMs: time, toMs: time, color });
  }
  return regions;
}

/** Where the annotations of a dashboard apply. */
export async function regionsFor(
  { uid, annotations }: Dashboard,
  source: Source,
  values: Values,
  theme: ThemeName,
): Promise<readonly Region[]> {
  const all: Region[] = [];
  for (const { name, expr, target, enable = true, iconColor = 'red' } of annotations?.list ?? []) {
    const query = expr ?? target?.expr;
    if (!enable || query === undefined) continue;
    const answer = await source.answer({
      uid,
      place: name,
      expr: substitute(query, values),
      instant: false,
    });
    const times = answer.map(({ values }) => values.map(([time]) => time * 1000));
    const color = cssColor(iconColor, theme);
    all.push(...times.flatMap((each) => regionsOf(each, source.stepSeconds * 1000, color)));
  }
  return all;
}
