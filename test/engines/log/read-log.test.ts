import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../src/engines/log/read-log.ts';
import {engines} from '../../../src/engines/registry.ts';
import {readyStart} from '../vllm/start-log.ts';

function read(lines: readonly string[], engineName: string | null = null) {
  const reading = createLogReading(engines, engines.find(({name}) => name === engineName) ?? null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  return reading.result();
}

describe('a log whose engine nobody named', () => {
  test('is the engine\u2019s that most of its lines belong to, and none of them is lost', () => {
    expect(read(readyStart)).toMatchObject({engine: 'vllm', lineCount: readyStart.length, isReady: true});
  });

  test('is nobody\u2019s where no line is known, a page of metrics included', () => {
    expect(read(['Hello', 'nginx: worker process started'])).toBeNull();
    expect(read(['# HELP vllm:num_requests_running Number', 'vllm:num_requests_running{engine="0"} 1.0'])).toBeNull();
    expect(read([])).toBeNull();
  });

  test('is told by its end as well, once a long beginning is not known', () => {
    const noise = Array.from({length: 500}, (_, index) => `kubectl: waiting (${index})`);
    expect(read([...noise, ...readyStart])).toMatchObject({engine: 'vllm', isReady: true});
  });

  test('is read as the engine that was named', () => {
    expect(read(['Hello'], 'vllm')).toMatchObject({engine: 'vllm', phase: null});
  });
});
