const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Dates as logs and their viewers write them; a year, a fraction and a zone where they have one. */
const forms: readonly RegExp[] = [
  /(?<year>\d{4})[-/](?<month>\d\d)[-/](?<day>\d\d)[T ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?(?<zone>Z|[+-]\d\d:?\d\d)?/,
  /\b(?<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(?<day>\d{1,2}) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?/,
  /\b(?<month>\d\d)-(?<day>\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?/,
  /\[[EWIF](?<month>\d{1,2})(?<day>\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)\.(?<fraction>\d{1,9})/,
  /^\[?(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?/,
];
/** Seconds since the start of the program or of the host: llama.cpp's prefix, and the kernel's. */
const elapsed = /^(?:(\d{1,6})\.(\d\d)\.(\d{3})\.\d{3} [A-Z] |\[ {0,8}(\d{1,9}\.\d{1,6})\])/;
/** Seconds since 1970, as the journal writes them. */
const epoch = /^\d{10}\.\d{6}(?= )/;
/** Time stamps stand near the start of a line. */
const SEARCHED_CHARACTERS = 160;

/** The first time in a line, in ms: comparable only with times of the same form. Null without one. */
export function timeStampMs(line: string): number | null {
  const text = line.slice(0, SEARCHED_CHARACTERS);
  const sinceEpoch = epoch.exec(text)?.[0];
  if (sinceEpoch !== undefined) return Number(sinceEpoch) * 1000;
  // A viewer's time stands in front of the engine's own.
  const found = forms.map((form) => form.exec(text)).filter((match) => match !== null);
  const [first] = found.toSorted((one, other) => one.index - other.index);
  if (first?.groups !== undefined) return calendarMs(first.groups);
  const [, minutes, seconds, milliseconds, uptime] = elapsed.exec(text) ?? [];
  if (uptime !== undefined) return Number(uptime) * 1000;
  return minutes === undefined ? null : Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(milliseconds);
}

/** A date without a year is of a leap year, one without a day of its first. */
function calendarMs(groups: Readonly<Partial<Record<string, string>>>): number {
  const {year, month, name, day, hour, minute, second, fraction, zone} = groups;
  const monthIndex = name === undefined ? Number(month ?? 1) - 1 : months.indexOf(name);
  const wholeMs = Date.UTC(
    Number(year ?? 2000),
    monthIndex,
    Number(day ?? 1),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return wholeMs + Number(`0.${fraction ?? 0}`) * 1000 - zoneMs(zone);
}

function zoneMs(zone: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '') ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
