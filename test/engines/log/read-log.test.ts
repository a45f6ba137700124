import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../src/engines/log/read-log.ts';
import {engines} from '../../../src/engines/registry.ts';
import {readyStart} from '../vllm/start-log.ts';

function read(lines: readonly string[], engineName: string | null = null) {
  const reading = createLogReading(engines, engines.find(({name}) => name === engineName) ?? null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  return reading.result();
}

describe('a log of an unspecified engine', () => {
  test('is that of the engine with most of the lines, and no line is lost', () => {
    expect(read(readyStart)).toMatchObject({engine: 'vllm', lineCount: readyStart.length, isReady: true});
  });

  test('is of no engine if no line is recognized, including a page of metrics', () => {
    expect(read(['Hello', 'nginx: worker process started'])).toBeNull();
    expect(read(['# HELP vllm:num_requests_running Number', 'vllm:num_requests_running{engine="0"} 1.0'])).toBeNull();
    expect(read([])).toBeNull();
  });

  test('is recognized by its end too, after a long unknown beginning', () => {
    const noise = Array.from({length: 500}, (_, index) => `kubectl: waiting (${index})`);
    expect(read([...noise, ...readyStart])).toMatchObject({engine: 'vllm', isReady: true});
  });

  test('is read as that of the given engine', () => {
    expect(read(['Hello'], 'vllm')).toMatchObject({engine: 'vllm', phase: null});
  });
});
