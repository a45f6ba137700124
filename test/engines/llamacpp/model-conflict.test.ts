import {expect, test} from 'vitest';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {onDisk} from '../../supervisor/launch/model-samples.ts';
import {ggufSettings} from './test-settings.ts';

const notGguf = {code: 'llamacpp.model-not-gguf', severity: 'critical'};

test.each<[string, Partial<Parameters<typeof ggufSettings>[0]>, ReturnType<typeof onDisk> | null]>([
  ['a repository without GGUF files', {model: 'moonshotai/Kimi-K2.7-Code'}, null],
  ['a directory of safetensors', {model: './models/kimi'}, onDisk('./models/kimi')],
  ['safetensors under a name that says GGUF', {model: 'a/kimi-gguf'}, onDisk('/cache/kimi-gguf')],
])('%s is refused', (_, change, found) => {
  expect(llamacpp.findModelConflict(ggufSettings(change), found)).toMatchObject(notGguf);
});

test.each<[string, Partial<Parameters<typeof ggufSettings>[0]>, ReturnType<typeof onDisk> | null]>([
  ['a file', {}, null],
  ['a repository of GGUF files', {model: 'unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M'}, null],
  ['a directory that nobody has looked into', {model: './models/kimi'}, null],
  ['GGUF files under another name', {model: './models/kimi'}, onDisk('./models/kimi', {kind: 'gguf'})],
  ['shapes next to files that are still to be downloaded', {model: 'a/b-GGUF'}, onDisk('/cache/b', {kind: 'config'})],
])('%s is not', (_, change, found) => {
  expect(llamacpp.findModelConflict(ggufSettings(change), found)).toBeNull();
});
