import { asking } from './selector.js';

const { most } = asking();
const dataset = ['dataset'] as const;

/** Exposure of each dataset as a share of what may be lost. */
export const exposureShare = `${most('sensei_rpo_exposure_seconds', dataset)}\n/ on (dataset) ${most('sensei_rpo_target_seconds', dataset)}`;

const named = most('sensei_rpo_worst_dataset_info', dataset);

/** One dataset: of those that vantage points name the one with the largest share, or one of which nothing is known. */
export const mostExposed = `topk(1, ${exposureShare}\nand on (dataset) ${named})\nor on () topk(1, ${named})`;
