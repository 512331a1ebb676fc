import { z } from 'zod';
import { configSchema } from './schema.js';

/** JSON Schema of what a file may hold, for editors and for other checkers. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return { title: 'Configuration of the sensei exporter', ...schema };
}
