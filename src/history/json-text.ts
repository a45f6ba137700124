import {z} from 'zod';

/** JSON in a column of text, as its value; what is no JSON is an issue of the schema. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});
