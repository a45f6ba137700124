import {z} from 'zod';

const absentSchema = z.object({absent: z.string()}).readonly();

/** A value, or `{"absent": "<reason>"}`. */
export function readingSchema<T extends z.ZodType>(value: T) {
  return z.union([value, absentSchema]);
}
