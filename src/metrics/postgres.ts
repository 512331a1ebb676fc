import { defineMetrics } from './definition.js';

export const postgresMetrics = defineMetrics({});
