import {z} from 'zod';
import {configurationSchema} from './configuration.ts';

/** The JSON Schema of `gantry.yaml`, for editors; the text of docs/configuration.schema.json. */
export function configurationJsonSchemaText(): string {
  const schema = z.toJSONSchema(configurationSchema, {io: 'input'});
  return `${JSON.stringify({...schema, title: 'Gantry configuration'}, null, 2)}\n`;
}
