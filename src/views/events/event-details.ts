import type {Event} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {span} from '../drawing/compose.ts';
import {evidenceLines} from '../findings/finding-details.ts';
import {severityLabel, severityTones} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import {blank, labelled, wrapped} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';
import {actorText} from './event-rows.ts';

type DetailSpace = {
  readonly events: readonly Event[] | null;
  readonly snapshot: Snapshot | null;
  readonly nowMs: number;
  readonly columns: number;
  readonly glyphs: GlyphSet;
};

/** An event in full: what happened, what to do, its cause and its end, the line that shows it, when, by whom, and all its data. */
export function eventDetails(event: Event, space: DetailSpace): readonly Row[] {
  const {severity, message, details, code, runId, atMs} = event;
  const finding = findingOf(event, space.snapshot);
  const remedy = textOf(details['remedy']) ?? finding?.remedy ?? remedyFrom(event, space.events);
  const ageMs = Math.max(0, space.nowMs - atMs);
  return [
    [span(severityLabel(severity, space.glyphs), severityTones[severity])],
    ...wrapped(message, space, 'strong'),
    blank,
    ...(remedy === null ? [] : labelled('what to do', remedy, space)),
    ...causeRows(event, space),
    ...endRows(event, space),
    ...evidenceLines(finding?.evidence ?? '').flatMap((line, at) =>
      labelled(at === 0 ? 'evidence' : '', line, space, {tone: 'dim'}),
    ),
    ...labelled('when', `${utcText(atMs)}, ${durationText(ageMs)} ago`, space),
    ...labelled('by', actorText(event), space),
    ...(runId === null ? [] : labelled('run', runId, space, {tone: 'dim'})),
    ...labelled('code', code, space, {tone: 'dim'}),
    ...dataRows(event, space),
  ];
}

/** The finding that the event is about, while it is present. */
export function findingOf({details}: Event, snapshot: Snapshot | null): Finding | undefined {
  const code = details['finding'];
  return snapshot?.findings.find((finding) => finding.code === code);
}

/** What an earlier or later report of the same finding recommends. */
function remedyFrom({details}: Event, events: readonly Event[] | null): string | null {
  const code = details['finding'];
  if (typeof code !== 'string') return null;
  const report = events?.findLast((other) => other.details['finding'] === code && textOf(other.details['remedy']));
  return textOf(report?.details['remedy']);
}

function causeRows({details, atMs}: Event, space: DetailSpace): Row[] {
  const code = textOf(details['explainedBy']);
  if (code === null) return [];
  const present = space.snapshot?.findings.find((finding) => finding.code === code);
  const reported = space.events?.findLast((event) => event.details['finding'] === code && event.atMs <= atMs);
  return labelled('caused by', present?.message ?? reported?.message ?? code, space);
}

/** The event that ended it: of a command the one with its number, of a finding the one that resolved it. */
function endRows(event: Event, space: DetailSpace): Row[] {
  const end = space.events?.find((other) => other.id > event.id && isEndOf(other, event));
  return end === undefined ? [] : labelled('then', `${utcText(end.atMs)}: ${end.message}`, space);
}

const notOfTheSubject: ReadonlySet<string> = new Set(['remedy', 'explainedBy', 'lastedMs']);

function isEndOf(end: Event, event: Event): boolean {
  if (event.code === 'command.accepted') return end.details['commandId'] === event.id;
  if (event.code !== 'finding.appeared' || end.code !== 'finding.resolved') return false;
  return Object.entries(event.details).every(
    ([name, value]) => notOfTheSubject.has(name) || end.details[name] === value,
  );
}

/** What is shown by its own name. */
const named: ReadonlySet<string> = new Set(['remedy', 'explainedBy', 'client', 'terminal']);

function dataRows({details}: Event, space: DetailSpace): Row[] {
  const data = Object.entries(details).filter(([name]) => !named.has(name));
  return data.flatMap(([name, value], at) =>
    labelled(at === 0 ? 'data' : '', `${nameText(name)}: ${valueText(name, value)}`, space),
  );
}

/** Later times than this are moments, and not durations; epoch ms. */
const FIRST_MOMENT_MS = 1_000_000_000_000;

function valueText(name: string, value: Event['details'][string]): string {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([part, inner]) => `${part} ${inner === null ? 'not set' : String(inner)}`)
      .join(', ');
  }
  if (typeof value !== 'number') return value === null ? 'not set' : String(value);
  if (name.endsWith('Bytes')) return gibText(value);
  if (!name.endsWith('Ms')) return String(value);
  return value >= FIRST_MOMENT_MS ? utcText(value) : durationText(value);
}

/** `freeBytes` as `free`: the value has the unit. */
function nameText(name: string): string {
  return name.replace(/(?:Ms|Bytes)$/, '');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
