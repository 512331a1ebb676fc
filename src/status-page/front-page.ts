import { markup, type Markup } from '../report/markup.js';
import type { StatusModel } from './model.js';
import { budgetsSection } from './sections/budgets-section.js';
import { drillsSection } from './sections/drills-section.js';
import { evidenceSection } from './sections/evidence-section.js';
import { exposureSection } from './sections/exposure-section.js';
import { gridSection } from './sections/grid-section.js';
import { headlineSection, storeSection } from './sections/headline.js';
import { incidentsSection } from './sections/incidents-section.js';
import { outagesSection } from './sections/outages.js';
import { tilesSection } from './sections/tiles.js';
import { verdictsSection } from './sections/verdicts-section.js';
import { instant } from './words.js';

/** A part of the front page, replaced as a whole when it changes. */
export interface Section {
  /** The id of its element. */
  readonly id: string;
  /** While it stays the same the section does too, and need not be made again. */
  key?(model: StatusModel): string;
  render(model: StatusModel): Markup;
}

const minuteMs = 60_000;

function clockSection({ atMs }: StatusModel): Markup {
  return markup`<p id="clock" class="quiet">As of ${instant(atMs)} UTC. <span id="link">Reload for newer figures.</span></p>`;
}

/** Incidents move with the minute, for they lie on a scale of time. */
function incidentsKey({ incidentRevision, atMs, open }: StatusModel): string {
  const answering = open.map(({ firstOkMs }) => firstOkMs ?? '-').join(',');
  return `${incidentRevision} ${Math.floor(atMs / minuteMs)} ${answering}`;
}

/** Top to bottom: what somebody who was woken wants to know first. */
export const frontSections: readonly Section[] = [
  { id: 'clock', render: clockSection },
  { id: 'store', render: storeSection },
  { id: 'headline', render: headlineSection },
  { id: 'tiles', render: tilesSection },
  { id: 'outages', render: outagesSection },
  { id: 'grid', render: gridSection },
  { id: 'exposure', render: exposureSection },
  { id: 'verdicts', render: verdictsSection },
  { id: 'drills', render: drillsSection },
  { id: 'budgets', render: budgetsSection },
  { id: 'incidents', key: incidentsKey, render: incidentsSection },
  { id: 'evidence', render: evidenceSection },
];
