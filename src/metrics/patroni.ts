import { defineMetrics } from './definition.js';

export const patroniMetrics = defineMetrics({});
