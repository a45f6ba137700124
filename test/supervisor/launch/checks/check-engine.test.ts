import {expect, test} from 'vitest';
import {blockersOf} from '../../../../src/domain/preflight/check.ts';
import {llamacpp} from '../../../../src/engines/llamacpp/llamacpp.ts';
import {sglang} from '../../../../src/engines/sglang/sglang.ts';
import {vllm} from '../../../../src/engines/vllm/vllm.ts';
import {err, ok} from '../../../../src/shared/result.ts';
import type {FoundEngine} from '../../../../src/sources/engine-installation/found-engine.ts';
import {engineCheck, socketChecks, unknownEngineCheck} from '../../../../src/supervisor/launch/checks/check-engine.ts';
import {settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';

const installed = (version: string | null, kind: 'program' | 'stand-in' = 'program') => {
  const found = {path: '/opt/vllm', version, versionSource: 'x'};
  const engine: FoundEngine = kind === 'program' ? {...found, kind, foundBy: 'PATH'} : {...found, kind};
  return engineCheck(vllm, ok(engine), settingsOf());
};

test('an unknown engine forbids a start, and the default one is offered', () => {
  expect(blockersOf([unknownEngineCheck('tgi')], true)).toMatchObject([
    {code: 'preflight.unknown-engine', settingsChange: {engine: 'vllm'}},
  ]);
});

test('an engine that is not installed forbids a start, with the reason of the search', () => {
  const reason = {code: 'engine.not-found', message: 'There is none.', remedy: 'Install it.', places: []} as const;
  const {places: _, ...shown} = reason;
  expect(blockersOf([engineCheck(vllm, err(reason), settingsOf())], true)).toMatchObject([shown]);
});

test('an old version can be forced; an unknown one is accepted, and the check names what it is', () => {
  expect(blockersOf([installed('0.1.0')], false)).toHaveLength(1);
  expect(blockersOf([installed('0.1.0')], true)).toEqual([]);
  expect(installed('99.0.0')).toMatchObject({finding: null, detail: expect.stringContaining('99.0.0')});
  const details = [installed('99.0.0'), installed(null), installed(null, 'stand-in')].map(({detail}) => detail);
  expect(new Set(details).size).toBe(3);
  expect(installed(null).finding).toBeNull();
});

test('a directory that is too long for the sockets of an engine forbids its start, with the variable to set', () => {
  const variables = {TMPDIR: `/scratch/${'x'.repeat(100)}`};
  const program: FoundEngine = {path: '/opt/vllm', version: null, versionSource: 'x', kind: 'program', foundBy: 'PATH'};
  const blocked = [vllm, sglang, llamacpp].map((engine) =>
    blockersOf(socketChecks(engine, ok(program), variables), false).map(({code, remedy}) => [
      code,
      remedy.split(' ')[1],
    ]),
  );
  expect(blocked).toEqual([
    [['preflight.socket-path-too-long', 'VLLM_RPC_BASE_PATH']],
    [['preflight.socket-path-too-long', 'TMPDIR']],
    [],
  ]);
});

test('a container has its own directory for temporary files, but takes the variables of its engine', () => {
  const container: FoundEngine = {
    kind: 'container',
    client: 'docker',
    entrypoint: '',
    extraArguments: [],
    foundBy: 'engine.image',
    clientPath: '/usr/bin/docker',
    image: 'vllm/vllm-openai',
    version: null,
    versionSource: 'x',
  };
  const long = `/scratch/${'x'.repeat(100)}`;
  const blocked = ['TMPDIR', 'VLLM_RPC_BASE_PATH'].map(
    (name) => blockersOf(socketChecks(vllm, ok(container), {[name]: long}), false).length,
  );
  expect(blocked).toEqual([0, 1]);
});
