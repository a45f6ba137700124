import {z} from 'zod';

/** Where a value came from. */
export const valueOriginSchema = z.discriminatedUnion('from', [
  z.strictObject({from: z.literal('default')}),
  /** `FILE:LINE:COLUMN`. */
  z.strictObject({from: z.literal('file'), place: z.string()}),
  z.strictObject({from: z.literal('environment'), variable: z.string()}),
  z.strictObject({from: z.literal('flag'), flag: z.string()}),
  /** A request to the API, by the name that its client gave. */
  z.strictObject({from: z.literal('command'), client: z.string().nullable()}),
  /** Settings that a finding offered, by its code. */
  z.strictObject({from: z.literal('fix'), finding: z.string()}),
  z.strictObject({from: z.literal('simulated-node')}),
  /** Not recorded: of a run that an older version started. */
  z.strictObject({from: z.literal('unknown')}),
]);
export type ValueOrigin = z.infer<typeof valueOriginSchema>;

/** True for a value that follows the configuration; all others were set for one launch, and come before it. */
export function isConfigured({from}: ValueOrigin): boolean {
  return from === 'default' || from === 'file' || from === 'environment';
}

/** Where a value came from, in a sentence: `GANTRY_ENGINE_PORT`, `--context`. */
export function originText(origin: ValueOrigin): string {
  switch (origin.from) {
    case 'default':
      return 'the default';
    case 'file':
      return origin.place;
    case 'environment':
      return origin.variable;
    case 'flag':
      return origin.flag;
    case 'command':
      return origin.client === null ? 'a command' : `a command of ${origin.client}`;
    case 'fix':
      return `the fix of ${origin.finding}`;
    case 'simulated-node':
      return 'the simulated node';
    case 'unknown':
      return 'an earlier start';
  }
}
