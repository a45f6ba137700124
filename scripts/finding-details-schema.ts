import {z} from 'zod';
import {detailSchemas} from '../src/domain/diagnosis/details/details.ts';

/** JSON Schema of the `details` of findings and errors: one definition per code. */
export function findingDetailsSchemaText(): string {
  const codes = Object.entries(detailSchemas).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const definitions = codes.map(([code, schema]) => {
    const {$schema: _, ...definition} = z.toJSONSchema(schema);
    return [code, definition] as const;
  });
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Details of findings and errors, by code',
    $defs: Object.fromEntries(definitions),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
