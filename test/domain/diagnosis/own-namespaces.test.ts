import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {explainFindings} from '../../../src/domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';

const engineFolders = new Set(readdirSync('src/engines'));

/** Namespaces of the codes that the source writes as `code: 'namespace.name'`, apart from those of engines. */
function namespaces(): readonly string[] {
  const files = readdirSync('src', {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.ts'));
  const texts = files.map((file) => readFileSync(path.join('src', file), 'utf8'));
  const found = texts.flatMap((text) =>
    [...text.matchAll(/\bcode: '([a-z]+)\.[a-z.-]+'/g)].map(([, name = '']) => name),
  );
  return [...new Set(found)].filter((name) => !engineFolders.has(name)).sort();
}

const finding = (code: string): Finding => ({
  code,
  severity: 'warning',
  message: 'x',
  evidence: null,
  remedy: 'x',
  settingsChange: null,
});

test.each(namespaces())('a finding of Gantry in the namespace %s is no failure of an engine', (namespace) => {
  const found = explainFindings([finding(`${namespace}.kv-cache-full`), finding('engine.requests-waiting')]);
  expect(found.every(({explainedBy}) => explainedBy === undefined)).toBe(true);
});

test('that of an engine is', () => {
  const found = explainFindings([finding('vllm.kv-cache-full'), finding('engine.requests-waiting')]);
  expect(found[1]?.explainedBy).toBe(0);
});
