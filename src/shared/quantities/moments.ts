import {MS_PER_DAY} from '../units.ts';

/** No calendar of JavaScript has a moment further from 1970 (ECMA-262, time values). */
export const MOST_DATE_MS = 8.64e15;
const NO_DATE = '????-??-?? ??:??:??';

/** Of the Gregorian calendar: 400 years, after which it repeats. */
const DAYS_PER_ERA = 146_097;
const YEARS_PER_ERA = 400;
/** From 0000-03-01, where an era begins, to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_468;
/** From March on, months of 31, 30, 31, 30 and 31 days repeat. */
const DAYS_PER_FIVE_MONTHS = 153;

/**
 * `2026-11-23` of a count of days since 1970-01-01, by Howard Hinnant's `civil_from_days`
 * (https://howardhinnant.github.io/date_algorithms.html): years begin in March, so that the leap day is their last one.
 */
function isoDay(daysSince1970: number): string {
  const days = daysSince1970 + DAYS_BEFORE_1970;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / DAYS_PER_FIVE_MONTHS);
  const day = dayOfYear - Math.floor((DAYS_PER_FIVE_MONTHS * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * YEARS_PER_ERA + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** When a day (`2026-11-23`, UTC) begins; null for one that no calendar has. By Hinnant's `days_from_civil`. */
export function dayStartMs(day: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  const month = Number(day.slice(5, 7));
  const year = Number(day.slice(0, 4)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / YEARS_PER_ERA);
  const yearOfEra = year - era * YEARS_PER_ERA;
  const monthFromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((DAYS_PER_FIVE_MONTHS * monthFromMarch + 2) / 5) + Number(day.slice(8)) - 1;
  const dayOfEra = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const atMs = (era * DAYS_PER_ERA + dayOfEra - DAYS_BEFORE_1970) * MS_PER_DAY;
  return dayText(atMs) === day ? atMs : null;
}

/** The day of the month, from 1, of the day of UTC that a moment is in. */
export function dayOfMonth(atMs: number): number {
  return Number(isoDay(Math.floor(atMs / MS_PER_DAY)).slice(-2));
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}

/** `2026-11-23 17:05:12`. By arithmetic: a format of `Intl` takes 6 ms to make, for which a first frame would wait. */
function secondText(atMs: number): string {
  if (!(Math.abs(atMs) <= MOST_DATE_MS)) return NO_DATE;
  const days = Math.floor(atMs / MS_PER_DAY);
  const seconds = Math.floor((atMs - days * MS_PER_DAY) / 1000);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
  return `${isoDay(days)} ${time}`;
}

/** `2026-11-23 17:05:12 UTC`: unambiguous in text that is shared, whatever time zone the reader is in. */
export function utcText(atMs: number): string {
  return `${secondText(atMs)} UTC`;
}

/** `17:05:12 UTC`: a moment less than a day away. */
export function utcTimeText(atMs: number): string {
  return `${clockText(atMs)} UTC`;
}

/** `17:05:12`: in a column of times that are all UTC. */
export function clockText(atMs: number): string {
  return secondText(atMs).slice(-8);
}

/** `2026-11-23`: the day, in UTC, of a moment whose time of day is written next to it. */
export function dayText(atMs: number): string {
  return secondText(atMs).slice(0, -' 00:00:00'.length);
}

/** `2026-11-23T17:05:12Z`: for programs. */
export function isoText(atMs: number): string {
  return `${secondText(atMs).replace(' ', 'T')}Z`;
}

/** `20261123T170512Z`: in names of files. */
export function stampText(atMs: number): string {
  return isoText(atMs).replaceAll(/[-:]/gu, '');
}

/** Start of the slot of this length that a time is in. */
export function slotOf(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}
