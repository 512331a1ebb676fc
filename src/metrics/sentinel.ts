import { defineMetrics } from './definition.js';

export const sentinelMetrics = defineMetrics({});
