import {describe, expect, test} from 'vitest';
import {unknownLogContext} from '../../src/engines/engine.ts';
import {llamacppFailures} from '../../src/engines/llamacpp/failures/catalog.ts';
import {llamacpp} from '../../src/engines/llamacpp/llamacpp.ts';
import type {Failure} from '../../src/engines/log/failure-catalog.ts';
import {createLogInterpreter} from '../../src/engines/log/log-interpreter.ts';
import {sglangFailures} from '../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../src/engines/vllm/failures/catalog.ts';
import {vllm} from '../../src/engines/vllm/vllm.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';

/** Names of errors and of generations of GPUs, which are no quantities. */
const names = new Set(['802', '803', '804', '304', '8.9', '11']);
/** Limits of the system and of CUDA, a status of HTTP, a quotient of two figures of the line, and CUDA's way to write versions. */
const known: Readonly<Record<string, string>> = {
  'port-not-permitted': '1024',
  'too-many-peers': '8',
  'worker-unreachable': '200',
  'quantization-not-divisible': '64',
  'driver-too-old': '12.8',
};
const figure = /(?<![\w.-])\d[\d,.]*\d|(?<![\w.-])\d(?![\w.])/g;

/** The figures of a text as plain numbers: `262,144` is 262144. */
function figuresIn(text: string): readonly string[] {
  return [...text.matchAll(figure)].map(([number]) => number.replaceAll(',', ''));
}

/** True for a size or a time that the line has in other units. */
function isConverted(figureText: string, words: string): boolean {
  const bytes = figuresIn(words.replaceAll(/[=_:]/g, ' ')).map(Number);
  const wanted = Number(figureText);
  return bytes.some((value) =>
    [1, 10, 60, 1_000, 60_000, 2 ** 10, 2 ** 20, 2 ** 30].some((unit) => Math.abs(value / unit / wanted - 1) < 0.01),
  );
}

describe('a message has no figure that its line does not have', () => {
  const all: readonly Failure[] = [...vllmFailures, ...sglangFailures, ...llamacppFailures];
  test.each(all.map((failure) => [failure.code, failure.words, failure] as const))('%s: %s', (code, words, failure) => {
    const match = failure.pattern.exec(words);
    if (match === null) throw new Error('the words do not match');
    const {message} = failure.details(match, unknownLogContext);
    const digits = words.replaceAll(',', '');
    const own = figuresIn(message).filter(
      (text) => Number(text) !== 0 && !names.has(text) && known[code] !== text && !digits.includes(text),
    );
    expect(own.filter((text) => !isConverted(text, words))).toEqual([]);
  });
});

describe('a figure is that of its owner', () => {
  test('the values of a draft model, loaded after the cache of the model, are not those of the model', () => {
    const interpret = createLogInterpreter(llamacpp);
    const lines = [
      'print_info: n_embd_k_gqa     = 1024',
      'print_info: n_embd_v_gqa     = 1024',
      'llama_kv_cache: size = 4096.00 MiB ( 65536 cells,  61 layers,  1/1 seqs), K (f16): 2048.00 MiB',
      'print_info: n_embd_k_gqa     = 16384',
      'print_info: n_embd_v_gqa     = 16384',
      'print_info: n_lora_kv        = 512',
    ];
    const events = lines.flatMap((text, index) => interpret({text, number: index + 1}, 0));
    const values = events.filter((event) => event.type === 'fact' && event.name === 'kvValuesPerTokenAndLayer');
    expect(values.map((event) => event.type === 'fact' && event.value)).toEqual([1024, 2048]);
    expect(events.filter(({type}) => type === 'notice')).toEqual([]);
  });

  test('the largest share of the weights is that of a GPU, not of the one that ran out of memory', () => {
    const facts = {weightsBytesPerGpu: 75 * BYTES_PER_GIB};
    const line =
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 3 has a total capacity of 79.11 GiB of which 0.10 GiB is free.';
    const [event] = vllm.interpretLogLine(line, {...unknownLogContext, facts}).filter(({type}) => type === 'failure');
    expect(event?.type === 'failure' && event.finding.message).toMatch(
      /The largest share of the weights is 75\.0 GiB, and that GPU has 79\.1 GiB\.$/,
    );
  });

  test('the time of a download is that of the longest, not of a draft model after it', () => {
    const interpret = createLogInterpreter(vllm);
    const lines = [
      'Time spent downloading weights for m: 900.5 seconds',
      'Time spent downloading weights for d: 9 seconds',
    ];
    const events = lines.flatMap((text, index) => interpret({text, number: index + 1}, 0));
    expect(events).toMatchObject([{value: 900.5}, {value: 900.5}]);
  });
});
