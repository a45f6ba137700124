import {z} from 'zod';
import type {LatencyTargets} from '../../domain/traffic/latencies.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';

const seconds = (what: string): z.ZodDefault<z.ZodNullable<z.ZodNumber>> =>
  z.number().positive().nullable().default(null).describe(what);

/** `gantry.yaml`, section `targets`. */
export const targetsSchema = z.strictObject({
  firstTokenSeconds: seconds(
    'Target for the time to the first token, in seconds; null for that of findings.timeToFirstTokenSeconds.',
  ),
  interTokenSeconds: seconds('Target for the time between two tokens, in seconds; null for none.'),
  endToEndSeconds: seconds('Target for the whole time of a request, in seconds; null for none.'),
  queueSeconds: seconds('Target for the time of a request in the queue, in seconds; null for none.'),
});

type Sections = {
  readonly targets: z.output<typeof targetsSchema>;
  readonly findings: {readonly timeToFirstTokenSeconds: number | null};
};

/** How long latencies may take. The first token has the target of its finding where it has none of its own. */
export function toLatencyTargets({targets, findings}: Sections): LatencyTargets {
  return {
    timeToFirstToken: inMs(targets.firstTokenSeconds ?? findings.timeToFirstTokenSeconds),
    interToken: inMs(targets.interTokenSeconds),
    endToEnd: inMs(targets.endToEndSeconds),
    queue: inMs(targets.queueSeconds),
  };
}

function inMs(value: number | null): number | null {
  return value === null ? null : value * MS_PER_SECOND;
}
