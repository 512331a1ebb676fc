import type { Config } from './schema.js';

/** Every region that the configuration names. */
export function regionsOf({ collectors, disasterRecovery: dr }: Config): string[] {
  const { objects, lag: _lag, ...placed } = collectors;
  const named = [
    ...(dr === undefined
      ? []
      : dr.mode === 'standby'
        ? [dr.primaryRegion, dr.drRegion]
        : dr.regions),
    ...Object.values(placed).flatMap((entries) => entries.map(({ region }) => region)),
    ...objects.flatMap(({ source, destination }) => [source.region, destination.region]),
  ];
  return [...new Set(named)].filter((region) => region !== undefined).toSorted();
}
