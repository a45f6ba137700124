import {cardSchema, isSameCard} from './details/card-details.ts';
import type {Finding} from './finding.ts';

/** Facts that name what a finding is about. */
const subjectNames: readonly string[] = [
  'index',
  'pciBusId',
  'uuid',
  'xid',
  'gpuIndex',
  'pid',
  'path',
  'limit',
  'check',
];
/** A port is the same, whoever holds it, and also if its holder is seen only later. */
const portNames: readonly string[] = ['host', 'port'];
const ownNames: Readonly<Partial<Record<string, readonly string[]>>> = {
  // The index of a GPU may become known only later, and another one.
  'host.xid': ['pciBusId', 'gpuInstanceId', 'xid'],
  'engine.port-in-use': portNames,
  'preflight.port-in-use': portNames,
  'preflight.port-unusable': portNames,
};

/** What a finding is about: the GPU, the process, the file; empty for a finding about the node or the engine. */
export type FindingSubject = Readonly<Record<string, string | number>>;

/** The named subject of a finding. */
export function subjectOf({code, details}: Pick<Finding, 'code' | 'details'>): FindingSubject {
  const named = (ownNames[code] ?? subjectNames).flatMap((name) => {
    const value = details?.[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(named);
}

/** True for two readings of one problem: messages and amounts change, its GPU, process or file does not. */
export function isSameFinding(
  one: Pick<Finding, 'code' | 'details'>,
  other: Pick<Finding, 'code' | 'details'>,
): boolean {
  if (one.code !== other.code) return false;
  const [card, otherCard] = [one, other].map(({details}) => cardSchema.safeParse(details).data);
  if (card !== undefined && otherCard !== undefined) return isSameCard(card, otherCard) === true;
  const [subject, otherSubject] = [subjectOf(one), subjectOf(other)];
  return (ownNames[one.code] ?? subjectNames).every((name) => subject[name] === otherSubject[name]);
}
