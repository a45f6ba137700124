import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import type {TextDiagnosis} from '../../../../src/domain/diagnosis/text-diagnosis.ts';
import {readLines} from '../read-lines.ts';
import {catalogLogs} from './catalog-logs.ts';
import {failingLogs} from './failing-logs.ts';

/** A failing text, and what is found in it when nothing happened to it. */
export type Base = {
  readonly name: string;
  readonly lines: readonly string[];
  readonly found: TextDiagnosis;
  /** Codes of all findings, the cause first. */
  readonly codes: readonly string[];
  readonly engine: string;
  /** Positions of the lines that the findings are proved by. */
  readonly decisive: readonly number[];
};

/** The base of a text; none for one without a failure. */
export function baseOf(name: string, lines: readonly string[]): readonly Base[] {
  const found = readLines(lines);
  if (found === null || !isFailing(found)) return [];
  // Mutations put the newest line first themselves.
  if (found.view.isNewestFirst) return baseOf(`${name}, turned round`, lines.toReversed());
  const codes = found.findings.map(({code}) => code);
  const decisive = found.findings.flatMap(({evidence}) => {
    const line = /^line (\d+):/.exec(evidence ?? '')?.[1];
    return line === undefined ? [] : [Number(line) - 1];
  });
  return [{name, lines, found, codes, engine: found.engine ?? '', decisive}];
}

function isFailing({kind, exit, findings}: TextDiagnosis): boolean {
  return kind === 'engine-log' ? exit === 'failed' : kind !== 'metrics' && findings.length > 0;
}

export const ownBases: readonly Base[] = [
  ...Object.entries(failingLogs).flatMap(([name, {lines}]) => baseOf(name, lines)),
  // What only follows from a cause is what is left to say where the cause is cut off.
  ...catalogLogs.flatMap(({name, lines, failure}) =>
    baseOf(name, lines).map((base) => ({...base, codes: [...base.codes, `${base.engine}.${failure.code}`]})),
  ),
];

const root = process.env['GANTRY_RECORDINGS'] ?? '../shared/captures';
const folders = ['field', 'engines'].map((name) => path.join(root, name)).filter((folder) => existsSync(folder));
if (folders.length === 0) console.warn(`NOT TESTED: mutations of recorded logs, which are not in ${root}.`);

/** Every recorded failure; several runs in one file, under headings, are several. */
export function recordedBases(): readonly Base[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.txt'))
      .flatMap((name) =>
        readFileSync(path.join(folder, name), 'utf8')
          .split(/^## (?=.* rc -?\d)/m)
          .flatMap((run, index) => {
            const lines = run.split(/\r?\n/);
            return baseOf(index === 0 ? name : `${name} ${lines[0]}`, lines);
          }),
      ),
  );
}
