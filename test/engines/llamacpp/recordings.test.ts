import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../src/domain/diagnosis/log-diagnosis.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {createLogDiagnoser} from '../../../src/engines/log/diagnose-log.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

const folder = path.join(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', 'engines');
const isThere = existsSync(folder);
if (!isThere) console.warn(`NOT TESTED: the recordings of engines are not in ${folder}.`);

function read(name: string): string {
  return readFileSync(path.join(folder, name), 'utf8');
}

function diagnose(text: string): LogDiagnosis {
  const diagnoser = createLogDiagnoser(llamacpp);
  for (const [index, line] of text.split('\n').entries()) diagnoser.take({text: line, number: index + 1});
  return diagnoser.result();
}

/** The parts of a recording that several runs share, by their headings. */
function sections(text: string, heading: RegExp): ReadonlyMap<string, string> {
  const parts = text.split(heading).slice(1);
  return new Map(
    Array.from({length: parts.length / 2}, (_, index) => [parts[index * 2] ?? '', parts[index * 2 + 1] ?? '']),
  );
}

describe.skipIf(!isThere)('recordings of llama-server', () => {
  test('a start at verbosity 4: context, cells, slots, and a requested stop', () => {
    expect(diagnose(read('llamacpp-2026-08-startup-lv4-mla.txt'))).toMatchObject({
      isReady: true,
      exit: 'stopped',
      findings: [],
      facts: {contextLengthTokens: 8192, kvCapacityTokens: 8192, maxRunningRequests: 4},
    });
  });

  test('a start at its default verbosity: ready, with what it logs', () => {
    expect(diagnose(read('llamacpp-2026-08-startup-default-verbosity.txt'))).toMatchObject({
      isReady: true,
      exit: 'serving',
      findings: [],
      facts: {contextLengthTokens: 8192, maxRunningRequests: 4},
    });
  });

  test('every failure has its cause', () => {
    const runs = sections(read('llamacpp-2026-08-failures-exitcodes.txt'), /^## (.*)$/m);
    const causeOf = (name: string): string | undefined => {
      const [, text] = [...runs].find(([heading]) => heading.startsWith(name)) ?? [];
      return text === undefined ? `no section ${name}` : diagnose(text).findings[0]?.code;
    };
    expect(causeOf('badmodel')).toBe('llamacpp.model-missing');
    expect(causeOf('badflag')).toBe('llamacpp.unknown-argument');
    expect(causeOf('corrupt')).toBe('llamacpp.model-not-gguf');
    expect(causeOf('badval')).toBe('llamacpp.invalid-argument');
    expect(causeOf('badhf')).toBe('llamacpp.model-not-cached');
    expect(causeOf('port in use')).toBe('llamacpp.port-in-use');
    expect(causeOf('SIGTERM while')).toBeUndefined();
  });

  test('metrics in three states, compared with the file', () => {
    const states = [...sections(read('llamacpp-2026-08-metrics.txt'), /^# ---- state: (.*)$/m)];
    const mapped = states.map(([, text]) => {
      const families = parseExposition(text);
      if (!families.ok) throw new Error(families.error.message);
      return llamacpp.mapMetrics(families.value);
    });
    expect(mapped.length).toBeGreaterThanOrEqual(2);
    expect(mapped[0]).toMatchObject({promptTokensTotal: 0, generationTokensTotal: 0, iterationsTotal: 0});
    expect(mapped[1]).toMatchObject({
      promptTokensTotal: 3186,
      cachedPromptTokensTotal: 1042,
      generationTokensTotal: 2408,
      liveGenerationTokensTotal: 2408,
      iterationsTotal: 809,
      runningRequests: 0,
    });
  });
});
