import {expect, test} from 'vitest';
import {ok} from '../../../../src/shared/result.ts';
import {modelCheck} from '../../../../src/supervisor/launch/checks/check-model.ts';
import {onDisk} from '../model-samples.ts';

const world = {variables: {}, homeDirectory: '/home/op'};

test('a directory with only a configuration is no complete model: the check says what it expected', () => {
  const found = ok(onDisk('/models/kimi/config.json', {kind: 'config', fileCount: 0}));
  expect(modelCheck('/models/kimi', found, world)).toMatchObject({
    detail: 'no weights found',
    finding: {
      code: 'preflight.no-weights',
      severity: 'warning',
      message: expect.stringContaining('/models/kimi/config.json: expected *.safetensors'),
    },
  });
});

test('weights that the engine downloads are expected on no disk', () => {
  const cached = ok(onDisk('/home/op/.cache/huggingface/hub/models--a--b/snapshots/c/config.json', {kind: 'config'}));
  expect(modelCheck('a/b', cached, world)).toMatchObject({finding: null, detail: expect.stringContaining('downloads')});
  expect(modelCheck('a/b', ok(null), world).finding).toBeNull();
});

test('a complete model, and one that is nowhere', () => {
  expect(modelCheck('/models/kimi', ok(onDisk('/models/kimi')), world).finding).toBeNull();
  expect(modelCheck('/models/kimi', ok(null), world).finding?.code).toBe('preflight.model-not-found');
});
