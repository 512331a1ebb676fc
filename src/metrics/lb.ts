import { defineMetrics } from './definition.js';

export const lbMetrics = defineMetrics({});
