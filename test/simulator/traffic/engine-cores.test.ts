import {expect, test} from 'vitest';
import {EngineCores} from '../../../src/simulator/traffic/engine-cores.ts';
import {newRequest} from '../../../src/simulator/traffic/request.ts';

const request = (id: string) =>
  newRequest({
    ...{id, arrivedAtMs: 0, promptTokens: 1, maxTokens: 1, naturalTokens: 1},
    ...{cacheHints: [], cacheKey: id},
  });

test('each core has its own requests, and begins at zero when it is started again', () => {
  const cores = new EngineCores(3);
  for (let number = 0; number < 60; number += 1) cores.of(request(`request-${number}`)).generationTokens += 1;
  const counted = cores.all.map(({generationTokens}) => generationTokens);
  expect(counted.every((count) => count > 0)).toBe(true);
  expect(cores.sum('generationTokens')).toBe(60);
  const one = cores.of(request('one'));
  expect(cores.of(request('one'))).toBe(one);
  const place = cores.all.indexOf(one);
  cores.reset(place);
  expect(cores.all[place]).toMatchObject({promptTokens: 0, generationTokens: 0});
  expect(cores.sum('generationTokens')).toBe(60 - (counted[place] ?? 0));
});
