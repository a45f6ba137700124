import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {absoluteModel} from '../../src/config/model-path.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

test('a model is a path if it looks like one or exists, relative to where it is written', () => {
  const directory = temporaryDirectory();
  mkdirSync(path.join(directory, 'models', 'kimi'), {recursive: true});
  const written = (model: string) => absoluteModel(model, directory);
  expect(written('models/kimi')).toBe(`${directory}/models/kimi`);
  expect(written('./none')).toBe(`${directory}/none`);
  expect(written('../none')).toBe(path.join(path.dirname(directory), 'none'));
  for (const same of ['', 'moonshotai/Kimi-K2.7-Code', '/models/kimi', '~/models/kimi', '.hidden/name', 'a\0b']) {
    expect(written(same)).toBe(same);
  }
});
