import { z } from 'zod';
import { operationsSchema } from './operations.js';
import { configSchema } from './schema.js';

function jsonSchemaOf(schema: z.ZodType, title: string): object {
  return { title, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
}

/** JSON Schema of what a file may hold, for editors and for other checkers. */
export function configJsonSchema(): object {
  return jsonSchemaOf(configSchema, 'Configuration of the sensei exporter');
}

/** JSON Schema of operations.yaml. */
export function operationsJsonSchema(): object {
  return jsonSchemaOf(operationsSchema, 'Operations of sensei dr failover and failback');
}
