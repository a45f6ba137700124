import {expect, test} from 'vitest';
import {diagnosisOf} from '../../torch/torch-findings.ts';

const stopped =
  '(EngineCore pid=9) INFO 11-27 13:00:08 [core.py:1454] [shutdown] EngineCore: trigger received signal=SIGTERM';
const failed = [
  '(EngineCore pid=9) ERROR 11-27 13:00:09 [core.py:1510] EngineCore failed to start.',
  '(EngineCore pid=9) ERROR 11-27 13:00:09 [core.py:1510] Exception: WorkerProc initialization failed due to an exception in a background process. See stack trace for root cause.',
];

test('a stop before the engine is ready is the cause of what its processes print after it', () => {
  const [first] = diagnosisOf('vllm', [stopped, ...failed])?.findings ?? [];
  expect(first?.code).toBe('vllm.stopped-while-starting');
  expect(first?.message).toContain('SIGTERM');
});

test('an error before the stop is the cause', () => {
  const error =
    '(Worker pid=11) ERROR 11-27 13:00:07 [multiproc_executor.py:953] RuntimeError: Cannot find any model weights with `/models/kimi`';
  const [first] = diagnosisOf('vllm', [error, stopped, ...failed])?.findings ?? [];
  expect(first?.code).toBe('vllm.model-missing');
  expect(first?.message).toMatch(/^\/models\/kimi has no files of weights/);
});

test('the stop of an engine that serves is no failure', () => {
  const ready = '(APIServer pid=8) INFO:     Application startup complete.';
  const found = diagnosisOf('vllm', [ready, stopped]);
  expect(found?.findings.map(({code}) => code)).not.toContain('vllm.stopped-while-starting');
});
