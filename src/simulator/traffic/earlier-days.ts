import {MS_PER_DAY, MS_PER_MINUTE} from '../../shared/units.ts';
import {jitter} from '../node/seeded-random.ts';

/** What the simulated node did in one minute before it was started. */
export type EarlierMinute = {
  readonly atMs: number;
  readonly state: 'serving' | 'idle' | 'starting' | 'down';
  /** Nothing read the engine then. */
  readonly isGap: boolean;
  /** `input` leaves out the cached part of prompts. */
  readonly tokens: {readonly input: number; readonly cached: number; readonly output: number};
  /** Of all cards. */
  readonly watts: number;
};

/** Tokens per second of the busiest hours: agents that send a long and mostly cached context for a short answer. */
const PEAK = {input: 2_200, cached: 33_000, output: 2_100};
const IDLE_WATTS = 900;
const PEAK_WATTS = 4_300;
/** Parts of the peak by hour of UTC. */
const WORKDAY = [
  0, 0, 0, 0, 0, 0, 0.1, 0.45, 0.9, 1, 1, 0.95, 0.7, 0.95, 1, 1, 0.95, 0.8, 0.55, 0.45, 0.3, 0.2, 0.1, 0,
];
const WEEKEND = [0.1, 0, 0, 0, 0, 0, 0, 0, 0.1, 0.3, 0.45, 0.5, 0.4, 0.55, 0.6, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1, 0, 0, 0];
const DAYS_OF_WEEK = 7;
/** 1970-01-01 was a Thursday. */
const FIRST_DAY_OF_WEEK = 4;

/**
 * Made-up use of the simulated node, by the minute from `sinceMs` to `untilMs`: workdays, quiet nights and weekends; on the third day
 * the engine failed in the night, and on the fifth nothing watched it for a while. The same time always has the same use.
 */
export function earlierMinutes(sinceMs: number, untilMs: number): readonly EarlierMinute[] {
  const count = Math.max(0, Math.floor((untilMs - sinceMs) / MS_PER_MINUTE));
  return Array.from({length: count}, (_, index) => minuteAt(sinceMs + index * MS_PER_MINUTE, sinceMs));
}

function minuteAt(atMs: number, sinceMs: number): EarlierMinute {
  const sinceDay = Math.floor(atMs / MS_PER_DAY) - Math.floor(sinceMs / MS_PER_DAY);
  const minuteOfDay = Math.floor((atMs % MS_PER_DAY) / MS_PER_MINUTE);
  const stopped = sinceDay === 3 ? stateOfFailure(minuteOfDay) : null;
  const load = stopped === null ? loadAt(atMs, minuteOfDay) : 0;
  const tokens = (peak: number): number => Math.round((peak * load * MS_PER_MINUTE) / 1_000);
  return {
    atMs,
    state: stopped ?? (load > 0 ? 'serving' : 'idle'),
    isGap: sinceDay === 5 && minuteOfDay >= 610 && minuteOfDay < 635,
    tokens: {input: tokens(PEAK.input), cached: tokens(PEAK.cached), output: tokens(PEAK.output)},
    watts: Math.round(IDLE_WATTS + (PEAK_WATTS - IDLE_WATTS) * Math.min(1, load)),
  };
}

/** From 03:41 it was down until an operator started it again at 06:22, which took six minutes. */
function stateOfFailure(minuteOfDay: number): 'down' | 'starting' | null {
  if (minuteOfDay < 221 || minuteOfDay >= 388) return null;
  return minuteOfDay < 382 ? 'down' : 'starting';
}

/** A part of the peak; of two hours what is between them, more or less by the day and the minute. */
function loadAt(atMs: number, minuteOfDay: number): number {
  const day = Math.floor(atMs / MS_PER_DAY);
  const ofWeek = (day + FIRST_DAY_OF_WEEK) % DAYS_OF_WEEK;
  const hours = ofWeek === 0 || ofWeek === 6 ? WEEKEND : WORKDAY;
  const hour = Math.floor(minuteOfDay / 60);
  const [here = 0, next = 0] = [hours[hour], hours[(hour + 1) % hours.length]];
  const usual = here + (next - here) * ((minuteOfDay % 60) / 60);
  if (usual < 0.02) return 0;
  const ofDay = 1 + 0.18 * jitter(day);
  const ofMinutes = 1 + 0.12 * jitter(day, Math.floor(minuteOfDay / 7)) + 0.08 * jitter(day, minuteOfDay);
  return usual * ofDay * ofMinutes;
}
