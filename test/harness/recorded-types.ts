import {readFileSync} from 'node:fs';
import path from 'node:path';
import type {GantryHome} from './gantry-home.ts';

/** Types of the entries in the journal of a home, oldest first; a line that is torn counts once its type is written. */
export function recordedTypes(home: GantryHome): readonly string[] {
  const text = readFileSync(path.join(home.directory, 'state', 'journal.jsonl'), 'utf8');
  return [...text.matchAll(/^\{"schemaVersion":1,"type":"([a-z-]+)"/gmu)].map(([, type]) => type ?? '');
}
