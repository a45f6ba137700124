import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';

test('a model that llama.cpp could not fit itself: what is missing, and which setting is in the way', () => {
  const found = readLines([
    'common_params_fit_impl: projected to use 30000 MiB of device memory vs. 24000 MiB of free device memory',
    'common_params_fit_impl: cannot meet free memory target of 1024 MiB, need to reduce device memory by 7024 MiB',
    'common_fit_params: failed to fit params to free device memory: n_gpu_layers already set by user to 99, abort',
  ]);
  expect(found).toMatchObject({kind: 'engine-log', engine: 'llamacpp', exit: 'starting'});
  expect(found?.findings).toContainEqual(
    expect.objectContaining({
      code: 'llamacpp.memory-not-fitted',
      severity: 'warning',
      message:
        'llama.cpp could not fit the model into the free GPU memory by itself: n_gpu_layers already set by user to 99.',
    }),
  );
  expect(found?.findings.find(({code}) => code === 'llamacpp.memory-projected')?.message).toContain('6.86 GiB');
});

test('of several GPUs, llama.cpp reports what is missing on all together', () => {
  const found = readLines([
    'common_params_fit_impl: projected to use 7704 MiB of device memory vs. 6339 MiB of free device memory',
    'common_params_fit_impl: cannot meet free memory targets on all devices, need to use 3412 MiB less in total',
  ]);
  const projected = found?.findings.find(({code}) => code === 'llamacpp.memory-projected');
  expect(projected?.message).toContain('3.33 GiB of memory are missing on all GPUs together');
});

test('without a GPU, it is the memory of the host that is missing', () => {
  const found = readLines([
    'common_params_fit_impl: projected to use 292984 MiB of host memory vs. 24105 MiB of total host memory',
    'common_params_fit_impl: cannot meet free memory target of 1024 MiB, need to reduce device memory by 269902 MiB',
    'common_fit_params: failed to fit params to free device memory: was unable to fit model into system memory by reducing context, abort',
  ]);
  const messages = found?.findings.filter(({code}) => code.startsWith('llamacpp.')).map(({message}) => message) ?? [];
  expect(messages).toHaveLength(2);
  expect(messages.join()).not.toContain('GPU');
  expect(messages.join()).toContain('the memory of the host');
});

test.each(['failed to load model', 'failed to create llama_context from model'])(
  'a fit that ends with "%s" is no matter of memory',
  (reason) => {
    const line = `common_fit_params: encountered an error while trying to fit params to free device memory: ${reason}`;
    expect(readLines([line])?.findings.map(({code}) => code)).not.toContain('llamacpp.memory-not-fitted');
  },
);

test('a fit that succeeds is no finding', () => {
  const found = readLines([
    'common_params_fit_impl: will leave 7708 >= 1024 MiB of free device memory, no changes needed',
    'common_fit_params: successfully fit params to free device memory',
  ]);
  expect(found?.findings.map(({code}) => code)).toEqual(['log.ends-while-starting']);
});
