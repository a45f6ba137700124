import {z} from 'zod';
import {layoutSchema} from './layout-schema.ts';

/** The JSON Schema of layout files, for editors; the text of layouts/layout.schema.json. */
export function layoutJsonSchemaText(): string {
  const schema = z.toJSONSchema(layoutSchema, {io: 'input', reused: 'ref'});
  return `${JSON.stringify({...schema, title: 'Gantry layout'}, null, 2)}\n`;
}
